/** What an awk program does beyond computing. */
export interface AwkReach {
  /** The piece that runs, loads, connects or writes what is not written out; null when there is none. */
  readonly piece: string | null;
  /** It runs a command that is not written out. */
  readonly unknown: boolean;
  /** Commands it runs that are written out as one string. */
  readonly commands: readonly string[];
}

interface Token {
  readonly kind: 'string' | 'word' | 'operator' | 'regex';
  readonly text: string;
}

const TOKEN = /#[^\n]*|"(?:\\[^]|[^"\\])*"?|[A-Za-z_]\w*|\d[\w.]*|\|&|\|\||&&|>>|[<>=!]=|\\\n|[^\S\n]+|[^]/y;

/** Tokens of a program that are looked at; a longer one counts as running what is not written out. */
const TOKENS_MAX = 4_096;

/** After these a slash begins a pattern, else it divides. */
const BEFORE_PATTERN = /^(?:[^\w)\]$"]*|return|print|printf|in|case)$/;

/**
 * Reads a program by the lexical rules of POSIX awk and gawk. Runs are `system(…)`, `… | getline` and `print … | …`;
 * a command that is one string constant is told, any other is a piece of its own.
 */
export function awkReach(program: string): AwkReach {
  const tokens = tokensOf(program);
  if (tokens.length >= TOKENS_MAX) return { piece: '|', unknown: true, commands: [] };
  const commands: string[] = [];
  let piece: string | null = null;
  let printing = false;
  for (const [i, token] of tokens.entries()) {
    const found = reachAt(tokens, i, token, printing);
    if (found?.command !== undefined) commands.push(found.command);
    else if (found !== null && (piece === null || !found.piece.startsWith('>'))) piece = found.piece;
    if (token.kind === 'word' && /^printf?$/.test(token.text)) printing = true;
    else if (/^[;}\n]$/.test(token.text)) printing = false;
  }
  return { piece, unknown: /^(?:system|\||@)/.test(piece ?? ''), commands };
}

interface Found {
  readonly piece: string;
  readonly command?: string;
}

function reachAt(tokens: readonly Token[], i: number, token: Token, printing: boolean): Found | null {
  const next = tokens[i + 1];
  if (token.kind === 'string') return token.text.startsWith('/inet') ? { piece: token.text } : null;
  if (token.text === 'system' && next?.text === '(') {
    const closes = tokens[i + 3]?.text === ')';
    return told('system(', tokens[i + 2], closes);
  }
  if (token.kind !== 'operator') return null;
  if (token.text === '@' && next?.kind === 'word' && next.text !== 'include') return { piece: `@${next.text}` };
  if (token.text === '|' || token.text === '|&') return pipeAt(tokens, i);
  if (printing && /^>>?$/.test(token.text) && next?.kind === 'string' && isForeign(next.text)) {
    return { piece: `> ${next.text}` };
  }
  return null;
}

/** A file outside the working folder, other than the streams that awk itself knows. */
const isForeign = (path: string): boolean =>
  path.startsWith('/') && !/^\/dev\/(?:null|std(?:out|err|in)|tty)$/.test(path);

function pipeAt(tokens: readonly Token[], i: number): Found | null {
  if (tokens[i + 1]?.text === 'getline') return told('| getline', tokens[i - 1], endsBefore(tokens[i - 2]));
  return told('|', tokens[i + 1], endsAfter(tokens[i + 2]));
}

function told(piece: string, token: Token | undefined, alone: boolean): Found {
  return alone && token?.kind === 'string' ? { piece, command: token.text } : { piece };
}

const endsBefore = (token: Token | undefined): boolean =>
  token === undefined || /^[{};(!\n]$|^&&$|^\|\|$/.test(token.text);
const endsAfter = (token: Token | undefined): boolean => token === undefined || /^[};)\n]$/.test(token.text);

function tokensOf(program: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  for (
    let match = TOKEN.exec(program);
    match !== null && match[0] !== '' && tokens.length < TOKENS_MAX;
    match = TOKEN.exec(program)
  ) {
    const [text] = match;
    const first = text[0] ?? '';
    if (first === '#' || text === '\\\n' || (first !== '\n' && /\s/.test(first))) continue;
    if (first === '"') tokens.push({ kind: 'string', text: unescaped(text) });
    else if (first === '/' && BEFORE_PATTERN.test(lastText(tokens))) {
      const end = endOfPattern(program, TOKEN.lastIndex);
      tokens.push({ kind: 'regex', text: '//' });
      TOKEN.lastIndex = end;
    } else tokens.push({ kind: /\w/.test(first) ? 'word' : 'operator', text });
  }
  return tokens;
}

/** What stands before, with strings and patterns as something that can be divided. */
function lastText(tokens: readonly Token[]): string {
  const last = tokens.at(-1);
  if (last === undefined) return '';
  return last.kind === 'string' || last.kind === 'regex' ? ')' : last.text;
}

function endOfPattern(program: string, from: number): number {
  let set = false;
  for (let i = from; i < program.length; i++) {
    const c = program[i];
    if (c === '\\') i++;
    else if (c === '[') set = true;
    else if (c === ']') set = false;
    else if (c === '\n' || (c === '/' && !set)) return i + 1;
  }
  return program.length;
}

const unescaped = (text: string): string =>
  text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replace(/\\(.)/gs, '$1');
