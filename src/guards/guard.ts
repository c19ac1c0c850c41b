import type { ArgumentType, View } from '../core/argument-type.ts';
import type { Finding } from '../core/decision.ts';
import type { JsonValue } from '../core/json.ts';

/** What a guard may know beyond the value it judges. Made once per argument, when the definition is prepared. */
export interface Surroundings {
  /** Where the value stands: `path`, `files[2].path`. */
  readonly at: string;
  /** Declared roots of the upstream, absolute. The same array for one upstream, so that guards may memo on it. */
  readonly roots: readonly string[];
  /** How the value is to be read: `base`, `dialect`. From the rule or configuration that declared the type. */
  readonly tuning: Readonly<Record<string, JsonValue>>;
  /**
   * True when the type was neither declared nor clear from the tool's words, but taken from the look of the value. A
   * guard then reports only what is wrong under any use of the value, not what is merely out of place.
   */
  readonly guessed: boolean;
}

/**
 * One kind of value that can be read, judged and named in rules. A guard says what a value is; which of that is
 * allowed is for policy, which sees the built-in judgement as findings.
 */
export interface Guard {
  /** As in `{ type: path }`. */
  readonly name: string;
  readonly type: ArgumentType;
  readonly view: View | null;
  /** The built-in judgement. Never throws: what cannot be read is a finding. */
  judge(value: string, surroundings: Surroundings): readonly Finding[];
}

/** Shared by every judgement that found nothing, so that harmless calls allocate nothing. */
export const NO_FINDINGS: readonly Finding[] = Object.freeze([]);

/** The argument at `at`, shortened for messages. */
export function quote(text: string, charsMax = 80): string {
  const short = text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
  return `\`${short.replace(/[\p{Cc}\p{Cf}\u2028\u2029`]/gu, escapeCharacter)}\``;
}

function escapeCharacter(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
