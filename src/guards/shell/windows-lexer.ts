import type { Span } from './facts.ts';

export interface WindowsCommand {
  readonly words: readonly string[];
  /** Files that redirections write. */
  readonly targets: readonly string[];
  readonly span: Span;
  /** Its output goes to the next command. */
  readonly pipes: boolean;
}

export interface WindowsSplit {
  readonly commands: readonly WindowsCommand[];
  readonly closed: boolean;
}

interface State {
  words: string[];
  word: string;
  open: boolean;
  targets: string[];
  redirects: boolean;
  start: number;
}

/**
 * Splits PowerShell or cmd text into simple commands at `;`, `|`, `&`, newlines and the brackets and braces of nested
 * commands, which are read as commands of their own. Escapes (`^` in cmd, the backtick in PowerShell) are removed.
 */
export function splitWindows(text: string, dialect: 'powershell' | 'cmd'): WindowsSplit {
  const commands: WindowsCommand[] = [];
  const escape = dialect === 'cmd' ? '^' : '`';
  let state = fresh(0);
  let depth = 0;
  let closed = true;
  const endWord = (): void => {
    if (!state.open) return;
    if (state.redirects) state.targets.push(state.word);
    else state.words.push(state.word);
    state = { ...state, word: '', open: false, redirects: false };
  };
  const endCommand = (at: number, pipes: boolean): void => {
    endWord();
    const { words, targets, start } = state;
    if (words.length > 0 || targets.length > 0) commands.push({ words, targets, span: [start, at], pipes });
    state = fresh(at + 1);
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === escape && i + 1 < text.length) {
      state.word += text[++i] ?? '';
      state.open = true;
    } else if (c === '"' || (c === "'" && dialect === 'powershell')) {
      const end = closingQuote(text, i, c, escape);
      if (end < 0) closed = false;
      state.word += text.slice(i + 1, end < 0 ? undefined : end).replaceAll(escape, '');
      state.open = true;
      i = end < 0 ? text.length : end;
    } else if (c === '#' && dialect === 'powershell' && !state.open) {
      i = nextLine(text, i) - 1;
    } else if (c === '>') {
      endWord();
      state.redirects = true;
    } else if (/\s/.test(c) && c !== '\n') endWord();
    else if (c === ';' || c === '\n' || c === '|' || c === '&') {
      const callOperator = c === '&' && dialect === 'powershell' && state.words.length === 0 && !state.open;
      if (callOperator && /^\s*[($]/.test(text.slice(i + 1, i + 9))) {
        commands.push({ words: ['&'], targets: [], span: [i, i + 1], pipes: false });
      }
      if (!callOperator && !(state.redirects && c === '&')) endCommand(i, c === '|' && text[i + 1] !== '|');
    } else if (c === '(' || c === '{' || c === ')' || c === '}') {
      depth += c === '(' || c === '{' ? 1 : -1;
      if (state.word === '.' && state.words.length === 0 && c === '(') {
        commands.push({ words: ['&'], targets: [], span: [i, i + 1], pipes: false });
      }
      if (/^[$@.]?$/.test(state.word)) state = { ...state, word: '', open: false };
      endCommand(i, false);
    } else {
      state.word += c;
      state.open = true;
    }
  }
  endCommand(text.length, false);
  return { commands, closed: closed && depth === 0 };
}

const fresh = (start: number): State => ({ words: [], word: '', open: false, targets: [], redirects: false, start });

function closingQuote(text: string, start: number, quote: string, escape: string): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === escape && quote === '"' && escape === '`') i++;
    else if (text[i] === quote) return i;
  }
  return -1;
}

function nextLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}
