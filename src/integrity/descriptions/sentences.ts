import { scan } from './scanner.ts';
import type { Names, Token } from './token.ts';
import { W } from './words-table.ts';

/** Words up to a full stop, with what occurs in them. */
export class Sentence {
  readonly tokens: readonly Token[];
  /** All bits of `W` that occur. */
  readonly mask: number;
  /** All bits of `CUE` that occur. */
  readonly cues: number;
  /** All bits of `A` that occur. */
  readonly acts: number;
  #words: string | null = null;

  constructor(tokens: readonly Token[], mask: number, cues: number, acts: number) {
    this.tokens = tokens;
    this.mask = mask;
    this.cues = cues;
    this.acts = acts;
  }

  /** The words, lower case, with single blanks between them. Put together when first asked for. */
  get words(): string {
    return (this.#words ??= spell(this.tokens));
  }
}

function spell(tokens: readonly Token[]): string {
  let words = '';
  for (const { word } of tokens) words = words === '' ? word : `${words} ${word}`;
  return words;
}

/** Cuts a readable text into sentences of classified words. Linear in the length of the text. */
export function readSentences(text: string, names: Names): Sentence[] {
  const sentences: Sentence[] = [];
  scan(text, names, (tokens) => sentences.push(finish(tokens, names, text)));
  return sentences;
}

/** Second reading, when the neighbours are known: which identifiers are tools and which are parameters. */
function finish(tokens: Token[], names: Names, text: string): Sentence {
  let mask = 0;
  let cues = 0;
  let acts = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.identifier && (token.mask & (W.SELF | W.OTHER_TOOL)) === 0) token.mask |= role(tokens, i, names, text);
    if (token.word === 'to' && /^(?:has|have|needs?|had)$/.test(tokens[i - 1]?.word ?? '')) token.mask |= W.OBLIGE;
    if (token.word === 'be' && tokens[i - 1]?.word === 'to' && /^(?:is|are)$/.test(tokens[i - 2]?.word ?? ''))
      token.mask |= W.OBLIGE;
    if (token.word === 'this' && ((tokens[i + 1]?.mask ?? 0) & W.TOOL) !== 0) token.mask |= W.SELF;
    mask |= token.mask;
    cues |= token.cues;
    acts |= token.acts;
  }
  return new Sentence(tokens, mask, cues, acts);
}

const ARGUMENT_WORD =
  /^(?:arguments?|parameters?|params?|fields?|values?|headers?|properties|property|flag|option|key|column)$/;
const TOOL_WORD = /^(?:tools?|functions?|commands?|method|endpoint)$/;
const VERB_PART =
  /^(?:get|list|read|write|send|delete|create|update|search|run|execute|move|fetch|add|remove|set|query|call|upload|download|post|put|find|check|validate|verify|edit|modify|copy|open|close|start|stop|reset|generate|extract|transfer|commit|push|pull|merge|fork|reply|make|save|load|show|describe|trigger|request|resolve|browse|analyze|scan|print|echo|migrate|approve|book|pay|cancel|submit|publish|deploy|notify|forward|import|export|invoke|view|retrieve|mark|register|click|navigate)$/;
const STRONG_INVOKE =
  /^(?:call|calls|calling|invoke|invokes|invoking|run|runs|running|execute|executes|executing|trigger|triggers|triggering|request|initiate|launch|consult)$/;
const OPENING = /^(?:when|whenever|before|after|once|while|upon|if)$/;
const AFTER_TOOL = /^(?:call|calls|request|requests|command|invocation|runs|gets)$/;
const USED = /^(?:called|used|invoked|run|executed|available|present|triggered)$/;
/** `project_id`, `base_url`: what a thing is called by, and never called. */
const THING =
  /^(?:i?ids?|name|names|url|uri|path|key|keys|type|token|slug|number|index|count|date|dir|root|size|at|by|field|fields|flag|mode|code|version|level|status|summary|config|schema|param|params)$/;

