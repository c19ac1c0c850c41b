import { destinationOf, isSecretPlace } from './places.ts';
import { W, WORDS } from './words-table.ts';

/** A word, a quoted piece, a path or an address, with what it can do. */
export interface Token {
  readonly start: number;
  readonly end: number;
  /** Lower case. */
  readonly word: string;
  /** Bits of `W`. */
  mask: number;
  readonly quoted: boolean;
  /** `snake_case`, `camelCase`, `kebab-case` or dotted: looks like the name of something callable. */
  readonly identifier: boolean;
  /** An email address. */
  readonly email: boolean;
}

export interface Sentence {
  readonly tokens: readonly Token[];
  /** All bits that occur. */
  readonly mask: number;
  readonly start: number;
  readonly end: number;
  /** The words, lower case, with single blanks between them. */
  readonly words: string;
}

/** What names mean from where the text stands. */
export interface Names {
  /** The definition's own name, lower case. */
  readonly self: string;
  /** Its own parameters, lower case. */
  readonly parameters: ReadonlySet<string>;
  /** Names of other tools that are known to exist, lower case. */
  readonly others: ReadonlySet<string>;
  /** Those of them that the same server offers, lower case. */
  readonly siblings: ReadonlySet<string>;
  /** What the tool is about: its name and the first words of its description, lower case. */
  readonly topic: string;
}

