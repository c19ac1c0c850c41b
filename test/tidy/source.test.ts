import { describe, expect, it } from 'vitest';
import { readSource } from './source.ts';

const targets = (text: string) =>
  readSource('src/a/b.ts', text).imports.map(({ target, typeOnly, names }) => ({ target, typeOnly, names }));

describe('readSource', () => {
  it('tells type imports from value imports, in one statement too', () => {
    expect(targets("import { x, type Y } from '../c/d.ts';")).toEqual([
      { target: 'src/c/d.ts', typeOnly: false, names: ['x'] },
      { target: 'src/c/d.ts', typeOnly: true, names: ['Y'] },
    ]);
    expect(targets("import type { Y } from './d.ts';")).toEqual([
      { target: 'src/a/d.ts', typeOnly: true, names: ['Y'] },
    ]);
  });

  it('sees dynamic imports, passed-on exports, import types and workers', () => {
    const text = [
      "await import('./dynamic.ts');",
      "export { z } from './passed.ts';",
      "export * from './all.ts';",
      "type T = import('./typed.ts').T;",
      "new URL('./worker.ts', import.meta.url);",
      'new URL(`./computed${extname(import.meta.url)}`, import.meta.url);',
      "new URL('./not-here.ts', somewhere);",
    ].join('\n');
    expect(targets(text).map(({ target }) => target)).toEqual([
      'src/a/dynamic.ts',
      'src/a/passed.ts',
      'src/a/all.ts',
      'src/a/typed.ts',
      'src/a/worker.ts',
      'src/a/computed.ts',
    ]);
  });

  it('knows what is documented and where it stands', () => {
    const { exports } = readSource('src/a.ts', '/** Says. */\nexport function f() {}\n// no\nexport class C {}\n');
    expect(exports).toEqual([
      { name: 'f', kind: 'function', documented: true, line: 2 },
      { name: 'C', kind: 'class', documented: false, line: 4 },
    ]);
  });

  it('refuses what it cannot read', () => {
    expect(() => readSource('src/a.ts', 'export const = 1')).toThrow('src/a.ts');
  });
});
