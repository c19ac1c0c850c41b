import { A, DEEDS } from './acts-table.ts';
import type { Sentence } from './sentences.ts';
import type { Token } from './token.ts';
import { W } from './words-table.ts';

/**
 * Who is told to do something: the model by name, "you", a thing that "must be sent", or nobody (an imperative, which
 * may as well say what the tool does).
 */
export type Voice = 'agent' | 'you' | 'passive' | 'imperative';

/** One order in a sentence. */
export interface Order {
  /** Index of the verb. */
  readonly at: number;
  /** Bits of `A`: what is to be done. */
  readonly deed: number;
  readonly voice: Voice;
  /** "Do not …". */
  readonly negated: boolean;
}

const CLAUSE =
  /^(?:and|then|also|please|first|instead|simply|just|always|never|additionally|or|so|silently|quietly|secretly|not|therefore|afterwards|beforehand|finally|next|but|immediately|to)$/;
/** Verbs that are nouns as often: "the email, the log, an order". */
const NOUNS =
  /^(?:mail|email|e-mail|share|export|order|list|check|mark|show|report|answer|claim|state|label|rate|call|query|search|look|purchase|charge|transfer|wire|buy|change|set|pass|place|file|prompt|export|dump|print|copy|open|post|push|address|supply|start|run|act|need|run|view|mirror|stream|log|need|use|dump|describe|permit|insert|mask|access|visit|supply|purchase|cat|round|charge|harvest|present|book|hold|contain|bear)$/;
const DETERMINER =
  /^(?:the|a|an|all|each|every|it|its|their|this|that|these|those|any|them|your|his|her|some|whatever|everything|up|down|out|to|only|no|both|one)$/;
const NEGATOR = /^(?:not|never|don't|dont|cannot|can't|mustn't|shouldn't|without|no|avoid|n't|nor|doesn't|need)$/;

/** The orders of a sentence, from left to right. Linear in its words; empty for most. */
export function ordersOf({ tokens, acts }: Sentence): readonly Order[] {
  if ((acts & DEEDS) === 0) return [];
  const orders: Order[] = [];
  for (const [at, token] of tokens.entries()) {
    const deed = token.acts & DEEDS;
    if (deed === 0 || token.quoted || token.identifier) continue;
    const voice = voiceOf(tokens, at, orders.at(-1));
    // "Do not call … or upload …": one negation, two verbs.
    const shared = /^n?or$/.test(tokens[at - 1]?.word ?? '') && orders.at(-1)?.negated === true;
    if (voice !== null) orders.push({ at, deed, voice, negated: shared || isNegated(tokens, at) });
  }
  return orders;
}

function voiceOf(tokens: readonly Token[], at: number, earlier: Order | undefined): Voice | null {
  const { word, start } = tokens[at] ?? { word: '', start: 0 };
  const before = tokens[at - 1];
  if (/(?:ed|wn|en|nt|id|told|put|set|read)$/.test(word) && isPassive(tokens, at)) return 'passive';
  if (/ing$/.test(word)) return null;
  const agent = subjectAgent(tokens, at);
  if (/[^s]s$/.test(word))
    return agent === 'near' || (agent && /^(?:and|then)$/.test(before?.word ?? '')) ? 'agent' : null;
  if (/[^e]ed$/.test(word)) return null;
  // "You must add accept rules": the second one is no verb.
  const adjunct = before && (before.acts & DEEDS) !== 0 && !CLAUSE.test(before.word) && before.end === start - 1;
  if (!adjunct && obliged(tokens, at)) return agent === null ? (saysYou(tokens, at) ? 'you' : 'passive') : 'agent';
  if (before?.word === 'you' && at > 1 && (tokens[at - 2]?.end ?? 0) < before.start - 1) return 'you';
  const noun = NOUNS.test(word) && !(at === 0 && word === 'set') && !DETERMINER.test(tokens[at + 1]?.word ?? '');
  if (at === 0 || !before) return noun || opensSubject(tokens, at) ? null : 'imperative';
  const opens = before.end < (tokens[at]?.start ?? 0) - 1 || CLAUSE.test(before.word);
  if (!opens || before.word === 'to') return null;
  if (noun) return null;
  if (before.word === 'or' || before.word === 'and') return earlier && at - earlier.at < 14 ? earlier.voice : null;
  return earlier && earlier.voice !== 'imperative' && at - earlier.at < 14 ? earlier.voice : 'imperative';
}