const QUOTES = new Set(["'", '"', '`']);
const STOPS = new Set(['.', '!', '?', ';', '\n']);
const BREAKS = /[\s"'`()[\]{}<>,;!?|]/;
const QUOTED_MAX = 240;
const CHUNK_MAX = 300;

/** Cuts a readable text into sentences of classified words. Linear in the length of the text. */
export function readSentences(text: string, names: Names): Sentence[] {
  const sentences: Sentence[] = [];
  let tokens: Token[] = [];
  const close = (): void => {
    if (tokens.length > 0) sentences.push(finish(tokens, names, text));
    tokens = [];
  };
  for (let i = 0; i < text.length;) {
    const c = text[i] ?? '';
    if (QUOTES.has(c) && !isWordAt(text, i - 1)) {
      const end = closing(text, i);
      if (end > 0) {
        readQuoted(tokens, text, i + 1, end, names);
        i = end + 1;
        continue;
      }
    }
    if (STOPS.has(c)) {
      if (isStop(text, i, c)) close();
      i += 1;
    } else if (BREAKS.test(c)) i += 1;
    else i = readChunk(tokens, text, i, names);
  }
  close();
  return sentences;
}

function isStop(text: string, at: number, c: string): boolean {
  if (c !== '\n')
    return /\s/.test(text[at + 1] ?? ' ') && !/\b(?:e\.g|i\.e|etc|vs)$/i.test(text.slice(Math.max(0, at - 4), at));
  let next = at + 1;
  while (text[next] === ' ' || text[next] === '\t' || text[next] === '\r') next += 1;
  return (
    /[\n\-*•#<[\d]/.test(text[next] ?? '\n') ||
    (/[A-Z]/.test(text[next] ?? '') && /[.:!?]\s*$/.test(text.slice(Math.max(0, at - 3), at)))
  );
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && /[\p{L}\p{N}_]/u.test(text[at] ?? '');
}

function closing(text: string, at: number): number {
  const quote = text[at] ?? '';
  for (let i = at + 1; i < Math.min(text.length, at + QUOTED_MAX); i++) {
    if (text[i] === quote && !(quote === "'" && isWordAt(text, i + 1))) return i > at + 1 ? i : -1;
    if (text[i] === '\n' && quote !== '`') return -1;
  }
  return -1;
}

function readQuoted(tokens: Token[], text: string, start: number, end: number, names: Names): void {
  const inner = text.slice(start, end);
  const word = inner.toLowerCase();
  if (/^[\w.-]+(?:\(\))?$/.test(inner)) tokens.push(single(word.replace('()', ''), inner, start, end, true, names));
  else {
    let mask = W.LITERAL;
    for (const chunk of inner.split(/[\s'"`,;|<>()]+/)) mask |= special(chunk);
    tokens.push({
      start,
      end,
      word,
      mask,
      quoted: true,
      identifier: false,
      email: inner.includes('@') && (mask & W.SINK) !== 0,
    });
  }
}

function readChunk(tokens: Token[], text: string, start: number, names: Names): number {
  let end = start;
  while (end < text.length && end - start < CHUNK_MAX && !BREAKS.test(text[end] ?? ' ')) end += 1;
  if (text.slice(start, end).includes('://'))
    while (end < text.length && end - start < CHUNK_MAX && !/[\s"'`<>]/.test(text[end] ?? ' ')) end += 1;
  // An apostrophe inside a word belongs to it: don't, user's.
  while (text[end] === "'" && isWordAt(text, end + 1) && isWordAt(text, end - 1)) {
    end += 1;
    while (end < text.length && !BREAKS.test(text[end] ?? ' ')) end += 1;
  }
  const next = end;
  while (end > start && /[.:,*_=#-]/.test(text[end - 1] ?? '')) end -= 1;
  if (end === start) return Math.max(next, start + 1);
  const chunk = text.slice(start, end);
  tokens.push(single(chunk.toLowerCase(), chunk, start, end, false, names));
  // The full stop that was cut off still ends the sentence.
  const tail = text.slice(end, next);
  return tail.includes('.') ? end + tail.indexOf('.') : next;
}

function single(word: string, chunk: string, start: number, end: number, quoted: boolean, names: Names): Token {
  const extra = special(chunk);
  const identifier = isIdentifier(chunk, quoted) && extra === 0;
  let mask = extra | (quoted ? 0 : wordMask(word));
  if (identifier) mask |= nameMask(word, names);
  else if (word === names.self) mask |= W.SELF;
  if (quoted && !identifier) mask |= W.LITERAL;
  if (/^[-+]?\d[\d.,%]*$/.test(word) && word.length > 1) mask |= W.LITERAL;
  return { start, end, word, mask, quoted, identifier, email: (extra & W.SINK) !== 0 && chunk.includes('@') };
}

function wordMask(word: string): number {
  const whole = WORDS.get(word);
  if (whole !== undefined) return whole;
  if (!/[-/:]/.test(word)) return 0;
  let mask = 0;
  for (const part of word.split(/[-/:]/)) mask |= WORDS.get(part) ?? 0;
  return mask;
}

function nameMask(word: string, names: Names): number {
  if (word === names.self) return W.SELF;
  if (names.others.has(word)) return W.OTHER_TOOL;
  return names.parameters.has(word) ? W.ARGUMENT : 0;
}

function special(chunk: string): number {
  if (chunk.length < 4 || chunk.length > CHUNK_MAX) return 0;
  if (!/[./\\~@_]/.test(chunk)) return 0;
  if (isSecretPlace(chunk)) return W.SECRET_PLACE | W.LITERAL;
  const kind = destinationOf(chunk);
  if (kind === 'email' || kind === 'url') return W.SINK | W.LITERAL;
  return kind === 'sample' || /^[~/\\]|^\w:\\/.test(chunk) ? W.LITERAL : 0;
}

function isIdentifier(chunk: string, quoted: boolean): boolean {
  if (!/^[A-Za-z][\w.-]*$/.test(chunk) || chunk.length > 80) return false;
  if (!quoted && /^[a-z]+(?:-[a-z]+){2,}$/.test(chunk))
    return !/-(?:to|of|by|the|and|in|or|a|on|for|per|up|out|as|is|at)-/.test(chunk);
  if (/_[A-Za-z]|[a-z][A-Z]|[a-z]\.[a-z]+_/.test(chunk)) return !/^[A-Z0-9_]+$/.test(chunk) || quoted;
  return quoted;
}

/** Second reading, when the neighbours are known: which identifiers are tools and which are parameters. */
function finish(tokens: Token[], names: Names, text: string): Sentence {
  let mask = 0;
  for (const [i, token] of tokens.entries()) {
    if (token.identifier && (token.mask & (W.SELF | W.OTHER_TOOL)) === 0) token.mask |= role(tokens, i, names, text);
    if (token.word === 'to' && /^(?:has|have|needs?|had)$/.test(tokens[i - 1]?.word ?? '')) token.mask |= W.OBLIGE;
    if (token.word === 'this' && ((tokens[i + 1]?.mask ?? 0) & W.TOOL) !== 0) token.mask |= W.SELF;
    mask |= token.mask;
  }
  const words = tokens.map((t) => t.word).join(' ');
  return { tokens, mask, start: tokens[0]?.start ?? 0, end: tokens.at(-1)?.end ?? 0, words };
}

const ARGUMENT_WORD =
  /^(?:arguments?|parameters?|params?|fields?|values?|headers?|properties|property|flag|option|key|column)$/;
const TOOL_WORD = /^(?:tools?|functions?|commands?|method|endpoint)$/;
const VERB_PART =
  /^(?:get|list|read|write|send|delete|create|update|search|run|execute|move|fetch|add|remove|set|query|call|upload|download|post|put|find|check|validate|verify|edit|modify|copy|open|close|start|stop|reset|generate|extract|transfer|commit|push|pull|merge|fork|reply|make|save|load|show|describe|trigger|request|resolve|browse|analyze|scan|print|echo|migrate|approve|book|pay|cancel|submit|publish|deploy|notify|forward|import|export|invoke|view|retrieve|mark|register|click|navigate)$/;
const STRONG_INVOKE =
  /^(?:call|calls|calling|invoke|invokes|invoking|run|runs|running|execute|executes|executing|trigger|triggers|triggering|request|initiate|launch|consult)$/;
const OPENING = /^(?:when|whenever|before|after|once|while|upon|if)$/;
const AFTER_TOOL = /^(?:is|call|calls|request|requests|command|invocation|runs|gets)$/;

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
  if (opened && compound && AFTER_TOOL.test(tokens[at + 1]?.word ?? '')) return true;
  if (compound && /^(?:call|calls|requests?|invocation)$/.test(tokens[at + 1]?.word ?? '')) return true;
  return compound && verby && (token.quoted || VERB_PART.test(parts[0] ?? ''));
}

function partsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 0);
}
