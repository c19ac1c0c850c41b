/** A scored scenario that cannot pass across eras, and why: the one list, which docs/bridging.md shows. */
export interface Crossed {
  /** Era that the upstream is pinned to. */
  readonly upstream: 'legacy' | 'modern';
  /** Revision of the client. */
  readonly revision: string;
  readonly scenario: string;
  readonly because: string;
}

export const CROSSED: readonly Crossed[] = [
  {
    upstream: 'legacy',
    revision: '2026-07-28',
    scenario: 'server-stateless',
    because:
      'a server with sessions says that a capability is missing in words of its own, as a tool error; the code -32021, ' +
      'which the scenario expects, exists on the modern wire only',
  },
  {
    upstream: 'legacy',
    revision: '2026-07-28',
    scenario: 'input-required-result-basic-elicitation',
    because:
      'a request of a server with sessions has no key; the scenario expects the key under which the modern server asks',
  },
];
