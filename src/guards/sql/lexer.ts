import type { SqlLimits } from './limits.ts';

/** How a dialect spells what is not a keyword. Sources: each product's manual, chapter on lexical structure. */
export interface Spelling {
  /** `\` escapes inside quotes (MySQL without NO_BACKSLASH_ESCAPES). */
  readonly backslash: boolean;
  /** `[name]` is an identifier. */
  readonly brackets: boolean;
  /** `#` starts a comment. */
  readonly hash: boolean;
  /** `--` starts a comment only before a blank or the end. */
  readonly dashesNeedBlank: boolean;
  /** Block comments nest. */
  readonly nests: boolean;
  /** Comments that begin with an exclamation mark are run. */
  readonly conditional: boolean;
  /** `$tag$ … $tag$` quotes. */
  readonly dollars: boolean;
  /** A comment may end with the text. */
  readonly openComments: boolean;
  /** `$` may stand in and begin a word. */
  readonly dollarWords: boolean;
  /** Products differ on comments within comments, so one is a fault. */
  readonly strictComments: boolean;
}

const BASE: Spelling = {
  backslash: false,
  brackets: false,
  hash: false,
  dashesNeedBlank: false,
  nests: false,
  conditional: false,
  dollars: false,
  openComments: false,
  dollarWords: false,
  strictComments: false,
};

export const SPELLINGS = {
  postgres: { ...BASE, nests: true, dollars: true },
  mysql: { ...BASE, backslash: true, hash: true, dashesNeedBlank: true, conditional: true, dollarWords: true },
  sqlite: { ...BASE, brackets: true, openComments: true },
  mssql: { ...BASE, brackets: true, nests: true },
  ansi: { ...BASE, strictComments: true },
} as const satisfies Record<string, Spelling>;

/** `word` is a bare word; `name` a quoted identifier; the rest as named. */
export type TokenKind = 'word' | 'name' | 'string' | 'number' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** Upper case for words; the identifier for names; the symbol; the source for the rest. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export interface Lexed {
  readonly tokens: readonly Token[];
  /** A conditional comment was met; its text was read as well. */
  readonly conditional: boolean;
  /** Why the text cannot be told into tokens, or null. */
  readonly fault: string | null;
  /** The fault is a limit of ours: the dialect itself might read the text. */
  readonly limited: boolean;
  /** Operators, which parsers turn into trees as deep as there are operators. */
  readonly operators: number;
}

/** Tells a text into tokens, comments dropped. Linear in its length. */
export function lex(text: string, spelling: Spelling, limits: SqlLimits): Lexed {
  const lexer = new Lexer(text, spelling, limits);
  return lexer.run();
}

