/**
 * The built-in judgement of paths. In: one argument value and what is declared of its upstream. Out: findings.
 * Must never happen here: calling a path harmless when one of its readings leaves the declared roots.
 */
import type { Finding } from '../../core/decision.ts';
import { NO_FINDINGS, quote } from '../guard.ts';
import type { Surroundings } from '../guard.ts';
import { placeText, resolveFrom } from './canonical.ts';
import type { Place } from './canonical.ts';
import { PATH_CHARS_MAX, isPlaceInside, readPath, secretPart } from './read.ts';
import type { PathFacts } from './read.ts';
import { HARMLESS_DEVICES, STREAM_SCHEMES, SYSTEM_TREES, WINDOWS_DEVICE, WINDOWS_TREES } from './sensitive-table.ts';
import { basePlace, rootPlaces } from './settings.ts';

/** Codes: `path.nul control encoding unreadable scheme network device traversal outside_roots sensitive`. */
export function judgePath(value: string, surroundings: Surroundings): readonly Finding[] {
  if (value === '') return NO_FINDINGS;
  if (value.length > PATH_CHARS_MAX) return [tooLong(value, surroundings.at)];
  const roots = rootPlaces(surroundings.roots);
  const base = basePlace(surroundings.tuning['base']);
  const facts = readPath(value);
  if (isHarmless(facts, roots, base)) return NO_FINDINGS;
  return new Judgement(value, surroundings, roots, base).of(facts);
}

/** The common case, decided without allocating: one reading, inside the roots or relative, nothing secret about it. */
function isHarmless(facts: PathFacts, roots: readonly Place[], base: Place | null): boolean {
  const place = facts.places[0];
  if (place === undefined || facts.places.length > 1 || facts.disguises.length > 0) return false;
  if (facts.scheme !== null || facts.globsUp || secretPart(place) !== null || deviceIn(place, roots) !== null)
    return false;
  if (roots.length > 0) return !place.viaCwd && isPlaceInside(place, roots, base);
  return !place.ups && (place.anchor === '' || systemTree(place) === null);
}

function tooLong(value: string, at: string): Finding {
  const why = `the path has ${value.length} characters and was not read`;
  return { code: 'path.unreadable', by: 'path', at, why, legal: `at most ${PATH_CHARS_MAX} characters`, locked: false };
}

class Judgement {
  readonly #value: string;
  readonly #surroundings: Surroundings;
  readonly #roots: readonly Place[];
  readonly #base: Place | null;
  readonly #found = new Map<string, Finding>();

  constructor(value: string, surroundings: Surroundings, roots: readonly Place[], base: Place | null) {
    this.#value = value;
    this.#surroundings = surroundings;
    this.#roots = roots;
    this.#base = base;
  }

  of(facts: PathFacts): readonly Finding[] {
    for (const { kind, why, span } of facts.disguises) {
      this.#add(`path.${kind === 'nested' ? 'encoding' : kind}`, why, { span, locked: kind === 'nul' });
    }
    this.#judgeScheme(facts);
    if (facts.globsUp) this.#add('path.traversal', 'has a part that programs take for `..`', {});
    for (const place of facts.places) this.#judgePlace(resolveFrom(this.#base, place));
    return this.#found.size === 0 ? NO_FINDINGS : [...this.#found.values()];
  }

  #judgeScheme({ scheme }: PathFacts): void {
    if (scheme === null) return;
    const foreign = STREAM_SCHEMES.has(scheme) && !this.#surroundings.guessed;
    if (foreign) this.#add('path.scheme', `is a ${quote(scheme)} URL where a path belongs`, {});
    else if (this.#roots.length > 0) this.#outside(`is a ${quote(scheme)} URL, not a path,`, false);
  }

  #judgePlace(place: Place): void {
    const inside = this.#roots.length > 0 && isPlaceInside(place, this.#roots, null);
    if (!inside) this.#judgeOutside(place);
    this.#judgeDevice(place);
    if (place.viaCwd) this.#add('path.traversal', 'goes by way of `/proc/…/cwd`, which hides where it leads', {});
    const secret = secretPart(place);
    if (secret !== null && !this.#roots.some((root) => secretPart(root) === secret)) {
      this.#add('path.sensitive', `names ${quote(secret)}, where credentials are kept`, { span: this.#span(secret) });
    }
  }

  #judgeOutside(place: Place): void {
    const text = quote(placeText(place));
    const system = systemTree(place);
    if (system !== null) this.#add('path.sensitive', `is ${text}, a part of the system`, {});
    if (place.anchor.startsWith('//')) this.#add('path.network', `is ${text}, on another machine`, {});
    const climbed = place.climbs > 0 || (place.ups && leavesItsTree(place));
    if (this.#roots.length > 0 && (place.anchor !== '' || place.climbs > 0))
      this.#outside(text === quote(this.#value) ? 'is' : `is ${text},`, place.ups);
    else if (climbed)
      this.#add('path.traversal', `climbs out of where it starts, to ${text}`, { span: this.#span('..') });
  }

  #outside(what: string, climbed: boolean): void {
    const roots = this.#surroundings.roots.map((root) => quote(root)).join(', ');
    const legal = `a path under ${roots}`;
    if (climbed) this.#add('path.traversal', `${what} outside ${roots}`, { legal, span: this.#span('..') });
    else if (!this.#surroundings.guessed) this.#add('path.outside_roots', `${what} outside ${roots}`, { legal });
  }

  #judgeDevice(place: Place): void {
    const device = deviceIn(place, this.#roots);
    if (device !== null) this.#add('path.device', `names the device ${quote(device)}`, { span: this.#span(device) });
  }

  #span(part: string): readonly [number, number] | undefined {
    const at = this.#value.toLowerCase().indexOf(part);
    return at < 0 ? undefined : [at, at + part.length];
  }

  #add(
    code: string,
    what: string,
    more: { span?: readonly [number, number] | undefined; legal?: string; locked?: boolean },
  ): void {
    if (this.#found.has(code)) return;
    const { span = [0, this.#value.length] as const, legal, locked = false } = more;
    const why = `the path ${quote(this.#value)} ${what}`;
    this.#found.set(code, {
      code,
      by: 'path',
      at: this.#surroundings.at,
      span,
      why,
      ...(legal === undefined ? {} : { legal }),
      locked,
    });
  }
}

/** `con.txt` opens the console, on a server with drives. */
function deviceIn(place: Place, roots: readonly Place[]): string | null {
  if (!roots.some((root) => root.anchor.endsWith(':'))) return null;
  return place.segments.find((segment) => WINDOWS_DEVICE.test(segment.split('.')[0]?.trimEnd() ?? '')) ?? null;
}

/** `/data/../etc` names `/data` and means `/etc`. */
function leavesItsTree({ anchor, first, segments }: Place): boolean {
  return anchor !== '' && first.toLowerCase() !== segments[0]?.toLowerCase();
}

/** The tree of the operating system that the place is in; null when it is none. */
function systemTree(place: Place): string | null {
  const { anchor, segments } = place;
  if (anchor.endsWith(':')) return WINDOWS_TREES.has((segments[0] ?? '').toLowerCase()) ? (segments[0] ?? null) : null;
  if (anchor !== '/' || segments.length === 0) return null;
  const lower = segments.map((segment) => segment.toLowerCase());
  if (HARMLESS_DEVICES.has(lower.join('/'))) return null;
  const tree = SYSTEM_TREES.find((names) => names.every((name, i) => lower[i] === name));
  return tree === undefined ? null : `/${tree.join('/')}`;
}
