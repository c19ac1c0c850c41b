/** The current revision: stateless, identity and capabilities in the `_meta` of every request. */
export const MODERN_REVISION = '2026-07-28';

/** Revisions that open with `initialize`, oldest first. */
export const LEGACY_REVISIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'] as const;

const LEGACY: ReadonlySet<unknown> = new Set(LEGACY_REVISIONS);

/** What is offered at `initialize`. */
export const LEGACY_LATEST = '2025-11-25';

export type Era = 'legacy' | 'modern';

/** Whether a revision is one of those with sessions and `initialize`, which Veto speaks. */
export function isLegacyRevision(revision: unknown): revision is (typeof LEGACY_REVISIONS)[number] {
  return LEGACY.has(revision);
}

/** Reserved keys of `_meta` (2026-07-28, Basic › `_meta`). */
export const META = {
  protocolVersion: 'io.modelcontextprotocol/protocolVersion',
  clientInfo: 'io.modelcontextprotocol/clientInfo',
  clientCapabilities: 'io.modelcontextprotocol/clientCapabilities',
  logLevel: 'io.modelcontextprotocol/logLevel',
  serverInfo: 'io.modelcontextprotocol/serverInfo',
  subscriptionId: 'io.modelcontextprotocol/subscriptionId',
} as const;
