/**
 * Patterns of a tool's schema are a stranger's regular expressions. Each is run by an engine whose time is bounded:
 * the native one where the pattern's form rules out backtracking, RE2 where it takes the pattern, and else the native
 * one under the time limit of `timed.ts`.
 * Source for the dialect: JSON Schema 2020-12 Core, 6.4 (ECMA-262, unanchored, flag `u`).
 */
import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import type { AST } from '@eslint-community/regexpp';
import { RE2JS } from 're2js';
import { NATIVE_CALL_STEPS, RE2_CALL_STEPS } from './cost.ts';
import type { Rates } from './cost.ts';
import { toRe2 } from './re2-dialect.ts';

export type PatternPlan =
  | { readonly engine: 'native'; readonly rates: Rates }
  | { readonly engine: 're2'; readonly rates: Rates; readonly matcher: RegExp }
  | { readonly engine: 'timed' }
  | { readonly engine: 'refused'; readonly why: string };

const PATTERN_CHARS_MAX = 2048;

const parser = new RegExpParser({ ecmaVersion: 2025 });

export function planPattern(source: string): PatternPlan {
  if (source.length > PATTERN_CHARS_MAX)
    return { engine: 'refused', why: `a pattern is longer than ${PATTERN_CHARS_MAX} characters` };
  let ast: AST.Pattern;
  try {
    ast = parser.parsePattern(source, 0, source.length, { unicode: true });
  } catch {
    return planLenient(source);
  }
  const steps = stepsOfLinear(ast);
  if (steps !== null) return { engine: 'native', rates: ratesOf(steps, NATIVE_CALL_STEPS) };
  const translated = toRe2(ast);
  if (translated === null) return { engine: 'timed' };
  try {
    const re2 = RE2JS.compile(translated);
    const rates = ratesOf(re2.programSize(), RE2_CALL_STEPS);
    return { engine: 're2', rates, matcher: new LinearPattern(source, re2) };
  } catch {
    return { engine: 'timed' };
  }
}

function ratesOf(steps: number, callSteps: number): Rates {
  return { perValue: callSteps + steps, perCharacter: steps };
}

/** Many servers send patterns that only hold without the flag `u`, such as `[\w-.]`. They run timed, or not at all. */
function planLenient(source: string): PatternPlan {
  try {
    new RegExp(source);
    return { engine: 'timed' };
  } catch {
    return { engine: 'refused', why: 'a pattern is not a regular expression' };
  }
}

/** Stands in for the native expression where the validator calls `test`. */
class LinearPattern extends RegExp {
  readonly #re2: RE2JS;

  constructor(source: string, re2: RE2JS) {
    super(source, 'u');
    this.#re2 = re2;
  }

  override test(text: string): boolean {
    return this.#re2.matcher(text).find();
  }
}

const SMALL_REPEAT = 32;
/** Ways through the bounded parts of a pattern that the native engine may try from one place. */
const WAYS_MAX = 2_000;

/**
 * At most one open-ended repetition, anchored before it, nothing repeated inside a repetition, no look-around and no
 * back-reference: backtracking then is at most linear times the constant of the bounded parts.
 * @returns that constant, or null where the form does not rule out more
 */
function stepsOfLinear(ast: AST.Pattern): number | null {
  if (ast.alternatives.length !== 1) return null;
  const first = ast.alternatives[0]?.elements[0];
  if (first?.type !== 'Assertion' || first.kind !== 'start') return null;
  let open = 0;
  let ways = 1;
  let length = 0;
  let plain = true;
  const onGroupEnter = ({ alternatives }: AST.Group | AST.CapturingGroup): void => void (ways *= alternatives.length);
  visitRegExpAST(ast, {
    onGroupEnter,
    onCapturingGroupEnter: onGroupEnter,
    onAlternativeEnter({ elements }) {
      length += elements.length;
    },
    onQuantifierEnter({ min, max, element: { type } }) {
      if (max > SMALL_REPEAT) open++;
      else {
        ways *= max - min + 1;
        length += max;
      }
      if (type !== 'Character' && type !== 'CharacterClass' && type !== 'CharacterSet') plain = false;
    },
    onAssertionEnter({ kind }) {
      if (kind === 'lookahead' || kind === 'lookbehind') plain = false;
    },
    onBackreferenceEnter() {
      plain = false;
    },
  });
  return plain && open <= 1 && ways <= WAYS_MAX ? ways * length : null;
}
