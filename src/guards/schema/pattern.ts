/**
 * Patterns of a tool's schema are a stranger's regular expressions. Each is run by an engine whose time is bounded:
 * the native one where the pattern's form rules out backtracking, RE2 where it takes the pattern, and else the native
 * one under the time limit of `timed.ts`.
 * Source for the dialect: JSON Schema 2020-12 Core, 6.4 (ECMA-262, unanchored, flag `u`).
 */
import { RegExpParser, visitRegExpAST } from '@eslint-community/regexpp';
import type { AST } from '@eslint-community/regexpp';
import { RE2JS } from 're2js';
import { toRe2 } from './re2-dialect.ts';

export type PatternPlan =
  | { readonly engine: 'native' }
  | { readonly engine: 're2'; readonly matcher: RegExp }
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
  if (isPlainlyLinear(ast)) return { engine: 'native' };
  const translated = toRe2(ast);
  if (translated === null) return { engine: 'timed' };
  try {
    return { engine: 're2', matcher: new LinearPattern(source, RE2JS.compile(translated)) };
  } catch {
    return { engine: 'timed' };
  }
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

/**
 * At most one open-ended repetition, anchored before it, nothing repeated inside a repetition, no look-around and no
 * back-reference: backtracking then is at most linear times the small constant of the bounded parts.
 */
function isPlainlyLinear(ast: AST.Pattern): boolean {
  if (ast.alternatives.length !== 1) return false;
  const first = ast.alternatives[0]?.elements[0];
  if (first?.type !== 'Assertion' || first.kind !== 'start') return false;
  let open = 0;
  let bounded = 0;
  let plain = true;
  visitRegExpAST(ast, {
    onQuantifierEnter(node) {
      if (node.max > SMALL_REPEAT) open++;
      else if (node.max > 1) bounded++;
      if (
        node.element.type !== 'Character' &&
        node.element.type !== 'CharacterClass' &&
        node.element.type !== 'CharacterSet'
      )
        plain = false;
    },
    onAssertionEnter(node) {
      if (node.kind === 'lookahead' || node.kind === 'lookbehind') plain = false;
    },
    onBackreferenceEnter() {
      plain = false;
    },
  });
  return plain && open <= 1 && bounded <= 2;
}
