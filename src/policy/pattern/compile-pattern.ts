import { RegExpParser, type AST } from '@eslint-community/regexpp';
import type { Assertion, Atom, Fork, Instruction, Machine, Program } from './program.ts';

/** Limits on one pattern, applied at load. */
export const PATTERN_LIMITS = { sourceCharsMax: 10_000, statesMax: 20_000, looksMax: 20, depthMax: 200 } as const;

/** Why a pattern cannot be served. One clause, lower case; `offset` into the pattern where that is known. */
export class PatternRejected extends Error {
  override readonly name = 'PatternRejected';
  readonly offset: number;
  readonly mend: string;

  constructor(message: string, mend: string, offset = 0) {
    super(message);
    this.offset = offset;
    this.mend = mend;
  }
}

export interface PatternFlags {
  readonly ignoreCase?: boolean;
  readonly dotAll?: boolean;
  readonly unicode?: boolean;
}

/** Flags in force at one place; groups such as `(?i:…)` change them. */
interface Scope {
  readonly i: boolean;
  readonly s: boolean;
  readonly m: boolean;
}

const parser = new RegExpParser({ ecmaVersion: 2025 });

/**
 * Builds the automaton of an ECMAScript pattern. Quantifiers are written out, so that `statesMax` bounds memory and
 * time; greed does not matter, because only "is there a match" is asked.
 * @throws PatternRejected for bad syntax, backreferences, and patterns beyond the limits
 */
export function compileProgram(source: string, flags: PatternFlags): Program {
  if (source.length > PATTERN_LIMITS.sourceCharsMax) {
    throw new PatternRejected(
      `the pattern is longer than ${PATTERN_LIMITS.sourceCharsMax} characters`,
      'split it into several rules',
    );
  }
  return new Builder(flags).build(parse(source, flags));
}

function parse(source: string, flags: PatternFlags): AST.Pattern {
  try {
    return parser.parsePattern(source, 0, source.length, { unicode: flags.unicode ?? false });
  } catch (error) {
    const index = error instanceof SyntaxError && 'index' in error ? Number(error.index) : 0;
    const reason =
      error instanceof Error
        ? error.message.replace(/^Invalid regular expression: \/.*\/[a-z]*: /s, '')
        : 'syntax error';
    throw new PatternRejected(
      `the pattern is not valid: ${reason.toLowerCase()}`,
      'escape special characters with a backslash',
      index,
    );
  }
}

class Builder {
  readonly #flags: PatternFlags;
  readonly #atoms: Atom[] = [];
  readonly #atomByKey = new Map<string, number>();
  readonly #assertions: Assertion[] = [];
  readonly #assertionByKey = new Map<string, number>();
  readonly #looks: Machine[] = [];
  #instructions: Instruction[] = [];
  /** Assertions of the machine under construction. */
  #used: number[] = [];
  #states = 0;
  #depth = 0;

  constructor(flags: PatternFlags) {
    this.#flags = flags;
  }

  build(pattern: AST.Pattern): Program {
    const scope = { i: this.#flags.ignoreCase ?? false, s: this.#flags.dotAll ?? false, m: false };
    const body = this.#machine(pattern.alternatives, scope, false);
    return {
      unicode: this.#flags.unicode ?? false,
      atoms: this.#atoms,
      assertions: this.#assertions,
      looks: this.#looks,
      body,
    };
  }

  #machine(alternatives: readonly AST.Alternative[], scope: Scope, backwards: boolean): Machine {
    const outer = this.#instructions;
    const outerUsed = this.#used;
    this.#instructions = [];
    this.#used = [];
    const accept = this.#add({ op: 'accept' });
    const start = this.#either(alternatives, scope, backwards, accept);
    const machine = { instructions: this.#instructions, assertions: this.#used, start, backwards };
    this.#instructions = outer;
    this.#used = outerUsed;
    return machine;
  }

  #add(instruction: Instruction): number {
    if (++this.#states > PATTERN_LIMITS.statesMax) {
      throw new PatternRejected(
        `the pattern unfolds to more than ${PATTERN_LIMITS.statesMax} states`,
        'use smaller repeat counts',
      );
    }
    return this.#instructions.push(instruction) - 1;
  }

  /** Every method from here on returns the instruction at which its part starts, given the one that follows it. */
  #either(alternatives: readonly AST.Alternative[], scope: Scope, backwards: boolean, next: number): number {
    if (++this.#depth > PATTERN_LIMITS.depthMax) {
      throw new PatternRejected(`the pattern nests deeper than ${PATTERN_LIMITS.depthMax} groups`, 'flatten it');
    }
    const starts = alternatives.map((alternative) => this.#sequence(alternative.elements, scope, backwards, next));
    this.#depth--;
    const [only] = starts;
    return starts.length === 1 && only !== undefined ? only : this.#add({ op: 'fork', to: starts });
  }

