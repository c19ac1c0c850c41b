import type { Alphabet } from './alphabet.ts';
import type { Machine } from './program.ts';

/** Memory of one automaton in table cells of four bytes; when it is used up, the automaton starts afresh. */
const CELLS_MAX = 262_144;
/** Combinations of assertions that are told apart before the automaton starts afresh. */
const HOLDS_MAX = 64;
const UNBUILT = -1;

/** Counts the elementary steps of a match, so that a caller can bound them. */
export interface Work {
  steps: number;
}

/**
 * A deterministic automaton over one machine, built as texts demand it. A state is the set of instructions reached
 * before the assertions of a place are known; a step takes the assertions that hold there and the class of the next
 * character. Every state also holds the start: the search is unanchored.
 */
export class Automaton {
  readonly #machine: Machine;
  readonly #alphabet: Alphabet;
  readonly #seen: Int32Array;
  #generation = 0;
  #sets: Int32Array[] = [];
  #stateByKey = new Map<string, number>();
  #holdsById = new Map<number, number>();
  /** By `state * HOLDS_MAX + holds`: a row from class + 1 to `next * 2 + accepted`. */
  #rows: (Int32Array | undefined)[] = [];
  #cells = 0;
  /** Grows when everything was forgotten; states from before mean nothing then. */
  #era = 0;

  constructor(machine: Machine, alphabet: Alphabet) {
    this.#machine = machine;
    this.#alphabet = alphabet;
    this.#seen = new Int32Array(machine.instructions.length);
    this.#forget();
  }

  /**
   * Takes one step from `state` (0 is the start).
   * @param holds bit set over `machine.assertions`
   * @param characterClass class of the next character, or -1 where there is none
   * @returns `next * 2`, plus 1 when a match ends at this place
   */
  step(state: number, holds: number, characterClass: number, work: Work): number {
    const id = holds === 0 ? 0 : (this.#holdsById.get(holds) ?? HOLDS_MAX);
    if (id < HOLDS_MAX) {
      const known = this.#rows[state * HOLDS_MAX + id]?.[characterClass + 1];
      if (known !== undefined && known !== UNBUILT) return known;
    }
    return this.#build(state, holds, characterClass, work);
  }

  #build(state: number, holds: number, characterClass: number, work: Work): number {
    const reached = this.#close(this.#sets[state] ?? new Int32Array(0), holds);
    work.steps += reached.length + 1;
    let accepted = 0;
    const next = new Set<number>([this.#machine.start]);
    for (const at of reached) {
      const instruction = this.#machine.instructions[at];
      if (instruction?.op === 'accept') accepted = 1;
      else if (
        instruction?.op === 'take' &&
        characterClass >= 0 &&
        this.#alphabet.has(characterClass, instruction.atom)
      ) {
        next.add(instruction.next);
      }
    }
    const era = this.#era;
    const outcome = this.#stateOf(next) * 2 + accepted;
    if (era === this.#era) this.#remember(state, holds, characterClass, outcome);
    return outcome;
  }

  /** Everything reachable without consuming, given the assertions that hold. */
  #close(from: Int32Array, holds: number): number[] {
    const generation = ++this.#generation;
    const reached: number[] = [];
    const open: number[] = [...from];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (this.#seen[at] === generation) continue;
      this.#seen[at] = generation;
      const instruction = this.#machine.instructions[at];
      if (instruction?.op === 'fork') open.push(...instruction.to);
      else if (instruction?.op === 'assert') {
        const held = ((holds >>> instruction.assertion) & 1) === 1;
        if (held !== instruction.negate) open.push(instruction.next);
      } else reached.push(at);
    }
    return reached;
  }

  #stateOf(set: ReadonlySet<number>): number {
    const sorted = Int32Array.from(set).sort();
    const key = sorted.join();
    const known = this.#stateByKey.get(key);
    if (known !== undefined) return known;
    if (this.#cells + sorted.length > CELLS_MAX) this.#forget();
    return this.#stateByKey.get(key) ?? this.#keep(sorted, key);
  }

  #keep(set: Int32Array, key: string): number {
    const state = this.#sets.push(set) - 1;
    this.#stateByKey.set(key, state);
    this.#cells += set.length * 3;
    return state;
  }

  #remember(state: number, holds: number, characterClass: number, outcome: number): void {
    let id = this.#holdsById.get(holds);
    if (id === undefined) {
      if (this.#holdsById.size >= HOLDS_MAX) return;
      id = this.#holdsById.size;
      this.#holdsById.set(holds, id);
    }
    const at = state * HOLDS_MAX + id;
    const old = this.#rows[at];
    if (!old || old.length <= characterClass + 1) {
      const row = new Int32Array(Math.max(this.#alphabet.size + 8, characterClass + 2)).fill(UNBUILT);
      if (old) row.set(old);
      this.#cells += row.length;
      this.#rows[at] = row;
    }
    const row = this.#rows[at];
    if (row) row[characterClass + 1] = outcome;
  }

  #forget(): void {
    this.#era++;
    this.#sets = [];
    this.#rows = [];
    this.#stateByKey = new Map();
    this.#holdsById = new Map([[0, 0]]);
    this.#cells = 0;
    this.#keep(Int32Array.of(this.#machine.start), String(this.#machine.start));
  }
}
