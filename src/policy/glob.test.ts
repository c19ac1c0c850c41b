import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileNames } from './glob.ts';

describe('compileNames', () => {
  it('agrees with the pattern that says the same', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '_', '\n'), maxLength: 8 });
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '_', '*', '?'), maxLength: 8 });
    fc.assert(
      fc.property(fc.array(glob, { minLength: 1, maxLength: 3 }), name, (globs, text) => {
        const native = globs.some((one) =>
          new RegExp(`^${one.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text),
        );
        expect(compileNames(globs).test(text)).toBe(native);
      }),
      { numRuns: 3000 },
    );
  });

  it.each([
    ['a?', 'xab', false],
    ['?b', 'ab', true],
    ['a*', 'a', true],
    ['*a*b', 'xaxxb', true],
    ['*ab', 'aab', true],
    ['a**', 'a', true],
    ['a*b?', 'axb', false],
  ])('%s and %s: %s', (glob, name, expected) => {
    expect(compileNames(glob).test(name)).toBe(expected);
  });

  it('tells exact names apart, so that rules can be found by them', () => {
    expect(compileNames(['a', 'b']).exact).toEqual(['a', 'b']);
    expect(compileNames(['a', 'b*']).exact).toBeNull();
    expect(compileNames('a?').exact).toBeNull();
  });
});
