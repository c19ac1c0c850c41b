import type { Finding } from '../../core/decision.ts';
import type { JsonObject } from '../../core/json.ts';
import type { PinnedKind } from '../ports.ts';
import { ACTS, DEEDS, TELLING_ACTS } from './acts-table.ts';
import { contradictions } from './contradiction.ts';
import { decodeHidden } from './encoded.ts';
import { normalise, originOf, type Mark, type Readable } from './normalise.ts';
import { probeParameters } from './parameters.ts';
import { readSentences, type Sentence } from './sentences.ts';
import type { Names } from './token.ts';
import { W } from './words-table.ts';
import { isDescribing, type Hit, type Placed, type Scene, type Signal } from './signal.ts';
import { exfiltration } from './signals/exfiltration.ts';
import { foreign } from './signals/foreign.ts';
import { intrusion } from './signals/intrusion.ts';
import { orders } from './signals/orders.ts';
import { override } from './signals/override.ts';
import { preference, pressure, voice } from './signals/pressure.ts';
import { redirect } from './signals/redirect.ts';
import { secrecy } from './signals/secrecy.ts';
import { collectTexts, type Text } from './texts.ts';
import { plantedValues } from './values.ts';

/** What honest parameter documentation does too: name other tools, conditions and values. It weighs less there. */
const DOCUMENTS = /^(?:redirect\.|override\.(?:controls|standing)|shadowing\.|intrusion\.addressee)/;
const IN_SCHEMA = 0.65;

export type Verdict = 'allow' | 'show' | 'block';

/** From this score on a person should look; from the second one on nothing is served before somebody did. */
export const SHOW_FROM = 0.5;
const BLOCK_FROM = 0.7;

const SIGNALS: readonly Signal[] = [
  secrecy,
  override,
  redirect,
  exfiltration,
  voice,
  pressure,
  preference,
  intrusion,
  orders,
  foreign,
];

/** Lower-case names of tools around a definition; `siblings` are those of its own server, `others` has them too. */
export type Around = Pick<Names, 'others' | 'siblings'>;

const TOPIC_CHARS = 80;

/** The name and the first words: attackers choose them too, but a poisoned tool seldom owns up in them. */
function topicOf(name: string, body: JsonObject): string {
  const description = body['description'];
  const first = typeof description === 'string' ? (description.split(/[.\n]/, 1)[0] ?? '') : '';
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replaceAll('-', '_');
  return `${words} ${isDescribing(first) ? first.slice(0, TOPIC_CHARS) : ''}`.toLowerCase();
}

