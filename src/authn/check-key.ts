import { Fault } from '../core/fault.ts';
import type { KeyEntry } from './ports.ts';

/** Longest name of a key, a principal, a group or a role, in UTF-16 code units; as in veto.yaml. */
const NAME_CHARS_MAX = 256;
/** Control characters, and what hides or reorders text: two names that look alike would be two principals. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * Checks what a person or a program says of a key to be made.
 * @throws Fault('config_invalid') for names that are empty, too long, or not printable
 */
export function checkKey({ name, principal }: Pick<KeyEntry, 'name' | 'principal'>): void {
  checkName('the name of the key', name);
  checkName('the name of the principal', principal.id);
  for (const group of principal.groups) checkName('the name of a group', group);
  for (const role of principal.roles) checkName('the name of a role', role);
}

function checkName(what: string, text: string): void {
  const problem = problemOf(text);
  if (problem !== null) throw new Fault('config_invalid', `${what} ${problem}`);
}

function problemOf(text: string): string | null {
  if (text.trim() === '') return 'is empty; give one such as `laptop`';
  if (text.length > NAME_CHARS_MAX) return `has ${text.length} characters; give one of at most ${NAME_CHARS_MAX}`;
  const [hidden] = UNPRINTABLE.exec(text) ?? [];
  if (hidden === undefined) return null;
  const point = hidden.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0') ?? '';
  return `has the character \`U+${point}\`, which cannot be seen; leave it out`;
}
