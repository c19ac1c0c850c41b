import { describe, expect, it } from 'vitest';
import { leavesOf, parseArgumentPath, select } from './argument-path.ts';

const ARGS = { a: { b: 1, c: [{ d: 'x' }, { d: 'y' }, 7] }, s: 'text', n: null, list: ['p', ['q']], '0': 'zero' };

/** Places with values, mismatches (`!`), and whether some branch led nowhere (`?`). */
function found(path: string, args: object = ARGS): string[] {
  const { values, mismatched, missing } = select(args as typeof ARGS, parseArgumentPath(path));
  const told = (mark: string) => (each: { at: string; value: unknown }) =>
    `${mark}${each.at}=${JSON.stringify(each.value)}`;
  return [...values.map(told('')), ...mismatched.map(told('!')), ...(missing ? ['?'] : [])];
}

describe('select', () => {
  it.each([
    ['a.b', ['a.b=1']],
    ['a.c[1].d', ['a.c[1].d="y"']],
    ['a.c[*].d', ['a.c[0].d="x"', 'a.c[1].d="y"', '!a.c[2]=7']],
    ['a.c.1.d', ['a.c[1].d="y"']],
    ['a.c.length', ['!a.c=[{"d":"x"},{"d":"y"},7]']],
    ['list.1x', ['!list=["p",["q"]]']],
    ['list.x1', ['!list=["p",["q"]]']],
    ['list.10', ['?']],
    ['list[10]', ['?']],
    ['s.x', ['!s="text"']],
    ['s[*]', ['!s="text"']],
    ['n.*', ['!n=null']],
    ['a.*', ['a.b=1', 'a.c=[{"d":"x"},{"d":"y"},7]']],
    ['list.*', ['!list=["p",["q"]]']],
    ['a[*]', ['!a={"b":1,"c":[{"d":"x"},{"d":"y"},7]}']],
    ['absent', ['?']],
    ['constructor', ['?']],
    ['[0]', ['0="zero"']],
    ['a.**', ['a.b=1', 'a.c[0].d="x"', 'a.c[1].d="y"', 'a.c[2]=7']],
    ['**.d', ['a.c[0].d="x"', 'a.c[1].d="y"']],
    ['**.nowhere', []],
    ['a.**.d', ['a.c[0].d="x"', 'a.c[1].d="y"']],
  ])('%s', (path, expected) => {
    expect(found(path)).toEqual(expected);
  });

  it('leaves out what JSON has not', () => {
    expect(found('*', { a: undefined, b: 1 })).toEqual(['b=1']);
    expect(leavesOf({ a: undefined as never, b: [null] }, 'x')).toEqual([{ at: 'x.b[0]', value: null }]);
  });

  it.each([
    ['', 'the argument path is empty'],
    ['a..b', 'cannot be read at `.`'],
    ['a[x]', 'cannot be read at `[`'],
    ['a[12', 'cannot be read at `[`'],
  ])('refuses %j', (path, why) => {
    expect(() => parseArgumentPath(path)).toThrow(why);
  });
});