/** The deeds and matters that a tool's name, first words and the values it lets choose from own up to, bits of `A`. */
function purposeOf(topic: string, choices: readonly string[]): number {
  let purpose = 0;
  for (const word of topic.split(/[^a-z'-]+/)) purpose |= ACTS.get(word) ?? 0;
  for (const choice of choices) purpose |= (ACTS.get(choice.toLowerCase()) ?? 0) & DEEDS;
  return purpose;
}

export const ALONE: Around = { others: new Set(), siblings: new Set() };

/**
 * Every reason for distrust in the texts of a definition.
 * @param around names of other tools that are known to exist
 */
export function examine(kind: PinnedKind, name: string, body: JsonObject, around: Around): Placed[] {
  const { texts, parameters, choices, cut } = collectTexts(body);
  const topic = topicOf(name, body);
  let purpose: number | null = null;
  const names: Names = {
    self: name.toLowerCase(),
    parameters: new Set(parameters.map((p) => p.toLowerCase())),
    ...around,
    topic,
    get purpose() {
      return (purpose ??= purposeOf(topic, choices));
    },
  };
  const about = kind === 'server' ? 'server' : 'definition';
  const found: Placed[] = [];
  if (cut)
    found.push({
      code: 'text.too_large',
      weight: 0.8,
      start: 0,
      end: 0,
      at: '',
      why: 'has more text than can be examined',
    });
  for (const text of texts) {
    const hits = examineText(text, names, about);
    if (text.at === 'description' || text.at === 'instructions') found.push(...hits);
    else for (const h of hits) found.push(DOCUMENTS.test(h.code) ? { ...h, weight: h.weight * IN_SCHEMA } : h);
  }
  if (kind === 'tool')
    found.push(...probeParameters(name, body), ...plantedValues(body, topic), ...contradictions(name, body));
  return found;
}

/** One text, as a model would read it, and what is encoded in it. */
export function examineText(text: Text, names: Names, about: Scene['about']): Placed[] {
  const readable = normalise(text.text);
  const found: Placed[] = [...marksOf(text.at, readable)];
  if (/\s|_\w+_\w+_/.test(readable.text)) found.push(...readHits(text.at, readable, names, about));
  for (const hidden of decodeHidden(readable)) {
    const inner = scan(hidden.text, names, about, 'other');
    const worst = inner.reduce((most, h) => Math.max(most, h.weight), 0);
    const weight = Math.max(hidden.weight, worst > 0 ? Math.min(0.9, worst + 0.3) : 0);
    if (weight > 0)
      found.push({ code: hidden.code, weight, start: hidden.start, end: hidden.end, at: text.at, why: hidden.why });
    for (const h of inner) found.push({ ...h, start: hidden.start, end: hidden.end, at: text.at });
  }
  return found;
}

/** Names are read as words: `ignore_all_previous_instructions`. */
function readHits(at: string, readable: Readable, names: Names, about: Scene['about']): Placed[] {
  const words = /\s/.test(readable.text) ? readable.text : readable.text.replaceAll('_', ' ');
  return scan(words, names, about, fieldOf(at)).map((h) => ({
    ...h,
    at,
    start: originOf(readable, h.start),
    end: originOf(readable, h.end),
  }));
}

function fieldOf(at: string): Scene['field'] {
  if (at === 'description' || at === 'instructions') return 'description';
  return at.startsWith('inputSchema.') ? 'parameter' : 'other';
}

function scan(text: string, names: Names, about: Scene['about'], field: Scene['field']): Hit[] {
  const sentences = readSentences(text, names);
  if (!/[<[|#:]/.test(text) && !sentences.some(isTelling)) return [];
  const scene: Scene = { text, ascii: !/[^\0-\x7f]/.test(text), sentences, names, about, field };
  return SIGNALS.flatMap((signal) => signal(scene));
}

/** A sentence without any of these cannot trip a signal: most labels and short descriptions. */
const TELLING =
  W.OBLIGE |
  W.NEGATE |
  W.STEALTH |
  W.PRIORITY |
  W.IGNORE |
  W.BEFORE |
  W.WHEN |
  W.MODIFY |
  W.OTHER_TOOL |
  W.SECRET_PLACE |
  W.SINK |
  W.SENSITIVE |
  W.EXTERNAL;

function isTelling({ mask, cues, acts }: Sentence): boolean {
  return (mask & TELLING) !== 0 || cues !== 0 || (acts & TELLING_ACTS) !== 0;
}

const MARK_WORDS: Readonly<Record<Mark['code'], string>> = {
  invisible: 'contains characters that nobody sees',
  bidi: 'contains characters that reverse the reading order',
  tags: 'contains tag characters that spell hidden text',
  ansi: 'contains terminal escape sequences',
  homoglyph: 'contains foreign letters that look Latin',
  control: 'contains control characters',
};

function marksOf(at: string, readable: Readable): Placed[] {
  if (readable.marks.length === 0) return [];
  const found: Placed[] = [];
  const byCode = Map.groupBy(readable.marks, (mark) => mark.code);
  for (const [code, marks] of byCode) {
    const first = marks[0];
    const last = marks.at(-1);
    if (!first || !last) continue;
    found.push({
      code: `spelling.${code}`,
      weight: markWeight(code, marks.length),
      start: first.start,
      end: last.end,
      at,
      why: MARK_WORDS[code],
    });
  }
  return found;
}

function markWeight(code: Mark['code'], times: number): number {
  if (code === 'tags') return 0.9;
  if (code === 'ansi' || code === 'bidi') return 0.7;
  if (code === 'homoglyph') return times > 1 ? 0.6 : 0.5;
  if (code === 'control') return 0.3;
  return times >= 3 ? 0.7 : 0.35;
}

/** From this weight on a reason counts wherever it stands; lighter ones only together with what stands near them. */
const HEAVY = SHOW_FROM;
/** An attack is a passage; what is scattered over a manual is its length. */
const PASSAGE_CHARS = 800;

/**
 * Independent reasons of one passage add up as probabilities do; of one kind only the strongest counts. The passage
 * that looks worst decides.
 */
export function scoreOf(found: readonly Placed[]): number {
  const heavy = strongestOf(found.filter(({ weight, start, end }) => weight >= HEAVY || end === start));
  let worst = sumOf(heavy);
  for (const light of Map.groupBy(found, ({ at }) => at).values()) {
    const sorted = light.filter(({ weight }) => weight > 0 && weight < HEAVY).sort((a, b) => a.start - b.start);
    for (let from = 0, to = 0; from < sorted.length; from++) {
      const reach = (sorted[from]?.start ?? 0) + PASSAGE_CHARS;
      while ((sorted[to]?.start ?? Infinity) <= reach) to += 1;
      worst = Math.max(worst, sumOf([...heavy, ...sorted.slice(from, to)]));
    }
  }
  return worst;
}

function strongestOf(reasons: readonly Hit[]): readonly Hit[] {
  const strongest = new Map<string, Hit>();
  for (const reason of reasons)
    if (reason.weight > (strongest.get(reason.code)?.weight ?? 0)) strongest.set(reason.code, reason);
  return [...strongest.values()];
}

/** Both ask what an order is about: in one sentence they are one reason. */
const SAME_ORDER = new Set(['exfiltration.demand', 'intrusion.deed']);

function isSaid(reason: Hit, all: readonly Hit[]): boolean {
  if (!SAME_ORDER.has(reason.code)) return false;
  return all.some(
    (o) =>
      o !== reason &&
      SAME_ORDER.has(o.code) &&
      o.start === reason.start &&
      (o.weight > reason.weight || (o.weight === reason.weight && o.code < reason.code)),
  );
}

function sumOf(reasons: readonly Hit[]): number {
  let clean = 1;
  const all = strongestOf(reasons);
  for (const { weight } of all.filter((reason) => !isSaid(reason, all)))
    clean *= 1 - Math.min(0.99, Math.max(0, weight));
  return 1 - clean;
}

export function verdictOf(score: number): Verdict {
  if (score >= BLOCK_FROM) return 'block';
  return score >= SHOW_FROM ? 'show' : 'allow';
}

/** As the rest of the house sees it. */
export function toFinding(placed: Placed): Finding {
  return {
    code: placed.code,
    by: 'integrity',
    at: placed.at,
    span: [placed.start, placed.end],
    why: placed.why,
    locked: false,
  };
}
