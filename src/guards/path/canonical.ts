/**
 * Lexical canonicalisation: from a spelling to the place it names. No file system is asked: symbolic links, mounts
 * and the working directory of a server elsewhere cannot be known here.
 * Sources: POSIX.1-2024, 4.16 Pathname Resolution; Windows "Naming Files, Paths, and Namespaces"; proc(5);
 * RFC 8089 (file URLs).
 */

/** Where a path starts: `/`, `c:`, `//host`, `~`, `~name`, or empty when it is relative. */
export type Anchor = string;

export interface Place {
  readonly anchor: Anchor;
  readonly segments: readonly string[];
  /** How many `..` were left over at the start: above the working directory, or above the root. */
  readonly climbs: number;
  /** True for `/proc/self/cwd/…`: relative, although it is written absolute. */
  readonly viaCwd: boolean;
  /** Whether any `..` was followed. */
  readonly ups: boolean;
  /** The first name that was written; `..` when that came first. */
  readonly first: string;
}

/** Whether `\` separates (Windows) or is a letter (POSIX). A path that has none reads the same both ways. */
export type Style = 'posix' | 'windows';

/** Only Windows has drives, so that what follows one is read as Windows reads it. */
const DRIVE_WRITTEN = /^(?:[/\\]{2}[.?][/\\])?[a-z](?::|\|(?=[/\\]))/i;

/** @param text one decoded form; no NUL handling here */
export function canonical(text: string, style: Style): Place {
  const windows = style === 'windows' || DRIVE_WRITTEN.test(text);
  const slashed = windows && text.includes('\\') ? text.replaceAll('\\', '/') : text;
  const { anchor, rest } = splitAnchor(slashed, windows, text);
  const walk: Walk = { anchor, segments: [], climbs: 0, viaCwd: false, ups: false, first: '' };
  for (const raw of rest.split('/')) {
    const segment = windows ? trimWindows(raw) : raw;
    if (segment === '' || segment === '.') continue;
    if (walk.first === '') walk.first = segment;
    step(walk, segment);
  }
  if (walk.anchor === '/' && walk.segments.length > 1) walk.segments = firmLinks(walk.segments);
  return walk;
}

interface Walk {
  anchor: Anchor;
  segments: string[];
  climbs: number;
  viaCwd: boolean;
  ups: boolean;
  first: string;
}

/** Links are followed where they stand, because `..` after one leads to the parent of what it points to. */
function step(walk: Walk, segment: string): void {
  const { segments } = walk;
  if (segment === '..') {
    walk.ups = true;
    if (segments.length > 0) segments.pop();
    else walk.climbs++;
    return;
  }
  if (walk.anchor === '/' && LINKS.has(segment) && followed(walk, segment)) return;
  segments.push(segment);
}

const LINKS: ReadonlySet<string> = new Set(['root', 'cwd', 'fd']);
const PROCESS = /^(?:self|thread-self|\d+)$/;

/** `/proc/self/root` is `/`, `/proc/self/cwd` the working directory, `/dev/fd` is `/proc/self/fd`. */
function followed(walk: Walk, segment: string): boolean {
  const { segments } = walk;
  if (segment === 'fd') {
    if (segments.length !== 1 || segments[0] !== 'dev') return false;
    walk.segments = ['proc', 'self', 'fd'];
    return true;
  }
  const depth = segments[2] === 'task' ? 4 : 2;
  if (segments[0] !== 'proc' || segments.length !== depth || !PROCESS.test(segments[1] ?? '')) return false;
  walk.segments = [];
  if (segment === 'cwd') Object.assign(walk, { anchor: '', climbs: 0, viaCwd: true });
  return true;
}

/** macOS: `/private/etc` is `/etc`, `/System/Volumes/Data` is `/`. */
function firmLinks(segments: string[]): string[] {
  const [first, second, third] = segments;
  if (first === 'private' && (second === 'etc' || second === 'var' || second === 'tmp')) return segments.slice(1);
  if (first === 'System' && second === 'Volumes' && third === 'Data') return segments.slice(3);
  return segments;
}

/** Windows drops trailing dots and blanks of a name, and reads what follows a colon as a stream of the file. */
function trimWindows(segment: string): string {
  if (segment === '.' || segment === '..') return segment;
  const colon = segment.indexOf(':');
  const bare = colon < 0 ? segment : segment.slice(0, colon);
  let end = bare.length;
  while (end > 0 && (bare[end - 1] === '.' || bare[end - 1] === ' ')) end--;
  return end === 0 && bare.startsWith('.. ') ? '..' : bare.slice(0, end);
}