const isWordStart = (c: number): boolean =>
  (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 64 || c === 35 || (c >= 0x80 && !isBlank(c));
const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isWordPart = (c: number): boolean => isWordStart(c) || isDigit(c) || c === 36;
const isBlank = (c: number): boolean =>
  c === 32 ||
  (c >= 9 && c <= 13) ||
  c === 0xa0 ||
  c === 0x85 ||
  (c >= 0x2000 && c <= 0x200b) ||
  c === 0x2028 ||
  c === 0x2029 ||
  c === 0x202f ||
  c === 0x3000 ||
  c === 0xfeff;

class Lexer {
  readonly #text: string;
  readonly #spelling: Spelling;
  readonly #limits: SqlLimits;
  readonly #tokens: Token[] = [];
  #at = 0;
  #depth = 0;
  #inConditional = false;
  #conditional = false;
  #fault: string | null = null;
  #limited = false;
  #operators = 0;

  constructor(text: string, spelling: Spelling, limits: SqlLimits) {
    this.#text = text;
    this.#spelling = spelling;
    this.#limits = limits;
  }

  run(): Lexed {
    while (this.#fault === null && this.#at < this.#text.length) this.#step();
    if (this.#fault === null && this.#depth !== 0) this.#fault = 'a bracket is not closed';
    if (this.#fault === null && this.#inConditional) this.#fault = 'a conditional comment is not closed';
    return {
      tokens: this.#tokens,
      conditional: this.#conditional,
      fault: this.#fault,
      limited: this.#limited,
      operators: this.#operators,
    };
  }

  #overLimit(what: string, name: keyof SqlLimits): void {
    this.#fault = `${what} the limit \`${name}\``;
    this.#limited = true;
  }

  #step(): void {
    const c = this.#text.charCodeAt(this.#at);
    if (isBlank(c)) this.#at++;
    else if (this.#skipsComment(c)) return;
    else if (c === 39) this.#quoted("'", 'string');
    else if (c === 34) this.#quoted('"', 'name');
    else if (c === 96) this.#quoted('`', 'name');
    else if (c === 91 && this.#spelling.brackets) this.#quoted(']', 'name');
    else if (c === 36 && this.#spelling.dollars && this.#dollarQuoted()) return;
    else if (isDigit(c)) this.#number();
    else if (isWordStart(c) || (c === 36 && this.#spelling.dollarWords)) this.#word();
    else this.#symbol(c);
  }

  #push(kind: TokenKind, text: string, start: number): void {
    if (this.#tokens.length >= this.#limits.tokensMax) this.#overLimit('more tokens than', 'tokensMax');
    this.#tokens.push({ kind, text, start, end: this.#at });
  }

  #skipsComment(c: number): boolean {
    const text = this.#text;
    const next = text.charCodeAt(this.#at + 1);
    if (c === 35 && this.#spelling.hash) return this.#skipLine();
    if (c === 45 && next === 45) {
      const after = text.charCodeAt(this.#at + 2);
      const comment = !this.#spelling.dashesNeedBlank || Number.isNaN(after) || after <= 32;
      return comment && this.#skipLine();
    }
    if (c === 42 && next === 47 && this.#inConditional) {
      this.#inConditional = false;
      this.#at += 2;
      return true;
    }
    return c === 47 && next === 42 && this.#skipBlock();
  }

  #skipLine(): true {
    const text = this.#text;
    while (this.#at < text.length && text.charCodeAt(this.#at) !== 10 && text.charCodeAt(this.#at) !== 13) this.#at++;
    return true;
  }

  #skipBlock(): true {
    const text = this.#text;
    const opens = CONDITIONAL.exec(text.slice(this.#at, this.#at + 16));
    if (opens !== null && this.#spelling.conditional) {
      this.#conditional = true;
      this.#inConditional = true;
      this.#at += opens[0].length;
      return true;
    }
    let depth = 1;
    let i = this.#at + 2;
    while (i < text.length && depth > 0) {
      if (text.charCodeAt(i) === 42 && text.charCodeAt(i + 1) === 47) {
        depth--;
        i += 2;
      } else if (this.#spelling.nests && text.charCodeAt(i) === 47 && text.charCodeAt(i + 1) === 42) {
        if (++depth > this.#limits.nestingMax) return this.#tooDeep();
        i += 2;
      } else if (this.#spelling.strictComments && text.charCodeAt(i) === 47 && text.charCodeAt(i + 1) === 42) {
        this.#fault = 'a comment within a comment';
        i = text.length;
      } else i++;
    }
    if (depth > 0 && !this.#spelling.openComments) this.#fault ??= 'a comment is not closed';
    this.#at = i;
    return true;
  }

  /** PostgreSQL's own scanner takes time quadratic in the depth of nested comments. */
  #tooDeep(): true {
    this.#overLimit('comments are nested beyond', 'nestingMax');
    return true;
  }

  #operate(): void {
    if (++this.#operators > this.#limits.operatorsMax) this.#overLimit('more operators than', 'operatorsMax');
  }

  #quoted(quote: string, kind: TokenKind): void {
    const start = this.#at;
    const text = this.#text;
    const code = quote.charCodeAt(0);
    const before = this.#tokens.at(-1);
    const prefixed = quote === "'" && before?.kind === 'word' && before.text === 'E' && before.end === start;
    // PostgreSQL's E'…' has escapes of its own.
    const escapes = (this.#spelling.backslash && quote !== '`') || (this.#spelling.dollars && prefixed);
    let i = start + 1;
    for (; i < text.length; i++) {
      const c = text.charCodeAt(i);
      if (c === 92 && escapes) i++;
      else if (c !== code) continue;
      else if (text.charCodeAt(i + 1) === code) i++;
      else break;
    }
    if (i >= text.length) this.#fault = 'a quote is not closed';
    this.#at = Math.min(i + 1, text.length);
    this.#push(kind, kind === 'name' ? text.slice(start + 1, i) : text.slice(start, this.#at), start);
  }

  #dollarQuoted(): boolean {
    const tag = /^\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/.exec(
      this.#text.slice(this.#at, this.#at + 64),
    )?.[0];
    if (tag === undefined) return false;
    const start = this.#at;
    const end = this.#text.indexOf(tag, start + tag.length);
    if (end < 0) this.#fault = 'a dollar quote is not closed';
    this.#at = end < 0 ? this.#text.length : end + tag.length;
    this.#push('string', this.#text.slice(start, this.#at), start);
    return true;
  }

  #number(): void {
    const start = this.#at;
    const text = this.#text;
    let i = start;
    while (i < text.length && (isWordPart(text.charCodeAt(i)) || text.charCodeAt(i) === 46)) i++;
    this.#at = i;
    this.#push('number', text.slice(start, i), start);
  }

  #word(): void {
    const start = this.#at;
    const text = this.#text;
    let i = start + 1;
    while (i < text.length && isWordPart(text.charCodeAt(i))) i++;
    this.#at = i;
    const word = text.slice(start, i).toUpperCase();
    this.#push('word', word, start);
    if (CHAINS.has(word)) this.#operate();
  }

  #symbol(c: number): void {
    if (c === 0) this.#fault = 'a NUL character';
    if (c === 36 && this.#text.charCodeAt(this.#at + 1) === 36) this.#fault = 'two dollar signs';
    if (c === 40 || c === 91) this.#depth++;
    if (c === 41 || c === 93) this.#depth--;
    if (this.#depth < 0) this.#fault = 'a bracket closes that was not opened';
    if (this.#depth > this.#limits.nestingMax) this.#overLimit('brackets are nested beyond', 'nestingMax');
    if (!FLAT.has(c)) this.#operate();
    const start = this.#at++;
    this.#push('symbol', String.fromCharCode(c), start);
  }
}

/** Brackets, comma and semicolon: symbols that make no tree deeper. A dot does, in some parsers. */
const FLAT: ReadonlySet<number> = new Set([40, 41, 44, 59]);

/** Words that join or wrap expressions, queries or tables. */
const CHAINS: ReadonlySet<string> = new Set(
  (
    'AND OR NOT IS LIKE ILIKE BETWEEN IN CASE UNION INTERSECT EXCEPT MINUS JOIN COLLATE EXISTS ' +
    'INTERVAL PRIOR EXPLAIN ' +
    'BINARY GLOB REGEXP RLIKE MATCH SELECT ALL ANY XOR DIV MOD AT OVERLAPS SIMILAR'
  ).split(' '),
);

const CONDITIONAL = /^\/\*M?!\d{0,6}/;