  #sequence(elements: readonly AST.Element[], scope: Scope, backwards: boolean, next: number): number {
    let at = next;
    const order = backwards ? elements : elements.toReversed();
    for (const element of order) at = this.#element(element, scope, backwards, at);
    return at;
  }

  #element(element: AST.Element, scope: Scope, backwards: boolean, next: number): number {
    switch (element.type) {
      case 'Character':
      case 'CharacterClass':
      case 'CharacterSet':
        return this.#add({ op: 'take', atom: this.#atom(element.raw, scope), next });
      case 'Group':
        return this.#either(element.alternatives, modify(scope, element.modifiers), backwards, next);
      case 'CapturingGroup':
        return this.#either(element.alternatives, scope, backwards, next);
      case 'Quantifier':
        return this.#repeat(element, scope, backwards, next);
      case 'Assertion':
        return this.#assertion(element, scope, next);
      default:
        throw new PatternRejected(
          `the pattern uses \`${element.raw}\``,
          backreferenceMend(element.type),
          element.start,
        );
    }
  }

  #repeat(quantifier: AST.Quantifier, scope: Scope, backwards: boolean, next: number): number {
    const { min, max, element } = quantifier;
    let at = next;
    if (max === Infinity) {
      const loop: Fork = { op: 'fork', to: [] };
      const loopAt = this.#add(loop);
      loop.to = [this.#element(element, scope, backwards, loopAt), next];
      at = loopAt;
    } else {
      for (let i = min; i < max; i++)
        at = this.#add({ op: 'fork', to: [this.#element(element, scope, backwards, at), next] });
    }
    for (let i = 0; i < min; i++) at = this.#element(element, scope, backwards, at);
    return at;
  }

  #assertion(node: AST.Assertion, scope: Scope, next: number): number {
    switch (node.kind) {
      case 'start':
      case 'end':
        return this.#require(this.#edge(node.kind, scope), false, next);
      case 'word': {
        const word = this.#atom('\\w', scope);
        return this.#require(this.#assert(`word ${word}`, { kind: 'word', word }), node.negate, next);
      }
      default:
        return this.#require(this.#look(node, scope), node.negate, next);
    }
  }

  #require(assertion: number, negate: boolean, next: number): number {
    let local = this.#used.indexOf(assertion);
    if (local < 0) local = this.#used.push(assertion) - 1;
    return this.#add({ op: 'assert', assertion: local, negate, next });
  }

  #edge(kind: 'start' | 'end', scope: Scope): number {
    if (!scope.m) return this.#assert(kind, { kind });
    const breaks = this.#atom('[\\n\\r\\u2028\\u2029]', { i: false, s: false, m: false });
    return this.#assert(`line-${kind}`, { kind: kind === 'start' ? 'line-start' : 'line-end', breaks });
  }

  /** A lookahead is decided for all places at once by reading from the end; a lookbehind by reading from the start. */
  #look(node: AST.LookaroundAssertion, scope: Scope): number {
    const body = node.alternatives.map((alternative) => alternative.raw).join('|');
    const key = `look ${node.kind} ${flagText(scope)} ${body}`;
    const known = this.#assertionByKey.get(key);
    if (known !== undefined) return known;
    const machine = this.#machine(node.alternatives, scope, node.kind === 'lookahead');
    const look = this.#looks.push(machine) - 1;
    if (look >= PATTERN_LIMITS.looksMax) {
      throw new PatternRejected(
        `the pattern has more than ${PATTERN_LIMITS.looksMax} lookarounds`,
        'split it into several rules',
        node.start,
      );
    }
    return this.#assert(key, { kind: 'look', look });
  }

  #assert(key: string, assertion: Assertion): number {
    const known = this.#assertionByKey.get(key);
    if (known !== undefined) return known;
    const index = this.#assertions.push(assertion) - 1;
    this.#assertionByKey.set(key, index);
    return index;
  }

  /** Single characters are judged by the native engine, so that `i`, `s` and `u` keep their exact meaning. */
  #atom(raw: string, scope: Scope): number {
    const flags = `${scope.i ? 'i' : ''}${scope.s ? 's' : ''}${this.#flags.unicode ? 'u' : ''}`;
    const key = `${flags} ${raw}`;
    const known = this.#atomByKey.get(key);
    if (known !== undefined) return known;
    const native = new RegExp(`^(?:${raw})$`, flags);
    const index = this.#atoms.push({ key, test: (character) => native.test(character) }) - 1;
    this.#atomByKey.set(key, index);
    return index;
  }
}

function backreferenceMend(type: string): string {
  return type === 'Backreference'
    ? 'backreferences cannot be matched in linear time; write the alternatives out'
    : 'write it differently';
}

function flagText(scope: Scope): string {
  return `${scope.i ? 'i' : ''}${scope.s ? 's' : ''}${scope.m ? 'm' : ''}`;
}

function modify(scope: Scope, modifiers: AST.Modifiers | null): Scope {
  if (!modifiers) return scope;
  const { add, remove } = modifiers;
  return {
    i: (scope.i || add.ignoreCase) && !remove?.ignoreCase,
    s: (scope.s || add.dotAll) && !remove?.dotAll,
    m: (scope.m || add.multiline) && !remove?.multiline,
  };
}
