/**
 * Values of clients as veto.yaml may hold them. Enters: a text with a client's own references. Leaves: the same as a
 * plain text that is evidently no secret, or as a reference to a variable or a file. Must never happen here: a value
 * that could be a secret in what is written.
 */
import { isSecretHeader, isSecretVariable, parseReference } from '../../config/secrets.ts';
import { textInspector } from '../../guards/secret/inspect.ts';
import { SECRET_CLASSES } from '../../guards/secret/type.ts';

/** A piece of a value: text as written, or a reference. */
export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly fallback: string | null }
  | { readonly kind: 'file'; readonly path: string };

/** A variable that must be set where the gateway is started. */
export interface Variable {
  readonly name: string;
  /** Where its value stands now, for people: "`GITHUB_TOKEN` of `github` in ~/.cursor/mcp.json". */
  readonly from: string;
  /** The client refers to a variable too: it may be set already. */
  readonly isReferred: boolean;
}

/** Takes a value apart. An `input` of VS Code becomes a variable: the gateway cannot ask. */
export function partsOf(text: string, reference: RegExp | null): Part[] {
  const parts: Part[] = [];
  let end = 0;
  for (const match of reference === null ? [] : text.matchAll(reference)) {
    if (match.index > end) parts.push({ kind: 'text', text: text.slice(end, match.index) });
    parts.push(partOf(match.groups ?? {}));
    end = match.index + match[0].length;
  }
  if (end < text.length || parts.length === 0) parts.push({ kind: 'text', text: text.slice(end) });
  return parts;
}

function partOf({ variable, bare, input, file, fallback }: Readonly<Record<string, string | undefined>>): Part {
  if (file !== undefined) return { kind: 'file', path: file };
  return { kind: 'variable', name: variable ?? bare ?? variableName(input ?? ''), fallback: fallback ?? null };
}

/** `my-server.api key` is `MY_SERVER_API_KEY`. */
export function variableName(...words: readonly string[]): string {
  const name = words
    .join('_')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[0-9]/.test(name) || name === '' ? `_${name}` : name;
}

const inspect = textInspector({ classes: new Set(SECRET_CLASSES) });

/** Whether a text looks like a credential, or holds one, by its name or by itself. */
export function holdsSecret(text: string, name: string): boolean {
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/\s@]*@/i.test(text) && !/:\/\/[^/:\s@]*@/.test(text)) return true;
  return inspect !== null && inspect(text, name).length > 0;
}

/** Words, numbers, paths and addresses that nobody would call secret. Everything else is taken for one. */
const HARMLESS = /^(?:true|false|-?\d{1,9}(?:\.\d{1,9})?|[a-z]{1,16}(?:[-_.][a-z]{1,16}){0,3}|[A-Z]{1,8})$/;
const PATH_START = /^(?:~|\.{1,2}|[A-Za-z]:)?[/\\]/;
const ADDRESS = /^https?:\/\/[a-z0-9.-]+(?::\d+)?(?:\/[a-z]{0,20}){0,4}$/i;

const MEDIA_TYPE = /^[a-z]{1,16}\/[a-z.+-]{1,40}$/;
/** Names of values that are places of files. */
const PATH_NAME = /(?:path|file|dir|directory|folder|root|home)$/i;
/** Names of values that are secrets more often than not. */
const SECRET_NAME = /pass|pwd|pin|auth|key|cred|secret|token|session|cookie|private|salt|sign|sid|dsn|conn/i;

const SEGMENT = /^[A-Za-z._-][^\d\s]{0,31}\d{0,4}(?:\.[a-z]{1,5})?$/;
const SEGMENTS_MAX = 16;

/** Whether a text is evidently the place of a file: words, not the jumble that base64 may begin with a slash. */
export function isPath(text: string): boolean {
  if (!PATH_START.test(text) || /[A-Z]{2}/.test(text)) return false;
  const segments = text.replace(PATH_START, '').split(/[/\\]/);
  if (segments.at(-1) === '') segments.pop();
  return segments.length <= SEGMENTS_MAX && segments.every((segment) => SEGMENT.test(segment));
}

function isHarmless(text: string, name: string): boolean {
  if (SECRET_NAME.test(name) || isSecretVariable(name) || isSecretHeader(name)) return false;
  if (parseReference(text) !== null || holdsSecret(text, name)) return false;
  if (PATH_NAME.test(name) && PATH_START.test(text)) return true;
  return text === '' || isPath(text) || [HARMLESS, ADDRESS, MEDIA_TYPE].some((form) => form.test(text));
}

const SCHEME = /^(?:Basic|Bearer|Token) /;

/** Collects the variables of all servers, so that two that want one name for different values get two. */
export class Variables {
  readonly #byName = new Map<string, { readonly content: string; readonly variable: Variable }>();

  get all(): readonly Variable[] {
    return [...this.#byName.values()].map(({ variable }) => variable);
  }

  /**
   * A value of `env` or `headers` as veto.yaml has it.
   * @param wanted name of the variable to make, and a longer one in case it is taken
   */
  written(parts: readonly Part[], name: string, wanted: readonly [string, string], from: string): string {
    const [first, second] = parts;
    const scheme = first?.kind === 'text' ? (SCHEME.exec(first.text)?.[0] ?? '') : '';
    const rest = first?.kind === 'text' ? first.text.slice(scheme.length) : '';
    if (parts.length === 1 && first?.kind === 'text') {
      if (scheme === '' && isHarmless(rest, name)) return rest;
      return `${scheme}env:${this.#make(wanted, `text ${rest}`, from)}`;
    }
    const only =
      rest === '' && first?.kind === 'text' && parts.length === 2 ? second : parts.length === 1 ? first : null;
    if (only?.kind === 'variable') return `${scheme}env:${this.refer(only.name, from)}`;
    if (only?.kind === 'file') return `${scheme}file:${only.path}`;
    return `env:${this.#make(wanted, `composed ${JSON.stringify(parts)}`, from)}`;
  }

  /** A variable for a text that must not be written. */
  hide(text: string, wanted: readonly [string, string], from: string): string {
    return this.#make(wanted, `text ${text}`, from);
  }

  /** A variable that the client refers to by name. */
  refer(name: string, from: string): string {
    return this.#add(name, `variable ${name}`, { name, from, isReferred: true });
  }

  #make([short, long]: readonly [string, string], content: string, from: string): string {
    for (let n = 1; ; n++) {
      const name = n === 1 ? short : n === 2 ? long : `${long}_${n}`;
      const known = this.#byName.get(name);
      if (known === undefined || known.content === content) {
        return this.#add(name, content, { name, from, isReferred: false });
      }
    }
  }

  #add(name: string, content: string, variable: Variable): string {
    if (!this.#byName.has(name)) this.#byName.set(name, { content, variable });
    return name;
  }
}
