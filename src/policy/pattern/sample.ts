import { RegExpParser, type AST } from '@eslint-community/regexpp';

/** Samples of one part; more would not find more tricks. */
const SAMPLES_MAX = 6;
const LENGTH_MAX = 200;
const CANDIDATES = ['a', '/', '0', 'A', ' ', '_', '.', '-', 'x', '\n', 'é', ';', '$'];

const parser = new RegExpParser({ ecmaVersion: 2025 });

export interface Samples {
  /** Texts that the pattern is likely to match: lookarounds are not followed, so each must be tried. */
  readonly matching: readonly string[];
  /** Texts that a negative lookahead at its front names: what the author wanted to keep out. */
  readonly keptOut: readonly string[];
}

/** Texts to try on a pattern. Only for tools that examine policies, never on a call. */
export function samplesOf(source: string): Samples {
  const pattern = parser.parsePattern(source, 0, source.length, { unicode: false });
  const keptOut = pattern.alternatives.flatMap((alternative) =>
    alternative.elements.flatMap((element) =>
      element.type === 'Assertion' && element.kind === 'lookahead' && element.negate
        ? either(element.alternatives)
        : [],
    ),
  );
  return { matching: either(pattern.alternatives), keptOut };
}

function either(alternatives: readonly AST.Alternative[]): string[] {
  return alternatives.flatMap((alternative) => sequence(alternative.elements).slice(0, 2)).slice(0, SAMPLES_MAX);
}

function sequence(elements: readonly AST.Element[]): string[] {
  let texts = [''];
  for (const element of elements) {
    const parts = partsOf(element);
    texts = texts.flatMap((text) => parts.map((part) => (text + part).slice(0, LENGTH_MAX))).slice(0, SAMPLES_MAX);
  }
  return texts;
}

function partsOf(element: AST.Element): string[] {
  switch (element.type) {
    case 'Character':
      return [String.fromCodePoint(element.value)];
    case 'CharacterClass':
    case 'CharacterSet': {
      const native = new RegExp(`^(?:${element.raw})$`);
      return CANDIDATES.filter((candidate) => native.test(candidate)).slice(0, 1);
    }
    case 'Group':
    case 'CapturingGroup':
      return either(element.alternatives);
    case 'Quantifier': {
      const once = partsOf(element.element);
      return element.min === 0
        ? ['', ...once.slice(0, 1)]
        : once.map((part) => part.repeat(Math.min(element.min, LENGTH_MAX)));
    }
    default:
      return [''];
  }
}
