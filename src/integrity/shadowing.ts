import { normalise } from './descriptions/normalise.ts';
import type { Placed } from './descriptions/signal.ts';

/** How a name stands to a trusted one; `respelled` is no more than another style, as `readFile` for `read_file`. */
export type Resemblance = 'same' | 'respelled' | 'lookalike' | 'dressed';

const DRESS =
  /^(?:v?\d+|new|old|secure|secured|safe|safely|pro|plus|enhanced|improved|official|fast|better|fixed|alt|legacy|original|real|true|trusted|verified|premium|advanced|updated|latest|proxy|wrapper|helper|ex|ng|next|beta|x|mcp|tool|wrapped|override|custom|local|default|internal|backup|copy)$/;

interface Trusted {
  readonly name: string;
  readonly flat: string;
  /** As written, without the pairs of letters that look like another one. */
  readonly plain: string;
  readonly parts: readonly string[];
}

/** Names that are trusted already, folded once so that a whole list can be held against them. */
export class TrustedNames {
  readonly #names: ReadonlySet<string>;
  readonly #byFlat = new Map<string, string[]>();
  readonly #all: readonly Trusted[];

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
    this.#all = [...this.#names].map((name) => ({
      name,
      flat: flatten(name),
      plain: plainOf(name),
      parts: partsOf(name),
    }));
    for (const { flat, name } of this.#all) {
      const alike = this.#byFlat.get(flat);
      if (alike) alike.push(name);
      else this.#byFlat.set(flat, [name]);
    }
  }

  /**
   * Whether a tool's name is, or could be taken for, a trusted tool's name.
   * @returns the trusted name it resembles, or null
   */
  resemblance(name: string): { readonly kind: Resemblance; readonly of: string } | null {
    if (this.#all.length === 0) return null;
    if (this.#names.has(name)) return { kind: 'same', of: name };
    const flat = flatten(name);
    const alike = (flat === '' ? undefined : this.#byFlat.get(flat)) ?? [];
    const [respelled] = alike;
    const disguised = alike.find((of) => !isRestyled(name, of));
    if (disguised !== undefined) return { kind: 'lookalike', of: disguised };
    if (respelled !== undefined) return { kind: 'respelled', of: respelled };
    const parts = partsOf(name);
    const plain = plainOf(name);
    for (const one of this.#all) {
      if (isTypo(flat, one.flat) || isTypo(plain, one.plain)) return { kind: 'lookalike', of: one.name };
      if (isDressed(parts, one.parts)) return { kind: 'dressed', of: one.name };
    }
    return null;
  }
}

/** As the eye reads it: foreign letters, accents, zeros and ones folded, all but letters and digits dropped. */
function flatten(name: string): string {
  return plainOf(name).replaceAll('rn', 'm').replaceAll('vv', 'w');
}

function plainOf(name: string): string {
  return normalise(name)
    .text.normalize('NFD')
    .replaceAll(/(?<=[A-Za-z])\p{M}+/gu, '')
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '')
    .replaceAll('0', 'o')
    .replaceAll(/[1l]/g, 'i');
}

const SEPARATED = /^[a-z0-9]+(?:[_./-][a-z0-9]+)*$/;
const CAMEL = /^(?=.*[a-z])(?=.+[A-Z])[A-Za-z][A-Za-z0-9]*$/;

/** Whether two names differ in nothing but a style of honest programmers: `read_file`, `read-file`, `readFile`. */
function isRestyled(one: string, other: string): boolean {
  if ([one, other].some((name) => !SEPARATED.test(name) && !CAMEL.test(name))) return false;
  // A difference of upper and lower case alone is one of style only at the head of a camel.
  if (one.toLowerCase() === other.toLowerCase()) return CAMEL.test(one) && one.slice(1) === other.slice(1);
  const [a, b] = [partsOf(one), partsOf(other)];
  return a.join('') === b.join('') && (a.join(' ') === b.join(' ') || isOneWord(one) || isOneWord(other));
}

const isOneWord = (name: string): boolean => /^[a-z0-9]+$/.test(name);

function partsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([a-zA-Z]{2,})(\d+)$/, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter(Boolean);
}

/** The trusted name with words around it that only claim something: `secure_read_file`, `send_email_v2`. */
function isDressed(parts: readonly string[], trusted: readonly string[]): boolean {
  if (trusted.length < 2 || parts.length <= trusted.length || parts.length > trusted.length + 2) return false;
  const rest = [...parts];
  for (const part of trusted) {
    const at = rest.indexOf(part);
    if (at < 0) return false;
    rest.splice(at, 1);
  }
  return rest.every((part) => DRESS.test(part));
}

/** One letter left out, added, changed or swapped; plural and numbering are honest differences. */
function isTypo(a: string, b: string): boolean {
  if (Math.min(a.length, b.length) < 6 || Math.abs(a.length - b.length) > 1) return false;
  if (a === `${b}s` || b === `${a}s`) return false;
  let head = 0;
  while (head < a.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const restA = a.slice(head, a.length - tail);
  const restB = b.slice(head, b.length - tail);
  // One sign for another is a different word in scripts that need few of them.
  if (/\d/.test(restA + restB) || !/[\x20-\x7e]/.test(restA + restB)) return false;
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}

const WORDS: Readonly<Record<Resemblance, string>> = {
  same: 'has the name of a trusted tool',
  respelled: 'has the name of a trusted tool in another style',
  lookalike: 'has a name that is easily taken for that of a trusted tool',
  dressed: 'has the name of a trusted tool with a promise added',
};

/**
 * Name collisions and look-alikes.
 * @param strict also the same name counts, as when someone asks with a list of trusted names; behind a gateway two
 *   servers may honestly offer `read_file` or `readFile`, which are then told apart by the server's name
 */
export function shadows(name: string, trusted: TrustedNames, strict: boolean): Placed[] {
  const found = trusted.resemblance(name);
  if (!found) return [];
  const honest = !strict && found.kind !== 'lookalike';
  const weight = honest ? 0.1 : found.kind === 'dressed' ? 0.5 : 0.7;
  return [
    {
      code: `shadowing.${found.kind}`,
      weight,
      start: 0,
      end: name.length,
      at: 'name',
      why: `${WORDS[found.kind]} (\`${found.of}\`)`,
    },
  ];
}

/**
 * A description that talks about another server's tool by name. Weak alone, strong together with an order.
 * @param foreign names of other servers' tools, lower case
 */
export function talksAbout(self: string, description: string, foreign: ReadonlySet<string>): Placed[] {
  if (foreign.size === 0) return [];
  for (const found of description.matchAll(/[A-Za-z][\w.-]*[_-][\w-]+|[a-z]+[A-Z]\w+/g)) {
    const name = found[0].toLowerCase().replace(/\.$/, '');
    const short = name.slice(name.lastIndexOf('.') + 1);
    if ((!foreign.has(name) && !foreign.has(short)) || name === self.toLowerCase()) continue;
    return [
      {
        code: 'shadowing.reference',
        weight: 0.35,
        start: found.index,
        end: found.index + found[0].length,
        at: 'description',
        why: `speaks of \`${found[0]}\`, a tool of another server`,
      },
    ];
  }
  return [];
}
