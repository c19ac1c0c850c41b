import type { JsonObject } from '../core/json.ts';
import type { Around } from './descriptions/analyse.ts';
import { A } from './descriptions/acts-table.ts';
import { ordersOf } from './descriptions/acts.ts';
import { normalise } from './descriptions/normalise.ts';
import { readSentences, type Sentence } from './descriptions/sentences.ts';
import type { Names, Token } from './descriptions/token.ts';
import { speaksOfMatters } from './descriptions/signals/demands.ts';
import { relatedNames } from './descriptions/signals/redirect.ts';
import { namesValue } from './descriptions/signals/seen.ts';
import { collectTexts, type Texts } from './descriptions/texts.ts';
import { W } from './descriptions/words-table.ts';
import type { Change } from './change.ts';
import type { PinnedKind } from './ports.ts';

/** What new sentences refer to that nothing referred to before: tools, files, addresses, and orders out of the blue. */
export function newWords(
  kind: PinnedKind,
  name: string,
  before: JsonObject,
  after: JsonObject,
  around: Around,
): Change[] {
  const old = collectTexts(before);
  const now = collectTexts(after);
  const names: Names = {
    self: name.toLowerCase(),
    parameters: new Set([...old.parameters, ...now.parameters].map((p) => p.toLowerCase())),
    ...around,
    topic: '',
    purpose: 0,
  };
  const known = vocabulary(old, names);
  const changes: Change[] = [];
  for (const { at, text, role } of now.texts) {
    if (role === 'name') continue;
    const readable = normalise(text).text;
    for (const sentence of readSentences(readable, names)) {
      if (known.sentences.has(spell(sentence))) continue;
      const change = judgeSentence(kind, name, at, sentence, known.words, names);
      if (change) changes.push(change);
    }
  }
  return changes;
}

interface Vocabulary {
  readonly sentences: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
}

function vocabulary({ texts }: Texts, names: Names): Vocabulary {
  const sentences = new Set<string>();
  const words = new Set<string>();
  for (const { text } of texts) {
    for (const sentence of readSentences(normalise(text).text, names)) {
      sentences.add(spell(sentence));
      for (const token of sentence.tokens) words.add(token.word);
    }
  }
  for (const part of names.self.split(/[^a-z]+/)) words.add(part);
  for (const parameter of names.parameters) words.add(parameter);
  return { sentences, words };
}

function spell(sentence: Sentence): string {
  return sentence.words;
}

function judgeSentence(
  kind: PinnedKind,
  name: string,
  at: string,
  sentence: Sentence,
  words: ReadonlySet<string>,
  names: Names,
): Change | null {
  const { tokens, mask } = sentence;
  const fresh = (bit: number): Token | undefined => tokens.find((t) => (t.mask & bit) !== 0 && !words.has(t.word));
  if ((mask & W.SECRET_PLACE) !== 0 && fresh(W.SECRET_PLACE))
    return { at, class: 'dangerous', why: `\`${fresh(W.SECRET_PLACE)?.word}\` is mentioned for the first time` };
  const sink = (mask & W.SINK) !== 0 ? fresh(W.SINK) : undefined;
  if (sink?.email)
    return { at, class: 'dangerous', why: `the address \`${sink.word}\` is mentioned for the first time` };
  if (sink && !sameSite(sink.word, words))
    return { at, class: 'review', why: `the address \`${sink.word}\` is mentioned for the first time` };
  if (
    !at.startsWith('inputSchema.') &&
    !sink &&
    namesValue(sentence) &&
    tokens.some((t) => (t.acts & A.ODD) !== 0 && !words.has(t.word))
  )
    return { at, class: 'review', why: 'an account or address is mentioned for the first time' };
  const tool = (mask & W.OTHER_TOOL) !== 0 ? fresh(W.OTHER_TOOL) : undefined;
  if (tool && kind === 'tool' && !names.siblings.has(tool.word) && !relatedNames(name, tool.word))
    return { at, class: 'review', why: `the tool \`${tool.word}\` is mentioned for the first time` };
  if (!at.startsWith('inputSchema.') && isForeignMatter(sentence, words))
    return {
      at,
      class: 'review',
      why: 'the model, secrets or a belonging of the person are mentioned for the first time',
    };
  return outOfTheBlue(at, sentence, words)
    ? { at, class: 'review', why: 'an order was added that has little to do with the tool' }
    : null;
}

/** Orders ("must", "before …", "change …") whose content words the definition never used. */
function outOfTheBlue(at: string, sentence: Sentence, words: ReadonlySet<string>): boolean {
  const { tokens, mask } = sentence;
  const acts = (mask & (W.INVOKE | W.MODIFY | W.SEND | W.READ)) !== 0;
  const orders = (mask & W.OBLIGE) !== 0 || ((mask & W.BEFORE) !== 0 && acts) || tokens.some((t) => t.word === 'sure');
  const opens =
    /^(?:when|whenever|before|after|once|if|for)$/.test(tokens[0]?.word ?? '') && acts && (mask & W.LITERAL) !== 0;
  // What a new parameter says is about that parameter, which was unknown before.
  const told =
    !at.startsWith('inputSchema.') && ordersOf(sentence).some((order) => (order.deed & TOLD) !== 0 && !order.negated);
  if (!orders && !opens && !told) return false;
  const content = tokens.filter((t) => t.word.length > 4 && (t.mask & (W.OBLIGE | W.NEGATE | W.INVOKE)) === 0);
  if (content.length < (told ? CONTENT_MIN_TOLD : CONTENT_MIN)) return false;
  const foreign = content.filter(
    (t) => !words.has(t.word) && !words.has(t.word.replace(/s$/, '')) && !words.has(`${t.word}s`),
  );
  return foreign.length / content.length >= OUT_OF_THE_BLUE;
}

/** Deeds that are ordered: what a tool reads, runs or sets is its own business. */
const TOLD = A.SHIP | A.WRECK | A.PAY | A.GRANT | A.OFF | A.SAY | A.HUSH | A.FOLLOW | A.CARRY | A.ALTER;
/** Content words without which nothing can be said to be new. */
const CONTENT_MIN = 5;
const CONTENT_MIN_TOLD = 4;

/** The model by name, secrets, the conversation or somebody's belongings, where nothing spoke of them before. */
function isForeignMatter({ tokens, acts, words: said }: Sentence, words: ReadonlySet<string>): boolean {
  const told = tokens.some((t) => (t.acts & A.AGENT) !== 0 && !t.identifier && !t.quoted && !words.has(t.word));
  if (told) return true;
  if ((acts & (A.SECRET | A.CHAT | A.PERSONAL)) === 0 || !speaksOfMatters(said)) return false;
  return tokens.some(
    (t) => (t.acts & (A.SECRET | A.CHAT | A.PERSONAL)) !== 0 && t.word.length > 3 && !words.has(t.word),
  );
}

/** Share of unknown content words from which an order is out of the blue. */
const OUT_OF_THE_BLUE = 0.7;

/** Another page of a site that was mentioned before. */
function sameSite(address: string, words: ReadonlySet<string>): boolean {
  const host = hostOf(address);
  if (host === null) return false;
  for (const word of words) if (word.includes(host)) return true;
  return false;
}

function hostOf(address: string): string | null {
  const found = /^(?:\w+:\/\/)?(?:www\.)?([^/:?#]+)/.exec(address);
  return found?.[1] ?? null;
}
