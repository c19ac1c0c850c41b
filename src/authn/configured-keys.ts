import { sha256 } from '../core/canonical-json.ts';
import { Fault } from '../core/fault.ts';
import type { Principal } from '../core/principal.ts';
import { isAdminKey, keyIdOf } from './issue-key.ts';
import type { KeyEntry } from './ports.ts';

/** A key declared in veto.yaml, its secret resolved. Cannot be changed at run time. */
export interface ConfiguredKey {
  readonly name: string;
  readonly gateway: string;
  readonly principal: Principal;
  /** What clients send. Never shown, never recorded. */
  readonly text: string;
  readonly expiresAtMs: number | null;
}

/** Shorter secrets could be guessed. */
const SECRET_CHARS_MIN = 20;

/**
 * Declared keys as entries beside the stored ones. A secret in the form of an issued key keeps its id; any other text
 * gets an id from the name.
 * @throws Fault('config_invalid') for secrets that are too short, used twice, or an administrator's
 */
export function entriesOf(configured: readonly ConfiguredKey[]): KeyEntry[] {
  const names = new Map<string, string>();
  return configured.map(({ name, gateway, principal, text, expiresAtMs }) => {
    if (text.length < SECRET_CHARS_MIN) {
      const mend = 'make one with `veto keys create`, or with `openssl rand -base64 32`';
      throw new Fault(
        'config_invalid',
        `the secret of key \`${name}\` has less than ${SECRET_CHARS_MIN} characters; ${mend}`,
      );
    }
    if (isAdminKey(text))
      throw new Fault(
        'config_invalid',
        `the secret of key \`${name}\` is an administrator's key; make one for agents with \`veto keys create\``,
      );
    const hash = sha256(text);
    const other = names.get(hash);
    if (other !== undefined)
      throw new Fault('config_invalid', `keys \`${other}\` and \`${name}\` have the same secret`);
    names.set(hash, name);
    const id = keyIdOf(text) ?? `config:${name}`;
    return { id, name, gateway, principal, hash, createdAtMs: 0, expiresAtMs, revokedAtMs: null };
  });
}
