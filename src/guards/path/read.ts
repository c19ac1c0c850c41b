import { canonical, isWithin, placeText, resolveFrom } from './canonical.ts';
import type { Place } from './canonical.ts';
import { decode } from './decode.ts';
import type { Disguise } from './decode.ts';
import { ENV_FILE, ENV_TEMPLATE, SECRET_DIRECTORIES, SECRET_NAMES } from './sensitive-table.ts';

/** In characters; twice PATH_MAX of Linux. A longer text is not read, which is a finding. */
export const PATH_CHARS_MAX = 8192;

/** What a text is when it is read as a path: every place that a program could take it for. */
export interface PathFacts {
  /** Every place, the plain reading first; relative ones not yet resolved. */
  readonly places: readonly Place[];
  readonly disguises: readonly Disguise[];
  /** The scheme when the text is a URL other than `file:`. */
  readonly scheme: string | null;
  /** True when a part matches `..` only by way of a pattern or a brace: `.?/`, `{..,x}`. */
  readonly globsUp: boolean;
}

const SCHEME = /^([a-z][a-z0-9+._-]+):(\/\/)?/i;
/** Schemes that are taken without `//` too. Any other word before a colon may be the start of a file name. */
const BARE_SCHEMES: ReadonlySet<string> = new Set([
  'classpath',
  'expect',
  'jar',
  'javascript',
  'netdoc',
  'php',
  'view-source',
  'glob',
]);
const FILE_URL = /^(?:url:)?file:(?:\/\/([^/\\]*))?/i;
/** RFC 2397: what tells such a URL from a name with a colon is the comma before its data. */
const DATA_URL = /^data:[^,]*,/i;
/** Nothing in such a text has a second reading: no escapes, backslashes, blanks at the ends, `~`, `$`, colons. */
const UNAMBIGUOUS = /^[\w/.](?:[\w\-+=,@#()[\]!' /.]*[\w\-/.)\]])?$/;
const HIDDEN_NOTATION = /0x[25]|2e2e|\.\.[25]|\[\./i;
/** Windows drops dots and blanks at the end of a name; three dots and more climb on some systems. */
const TRAILING = /(?:[^./][. ]|[^./]\.\.|\. |\.\.\.)(?:\/|$)/;

/**
 * Reads a text as a path.
 * @param text at most `PATH_CHARS_MAX` characters; the caller refuses longer ones
 */
export function readPath(text: string): PathFacts {
  if (text.length <= NAME_BYTES_MAX && UNAMBIGUOUS.test(text) && !TRAILING.test(text) && !HIDDEN_NOTATION.test(text)) {
    return { places: [canonical(text, 'posix')], disguises: [], scheme: null, globsUp: false };
  }
  const { forms, disguises } = decode(text);
  const tooLong = longName(text);
  const places: Place[] = [];
  const seen = new Set<string>();
  let scheme: string | null = null;
  let globsUp = false;
  for (const form of forms) {
    const trimmed = form.trim();
    scheme ??= otherScheme(trimmed);
    globsUp ||= climbsByPattern(trimmed);
    for (const spelling of new Set([form, trimmed, withoutFileUrl(trimmed), withoutQuotes(trimmed)]))
      addPlaces(spelling, places, seen);
  }
  return { places, disguises: tooLong === null ? disguises : [...disguises, tooLong], scheme, globsUp };
}

/** NAME_MAX of every common file system. Systems that truncate longer names read a path that nobody wrote. */
const NAME_BYTES_MAX = 255;

function longName(text: string): Disguise | null {
  if (text.length * 3 <= NAME_BYTES_MAX) return null;
  const found = text.split(/[/\\]/).some((name) => Buffer.byteLength(name) > NAME_BYTES_MAX);
  return found ? { kind: 'unreadable', why: `has a name of more than ${NAME_BYTES_MAX} bytes` } : null;
}

function addPlaces(text: string, places: Place[], seen: Set<string>): void {
  for (const cut of cutAtNul(text)) {
    for (const style of ['posix', 'windows'] as const) {
      const place = canonical(cut, style);
      const key = placeText(place);
      if (seen.has(key)) continue;
      seen.add(key);
      places.push(place);
    }
  }
}

/** C programs stop at NUL, others do not. */
function cutAtNul(text: string): readonly string[] {
  const nul = text.indexOf('\0');
  return nul < 0 ? [text] : [text.slice(0, nul), text.replaceAll('\0', '')];
}

function otherScheme(text: string): string | null {
  const match = SCHEME.exec(text);
  const scheme = match?.[1]?.toLowerCase();
  if (scheme === undefined || scheme === 'file') return null;
  if (DATA_URL.test(text)) return scheme;
  return match?.[2] === undefined && !BARE_SCHEMES.has(scheme) ? null : scheme;
}

/** The path of a `file:` URL; the host of another machine becomes a share. */
function withoutFileUrl(text: string): string {
  const match = FILE_URL.exec(text);
  if (!match) return text;
  const rest = text.slice(match[0].length).replace(/[?#].*$/s, '');
  const host = match[1] ?? '';
  if (/^[a-z][:|]$/i.test(host)) return `${host[0] ?? ''}:${rest}`;
  if (host !== '' && host.toLowerCase() !== 'localhost' && !host.startsWith('127.')) return `\\\\${host}${rest}`;
  return rest.replace(/^\/+([a-z])[:|]/i, '$1:');
}

/** Shells and configuration readers take the quotes off. */
function withoutQuotes(text: string): string {
  const quote = text.charAt(0);
  const quoted = text.length > 2 && (quote === '"' || quote === "'" || quote === '`') && text.endsWith(quote);
  return quoted ? text.slice(1, -1) : text;
}

const BRACE_UP = /\{(?:[^{}]*,)?\.\.\/?[,}]/;
/** Dots before an escape that no decoder agrees on, `..%bg`, or with a path parameter (RFC 3986, 3.3), `..;x`. */
const BROKEN_ESCAPE = /(?:^|[/\\])(?:\.|0x2e|\?){2,4}(?:[#?]| ?;|%(?![0-9a-f]{2}))/i;
/** `?file=../x`, `"../x"`: a value within the value climbs. */
const QUOTED_UP = /[=?&"'`({<|,;:]\.\.(?=[/\\])/;
const PATTERN_UP = /(?:^|[/\\])(?:(?=[.?[\]\\]{0,8}[?[\\])(?:\.|\?|\[\.\]|\\\.){2,3}|\.{4,}|\.{3}|\.\*)(?=[/\\])/;

/** A part that a glob, a brace or an old system takes for `..`. `./...` at the end is how Go names packages. */
function climbsByPattern(text: string): boolean {
  return (
    (text.includes('{') && BRACE_UP.test(text)) ||
    PATTERN_UP.test(text) ||
    BROKEN_ESCAPE.test(text) ||
    QUOTED_UP.test(text) ||
    /(?:^|[/\\])\.{4,}$/.test(text)
  );
}

/** Whether one reading is within one of `roots`. A relative one without a base is, unless it climbs. */
export function isPlaceInside(place: Place, roots: readonly Place[], base: Place | null): boolean {
  const seen = resolveFrom(base, place);
  if (seen.anchor === '') return seen.climbs === 0;
  return roots.some((root) => isWithin(seen, root));
}

/** The name of a credential file or directory that the place is, or is in; null when it is none. */
export function secretPart(place: Place): string | null {
  const { segments } = place;
  const last = segments.at(-1)?.toLowerCase();
  if (last === undefined) return null;
  if (SECRET_NAMES.has(last) || (ENV_FILE.test(last) && !ENV_TEMPLATE.test(last))) return last;
  if (last.endsWith('.pub')) return null;
  return secretDirectory(segments);
}

const DIRECTORY_STARTS: ReadonlySet<string> = new Set(SECRET_DIRECTORIES.map(([first]) => first ?? ''));

function secretDirectory(segments: readonly string[]): string | null {
  for (let at = 0; at < segments.length; at++) {
    if (!DIRECTORY_STARTS.has((segments[at] ?? '').toLowerCase())) continue;
    const run = SECRET_DIRECTORIES.find((names) => names.every((name, i) => segments[at + i]?.toLowerCase() === name));
    if (run) return run.join('/');
  }
  return null;
}