/** "must be sent", "is to be sent", "has to be sent", "are then sent" does not count. */
function isPassive(tokens: readonly Token[], at: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - 3); i--) {
    if (tokens[i]?.word !== 'be') continue;
    return obliged(tokens, i);
  }
  return false;
}

/** Whether "must", "should", "is expected to" or the like governs the verb. */
function obliged(tokens: readonly Token[], at: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - 4); i--) {
    const token = tokens[i];
    if (!token) return false;
    if (
      (token.mask & W.OBLIGE) !== 0 &&
      !/^(?:required|mandatory|essential|compulsory|strictly|never|ensure)$/.test(token.word)
    )
      return true;
    if (
      token.word === 'to' &&
      /^(?:expected|required|asked|instructed|needs?|has|have|is|are|supposed|obliged|requested)$/.test(
        tokens[i - 1]?.word ?? '',
      )
    )
      return !isMeans(tokens, i - 1);
    if (i < at - 1 && !CLAUSE.test(token.word) && token.word !== 'be') return false;
  }
  return false;
}

/** "Upload credentials are generated": what looks like an imperative belongs to the subject. */
function opensSubject(tokens: readonly Token[], at: number): boolean {
  const noun = tokens[at + 1];
  const verb = tokens[at + 2];
  if (!noun || !verb || DETERMINER.test(noun.word)) return false;
  return verb.start === noun.end + 1 && /^(?:is|are|was|were|has|have|will|can|may)$/.test(verb.word);
}

/** "Its id, which is required to delete it": what something is good for, told to nobody. */
function isMeans(tokens: readonly Token[], at: number): boolean {
  if (!/^(?:required|needed)$/.test(tokens[at]?.word ?? '')) return false;
  return /^(?:which|that|ids?|uuids?|names?|keys?|parameters?|fields?|scopes?|permissions?)$/.test(
    tokens[at - 2]?.word ?? '',
  );
}

/** Whether the model is the subject of the verb at `at`: right before it, or further off behind "must". */
function subjectAgent(tokens: readonly Token[], at: number): 'near' | 'far' | null {
  for (let i = at - 1; i >= Math.max(0, at - 8); i--) {
    const token = tokens[i];
    if (!token) return null;
    if ((token.acts & A.AGENT) !== 0 && !token.identifier && !token.quoted && !isThing(tokens, i)) {
      const lead = tokens[i - 1]?.word ?? '';
      const role = tokens[i - 2]?.word ?? '';
      if (/^(?:by|to|for|of|with|from|per|in|on|an?)$/.test(lead) || /^(?:by|to|for|of|with|from|in|on)$/.test(role))
        return null;
      return at - i <= 3 ? 'near' : 'far';
    }
  }
  return null;
}

/** "Model files", "duplicate model loads": what a machine has learnt, unless an article or its trade says otherwise. */
function isThing(tokens: readonly Token[], at: number): boolean {
  const word = tokens[at]?.word ?? '';
  if (word !== 'model' && word !== 'models') return false;
  const before = tokens[at - 1];
  return (
    before !== undefined && !/^(?:the|this|your|any|each|every|all|language|ai|calling|llm|chat|a)$/.test(before.word)
  );
}

function saysYou(tokens: readonly Token[], at: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - 6); i--) if (tokens[i]?.word === 'you') return true;
  return false;
}

function isNegated(tokens: readonly Token[], at: number): boolean {
  for (let i = at - 1; i >= Math.max(0, at - 4); i--) {
    const token = tokens[i];
    if (token && NEGATOR.test(token.word)) return true;
    if (token && (token.acts & DEEDS) !== 0 && at - i > 1) return false;
  }
  return false;
}