function role(tokens: readonly Token[], at: number, names: Names, text: string): number {
  const token = tokens[at];
  if (!token) return 0;
  const after = tokens[at + 1]?.word ?? '';
  const one = tokens[at - 1]?.word ?? '';
  const two = tokens[at - 2]?.word ?? '';
  const outside = text[token.start - (token.quoted ? 2 : 1)] ?? '';
  if (TOOL_WORD.test(after) || (TOOL_WORD.test(one) && !ARGUMENT_WORD.test(after))) return W.OTHER_TOOL;
  if (names.parameters.has(token.word) || ARGUMENT_WORD.test(after) || ARGUMENT_WORD.test(one))
    return W.ARGUMENT | W.LITERAL;
  if (
    outside === '=' ||
    outside === ':' ||
    outside === '[' ||
    /^(?:as|equals|value|type)$/.test(one) ||
    (one === 'with' && token.quoted)
  )
    return W.LITERAL;
  return isCallable(tokens, at, text) ? W.OTHER_TOOL : (ARGUMENT_WORD.test(two) ? W.ARGUMENT : 0) | W.LITERAL;
}

/** Whether the neighbours or the parts of an identifier say that it can be called. */
function isCallable(tokens: readonly Token[], at: number, text: string): boolean {
  const token = tokens[at];
  if (!token) return false;
  const parts = partsOf(text.slice(token.start, token.end));
  if (!token.quoted && THING.test(parts.at(-1) ?? '') && !VERB_PART.test(parts[0] ?? '')) return false;
  if (token.quoted && parts.length > 1 && /^i?ids?$/.test(parts.at(-1) ?? '') && !VERB_PART.test(parts[0] ?? ''))
    return false;
  if (!token.quoted && THING.test(parts.at(-1) ?? '') && NOUN_TOO.test(parts[0] ?? '')) return false;
  if (!token.quoted && isProperName(text.slice(token.start, token.end), parts)) return false;
  const compound = parts.length > 1;
  const verby =
    VERB_PART.test(parts[0] ?? '') ||
    VERB_PART.test(parts.at(-1) ?? '') ||
    (parts.length > 2 && parts.some((p) => VERB_PART.test(p)));
  const one = tokens[at - 1]?.word ?? '';
  const two = tokens[at - 2]?.word ?? '';
  const three = tokens[at - 3]?.word ?? '';
  const invoked = STRONG_INVOKE.test(one) || (/^(?:the|to|a|any)$/.test(one) && STRONG_INVOKE.test(two));
  if (invoked && (compound || token.quoted)) return true;
  const opened = OPENING.test(one) || OPENING.test(two) || OPENING.test(three);
  if (
    /^(?:use|uses|using|via|through|with)$/.test(one) &&
    compound &&
    (verby || (token.quoted && opened) || one === 'via')
  )
    return true;
  const must = tokens.slice(Math.max(0, at - 5), at).some((t) => (t.mask & W.OBLIGE) !== 0);
  if (/^(?:use|using|first)$/.test(one) && compound && token.quoted && must) return true;
  const next = tokens[at + 1]?.word ?? '';
  if (opened && compound && (AFTER_TOOL.test(next) || (next === 'is' && USED.test(tokens[at + 2]?.word ?? ''))))
    return true;
  if (compound && /^(?:call|calls|requests?|invocation)$/.test(next)) return true;
  return compound && verby && (token.quoted || VERB_PART.test(parts[0] ?? ''));
}

const NOUN_TOO =
  /^(?:commit|request|query|post|reply|search|call|fork|mark|book|pull|merge|push|set|view|test|check|copy|import|export|record)$/;

/** `GitLab`, `JavaScript`: a brand, not a function. */
function isProperName(written: string, parts: readonly string[]): boolean {
  return /^[A-Z][a-z]+[A-Z]\w*$/.test(written) && !written.includes('_') && !VERB_PART.test(parts[0] ?? '');
}

function partsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 0);
}
