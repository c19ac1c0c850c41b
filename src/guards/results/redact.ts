/**
 * Takes secrets out of a tool result. In: a result and what counts. Out: the same result with every occurrence of
 * every detected text replaced, in `content` and `structuredContent` alike, so that the two keep saying the same.
 */
import { isObject, isRawNumber } from '../../core/json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { detectNamed } from '../secret/inspect.ts';
import type { Detection } from '../secret/scan.ts';

export interface Sighting {
  readonly at: string;
  readonly detection: Detection;
  /** The secret itself: never leaves this room. */
  readonly text: string;
}

/** Places of a result that a client or a model reads. Base64 blobs are not: their content is not text. */
const READ_PARTS: ReadonlySet<string> = new Set([
  'content',
  'structuredContent',
  'contents',
  'messages',
  'description',
]);
const OPAQUE = new Set(['blob', 'data', 'mimeType', 'type', 'annotations', '_meta']);
const SIGHTINGS_MAX = 1000;
const DEPTH_MAX = 64;

export class Reading {
  readonly sightings: Sighting[] = [];
  readonly #classes: ReadonlySet<string>;
  #charsLeft: number;
  #tooDeep = false;

  constructor(classes: ReadonlySet<string>, charsMax: number) {
    this.#classes = classes;
    this.#charsLeft = charsMax;
  }

  /** False when the result had more than may be read: it cannot be called clean. */
  get complete(): boolean {
    return this.#charsLeft >= 0 && this.sightings.length < SIGHTINGS_MAX && !this.#tooDeep;
  }

  read(result: JsonObject): void {
    for (const part of READ_PARTS)
      if (Object.hasOwn(result, part)) this.#value(result[part], part, part, part !== 'structuredContent', 0);
  }

  #value(value: JsonValue | undefined, name: string, at: string, framed: boolean, depth: number): void {
    this.#tooDeep ||= depth > DEPTH_MAX;
    if (!this.complete) return;
    if (typeof value === 'string') this.#text(value, name, at);
    else if (typeof value === 'number' || (value !== undefined && isRawNumber(value)))
      this.#text(JSON.stringify(value), name, at);
    else if (Array.isArray(value))
      value.forEach((item, i) => this.#value(item, name, `${at}[${i}]`, framed, depth + 1));
    else if (isObject(value)) {
      for (const [key, child] of Object.entries(value)) {
        if (framed && OPAQUE.has(key)) continue;
        this.#text(key, '', `${at}.${key.slice(0, 40)}`);
        this.#value(child, key, `${at}.${key.slice(0, 40)}`, framed, depth + 1);
      }
    }
  }

  #text(text: string, name: string, at: string): void {
    this.#charsLeft -= text.length;
    if (!this.complete || text.length < 6) return;
    for (const detection of detectNamed(name, text, this.#classes)) {
      this.sightings.push({ at, detection, text: text.slice(detection.start, detection.end) });
    }
  }
}

/** What stands in the place of a secret. */
function mark(detection: Detection): string {
  return `[redacted: ${detection.name}]`;
}

/**
 * Replaces every occurrence of every sighted text. Longer ones first, so that a part never breaks the whole.
 * A number whose digits are sighted becomes the mark, a string.
 */
export function redact(result: JsonObject, sightings: readonly Sighting[]): JsonObject {
  const replacements = new Map<string, string>();
  for (const { text, detection } of sightings) {
    replacements.set(text, mark(detection));
    const escaped = JSON.stringify(text).slice(1, -1);
    if (escaped !== text) replacements.set(escaped, mark(detection));
  }
  const ordered = [...replacements].sort(([left], [right]) => right.length - left.length);
  const copy: JsonObject = { ...result };
  for (const part of READ_PARTS)
    if (Object.hasOwn(copy, part)) copy[part] = replaceIn(copy[part] ?? null, ordered, part !== 'structuredContent');
  return copy;
}

type Replacements = readonly (readonly [string, string])[];

function replaceIn(value: JsonValue, replacements: Replacements, framed: boolean): JsonValue {
  if (typeof value === 'string') return replaceText(value, replacements);
  if (typeof value === 'number' || isRawNumber(value)) {
    const text = JSON.stringify(value);
    return replacements.some(([secret]) => secret === text) ? replaceText(text, replacements) : value;
  }
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, replacements, framed));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, child]): [string, JsonValue] => {
    if (framed && OPAQUE.has(key)) return [key, child ?? null];
    return [replaceText(key, replacements), replaceIn(child ?? null, replacements, framed)];
  });
  return Object.fromEntries(entries);
}

function replaceText(text: string, replacements: Replacements): string {
  let replaced = text;
  for (const [secret, substitute] of replacements)
    if (replaced.includes(secret)) replaced = replaced.replaceAll(secret, () => substitute);
  return replaced;
}