/** `c|/` is how old file URLs write a drive. */
const DRIVE = /^(?:\/\/[.?]\/|\/\?\?\/)?([a-z])(?::|\|(?=\/))/i;
const UNC = /^\/\/(?:[.?]\/unc\/)?([^/]+)\//i;
const HOME = /^~(?=\/|$)/;
/** Also `~+` and `~-`, the working directories of a shell. */
const HOME_OF = /^~(?:[a-z_][a-z0-9_.-]*|[+-])(?=\/)/i;
const VARIABLE =
  /^(?:\$\{?(?:HOME|USERPROFILE)\}?|%(?:USERPROFILE|HOMEPATH|APPDATA|LOCALAPPDATA)%|\$env:USERPROFILE)(?=\/|$)/i;
const SYSTEM_VARIABLE = /^(?:%(?:SYSTEMROOT|WINDIR)%|\$env:(?:SYSTEMROOT|WINDIR))(?=\/|$)/i;
const SYSTEM_DRIVE = /^(?:%SYSTEMDRIVE%|\$env:SYSTEMDRIVE)(?=\/|$)/i;

function splitAnchor(text: string, windows: boolean, written: string): { anchor: Anchor; rest: string } {
  const drive = DRIVE.exec(text);
  if (drive) return { anchor: `${(drive[1] ?? '').toLowerCase()}:`, rest: text.slice(drive[0].length) };
  if (windows && written.startsWith('\\')) {
    const share = UNC.exec(text);
    if (share) return { anchor: `//${(share[1] ?? '').toLowerCase()}`, rest: text.slice(share[0].length) };
  }
  const first = text.charCodeAt(0);
  if (first === 0x2f) return { anchor: '/', rest: text };
  if (first === 0x7e || first === 0x24 || first === 0x25) return splitExpanded(text);
  return { anchor: '', rest: text };
}

/** `~`, `$HOME` and their like, which shells and many servers expand. */
function splitExpanded(text: string): { anchor: Anchor; rest: string } {
  const system = SYSTEM_VARIABLE.exec(text);
  if (system) return { anchor: 'c:', rest: `windows/${text.slice(system[0].length)}` };
  const drive = SYSTEM_DRIVE.exec(text);
  if (drive) return { anchor: 'c:', rest: text.slice(drive[0].length) };
  const home = HOME.exec(text) ?? VARIABLE.exec(text);
  if (home) return { anchor: '~', rest: text.slice(home[0].length) };
  const other = HOME_OF.exec(text);
  if (other) return { anchor: other[0].toLowerCase(), rest: text.slice(other[0].length) };
  return { anchor: '', rest: text };
}

/** The place in one spelling: `/etc/passwd`, `c:/windows`, `//host/share`, `../x`, `~/.ssh`. */
export function placeText(place: Place): string {
  const { anchor, segments } = place;
  const rest = segments.join('/');
  if (anchor === '') return relativeText(rest, place.climbs);
  return anchor === '/' ? `/${rest}` : `${anchor}/${rest}`;
}

/** A name that would be taken for an anchor is written with `./` before it. */
function relativeText(rest: string, climbs: number): string {
  if (climbs > 0) return '../'.repeat(climbs) + rest;
  if (rest === '') return '.';
  return /^(?:[~$%]|[a-z]:)/i.test(rest) ? `./${rest}` : rest;
}

/** `relative` as seen from `base`. Absolute places stay what they are. */
export function resolveFrom(base: Place | null, relative: Place): Place {
  if (relative.anchor !== '' || base === null) return relative;
  const kept = base.segments.length - relative.climbs;
  const segments = kept > 0 ? [...base.segments.slice(0, kept), ...relative.segments] : [...relative.segments];
  return { ...relative, anchor: base.anchor, segments, climbs: base.climbs + Math.max(0, -kept) };
}

/** Whether `place` is `root` or below it. Names on drives and shares compare without case, as Windows does. */
export function isWithin(place: Place, root: Place, ignoreCase = false): boolean {
  const fold = ignoreCase || root.anchor.endsWith(':') || root.anchor.startsWith('//');
  if (place.anchor !== root.anchor || place.segments.length < root.segments.length) return false;
  return root.segments.every((segment, i) => sameName(segment, place.segments[i] ?? '', fold));
}

function sameName(left: string, right: string, fold: boolean): boolean {
  return left === right || (fold && left.toLowerCase() === right.toLowerCase());
}
