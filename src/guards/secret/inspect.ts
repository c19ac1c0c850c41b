/**
 * Secrets and personal data in arguments. In: one string and where it stands. Out: findings that say what it is and
 * never repeat it.
 */
import type { Finding } from '../../core/decision.ts';
import { NO_FINDINGS } from '../guard.ts';
import { PII_CLASSES } from '../pii/scan.ts';
import { SECRET_CLASSES, describe, detect } from './type.ts';
import type { Detection } from './scan.ts';

export interface TextOptions {
  /** Classes that count: of `SECRET_CLASSES` and `PII_CLASSES`. */
  readonly classes: ReadonlySet<string>;
}

/** Shorter than any credential and any number of a person. */
const TEXT_CHARS_MIN = 6;
const SHOWN_MAX = 10;

export type InspectText = (value: string, at: string) => readonly Finding[];

/** @returns null when nothing is to be looked for */
export function textInspector({ classes }: TextOptions): InspectText | null {
  if (classes.size === 0) return null;
  return (value, at) => {
    if (value.length < TEXT_CHARS_MIN) return NO_FINDINGS;
    const found = detectNamed(lastName(at), value, classes);
    return found.length === 0 ? NO_FINDINGS : found.slice(0, SHOWN_MAX).map((detection) => finding(detection, at));
  };
}

/** The classes that the configuration turns on. */
export function classesOfModes(secrets: boolean, pii: readonly string[]): ReadonlySet<string> {
  return new Set([...(secrets ? SECRET_CLASSES : []), ...pii]);
}

function lastName(at: string): string {
  const bare = at.replace(/(?:\[\d+\])+$/, '');
  return bare.slice(bare.lastIndexOf('.') + 1);
}

const NAME_ASKS = /key|token|secret|pass|pwd|auth|cred|bearer/i;
const NAMED_CHARS_MAX = 512;

/**
 * What `value` holds, seen with the name it stands under: a bare value gives itself away only by `"password": …`.
 * A value that is a secret by its name is one as a whole.
 */
export function detectNamed(name: string, value: string, classes: ReadonlySet<string>): readonly Detection[] {
  const found = detect(value, classes);
  if (found.length > 0 || value.length > NAMED_CHARS_MAX || !NAME_ASKS.test(name) || /\s\S+\s/.test(value))
    return found;
  const prefix = `${name}: "`;
  const named = detect(`${prefix}${value}"`, classes).find((detection) => detection.end > prefix.length);
  return named === undefined ? found : [{ ...named, start: 0, end: value.length }];
}

function finding(detection: Detection, at: string): Finding {
  const personal = PII_CLASSES.some((name) => name === detection.class);
  return {
    code: `${personal ? 'pii' : 'secret'}.${detection.class.replaceAll('-', '_')}`,
    by: personal ? 'pii' : 'secret',
    at,
    span: [detection.start, detection.end],
    why: `the argument holds ${describe(detection)}`,
    legal: personal ? 'a value without personal data' : 'a reference to the secret instead of the secret',
    locked: false,
  };
}
