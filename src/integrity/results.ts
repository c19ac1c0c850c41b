import type { Finding } from '../core/decision.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import { examineText, scoreOf } from './descriptions/analyse.ts';
import type { Placed } from './descriptions/signal.ts';
import type { Names } from './descriptions/token.ts';
import { holdsTelltale } from './telltale.ts';

/** From this score on a result is reported, from the second on it should be withheld or shown to a person. */
const RESULT_SHOW_FROM = 0.55;
const RESULT_BLOCK_FROM = 0.75;

/** Characters of one result that are read; honest instructions to a model stand at an end, so both ends are. */
export const RESULT_CHARS_MAX = 65_536;
const DEPTH_MAX = 32;

/**
 * Signs that count in a result. Results are data: documentation that says "you must" is common there, so orders
 * about tools count only beside something that no document needs.
 */
const GRAVE =
  /^(?:secrecy\.(?:tell|covert)|override\.(?:ignore|priority|standing)|voice\.markup|voice\.comment|spelling\.|exfiltration\.(?:sink|smuggle|secret))/;
const LIGHT = /^(?:redirect\.|voice\.label|override\.role|pressure\.|exfiltration\.command|exfiltration\.flow)/;

export interface ResultJudgement {
  readonly verdict: 'allow' | 'show' | 'block';
  /** 0…1. */
  readonly score: number;
  /** `at` is the place in the result, such as `content[0].text`. */
  readonly findings: readonly Finding[];
}

const CLEAN: ResultJudgement = { verdict: 'allow', score: 0, findings: [] };

/** The finding that a result speaks to the model. */
export const INSTRUCTIONS = 'result.instructions';

/**
 * Looks for instructions hidden in what a tool returned. The result is untrusted whatever comes out: a clean verdict
 * is not a promise.
 * @param tool the upstream's own name of the tool
 * @param result the `result` of `tools/call`, `resources/read` or `prompts/get`
 */
export function judgeResult(tool: string, result: JsonObject): ResultJudgement {
  let names: Names | null = null;
  let left = RESULT_CHARS_MAX;
  const found: Placed[] = [];
  eachText(result, RESULT_CHARS_MAX, (at, text) => {
    for (const piece of piecesOf(text, Math.max(0, left))) {
      if (!holdsTelltale(piece.text)) continue;
      names ??= namesOf(tool);
      const hits = examineText({ at, text: piece.text, role: 'prose' }, names, 'result');
      for (const hit of hits) found.push({ ...hit, start: hit.start + piece.from, end: hit.end + piece.from });
      if (piece.text === text) insideJson(at, text, names, found);
    }
    left -= text.length;
  });
  return found.length === 0 ? CLEAN : weighResult(found);
}

function namesOf(tool: string): Names {
  return {
    self: tool.toLowerCase(),
    parameters: new Set(),
    others: new Set(),
    siblings: new Set(),
    topic: '',
    purpose: 0,
  };
}

const JSON_TEXT = /^\s*[[{]/;

/** Many tools answer with JSON as text: its strings are read by themselves, as those who read the answer do. */
function insideJson(at: string, text: string, names: Names, into: Placed[]): void {
  if (!JSON_TEXT.test(text)) return;
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    return;
  }
  eachText(value, Infinity, (inner, said) => {
    if (!holdsTelltale(said)) return;
    into.push(...examineText({ at: `${at}: ${inner}`, text: said, role: 'prose' }, names, 'result'));
  });
}

function weighResult(found: readonly Placed[]): ResultJudgement {
  const grave = found.filter((p) => GRAVE.test(p.code));
  if (grave.length === 0) return CLEAN;
  const weighed = [...grave, ...found.filter((p) => LIGHT.test(p.code)).map((p) => ({ ...p, weight: p.weight * 0.5 }))];
  const score = Math.round(scoreOf(weighed) * 1000) / 1000;
  if (score < RESULT_SHOW_FROM) return CLEAN;
  const verdict = score >= RESULT_BLOCK_FROM ? 'block' : 'show';
  return {
    verdict,
    score,
    findings: grave
      .sort((a, b) => b.weight - a.weight)
      .slice(0, 16)
      .map(asFinding),
  };
}

function asFinding(placed: Placed): Finding {
  return {
    code: INSTRUCTIONS,
    by: 'integrity',
    at: placed.at,
    span: [placed.start, placed.end],
    why: `the result ${placed.why}`,
    locked: false,
  };
}

/** A text, or what of its beginning and end there is room for. */
function piecesOf(text: string, room: number): readonly { readonly text: string; readonly from: number }[] {
  if (text.length <= room) return [{ text, from: 0 }];
  const half = Math.floor(room / 2);
  if (half === 0) return [];
  return [
    { text: text.slice(0, half), from: 0 },
    { text: text.slice(-half), from: text.length - half },
  ];
}

/**
 * Tells the strings of a value, in order, until they have `charsMax` characters together. Nothing is gathered: a server
 * can answer with millions of empty ones.
 */
function eachText(value: JsonValue, charsMax: number, tell: (at: string, text: string) => void): void {
  let chars = 0;
  const visit = (part: JsonValue | undefined, at: string, depth: number): void => {
    if (depth > DEPTH_MAX || chars >= charsMax) return;
    if (typeof part === 'string') {
      chars += part.length;
      if (part !== '') tell(at, part);
    } else if (Array.isArray(part)) {
      for (let i = 0; i < part.length; i++) if (holdsText(part[i])) visit(part[i], `${at}[${i}]`, depth + 1);
    } else if (isObject(part)) {
      const binary = isBinary(part);
      for (const key of Object.keys(part)) {
        if (binary && (key === 'data' || key === 'blob')) continue;
        if (holdsText(part[key])) visit(part[key], at === '' ? key : `${at}.${key}`, depth + 1);
      }
    }
  };
  visit(value, '', 0);
}

/** Whether there is a text in it, or may be deeper down: only then its place is worth naming. */
function holdsText(part: JsonValue | undefined): boolean {
  return typeof part === 'string' ? part !== '' : typeof part === 'object' && part !== null;
}

function isBinary(value: JsonObject): boolean {
  const type = own(value, 'type');
  return type === 'image' || type === 'audio' || typeof own(value, 'mimeType') === 'string';
}
