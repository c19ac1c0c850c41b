import type { Atom } from './program.ts';

/** Classes are remembered for at most this many characters outside ASCII. */
const REMEMBERED_MAX = 4096;
const ASCII = 128;

/**
 * Sorts characters into classes that no atom of a pattern tells apart, as they are met: an automaton then steps by
 * class, and each character asks the native engine once.
 */
export class Alphabet {
  readonly #atoms: readonly Atom[];
  readonly #ascii = new Int32Array(ASCII).fill(-1);
  readonly #others = new Map<number, number>();
  readonly #classes = new Map<string, number>();
  readonly #members: Uint8Array[] = [];

  constructor(atoms: readonly Atom[]) {
    this.#atoms = atoms;
  }

  get size(): number {
    return this.#members.length;
  }

  /** Whether the characters of a class belong to an atom. */
  has(characterClass: number, atom: number): boolean {
    return this.#members[characterClass]?.[atom] === 1;
  }

  /** The class of a code unit, or of a code point under `u`. */
  classOf(code: number): number {
    const known = code < ASCII ? (this.#ascii[code] ?? -1) : (this.#others.get(code) ?? -1);
    return known >= 0 ? known : this.#sort(code);
  }

  #sort(code: number): number {
    const character = String.fromCodePoint(code);
    const member = new Uint8Array(this.#atoms.length);
    for (let i = 0; i < member.length; i++) member[i] = this.#atoms[i]?.test(character) ? 1 : 0;
    const signature = member.join('');
    let found = this.#classes.get(signature);
    if (found === undefined) {
      found = this.#members.push(member) - 1;
      this.#classes.set(signature, found);
    }
    if (code < ASCII) this.#ascii[code] = found;
    else {
      if (this.#others.size >= REMEMBERED_MAX) this.#others.clear();
      this.#others.set(code, found);
    }
    return found;
  }
}
