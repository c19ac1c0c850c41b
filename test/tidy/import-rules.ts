import { isTest, roomOf, type House, type Rule } from './house.ts';
import type { Import, Source } from './source.ts';

/** From the ground up. A file imports from lower floors and from its own room. */
const FLOORS: readonly (readonly string[])[] = [
  ['core'],
  ['mcp'],
  ['authn', 'upstreams', 'integrity', 'guards', 'policy', 'limits', 'approvals', 'credentials', 'audit'],
  ['gateway'],
  ['store', 'listener', 'admin', 'config'],
  ['cli', 'main', 'index'],
];

/** The composition root is introduced to those who start it. */
const MAY_SEE_BESIDE: Readonly<Record<string, readonly string[]>> = { cli: ['main'], index: ['main'] };

/** The list of all rooms' configuration sections, which are plain schemas and import only `core`. */
const SECTION_LIST = 'src/config/sections.ts';

const floorOf = (room: string) => FLOORS.findIndex((floor) => floor.includes(room));

function wrongFloor(source: Source, { target, line }: Import): string | null {
  const from = roomOf(source.path);
  if (from === null || target === null) return null;
  const to = roomOf(target);
  const at = `${source.path}:${line}`;
  if (to === null && isTest(source.path)) return null;
  if (to === null) return `${at} imports \`${target}\`, which is not part of the product`;
  if (from === to) return null;
  if (floorOf(from) < 0) return `${at}: \`${from}\` is not a room that the floors know`;
  if (source.path === SECTION_LIST && target.endsWith('/section.ts')) return null;
  if (floorOf(to) >= 0 && floorOf(to) < floorOf(from)) return null;
  if (MAY_SEE_BESIDE[from]?.includes(to)) return null;
  return `${at} imports \`${target}\`: \`${from}\` may not see \`${to}\``;
}

const floors: Rule = {
  name: 'imports go down the floors',
  check: (house) =>
    house.sources.flatMap((source) => source.imports.map((i) => wrongFloor(source, i)).filter((text) => text !== null)),
  spoiled: [
    { files: { 'src/core/a.ts': "import { b } from '../policy/b.ts';" }, says: '`core` may not see `policy`' },
    { files: { 'src/guards/a.ts': "import type { B } from '../policy/b.ts';" }, says: '`guards` may not see `policy`' },
    { files: { 'src/admin/a.ts': "import { b } from '../store/section.ts';" }, says: '`admin` may not see `store`' },
    {
      files: { 'src/gateway/a.ts': "export { b } from '../listener/b.ts';" },
      says: '`gateway` may not see `listener`',
    },
    { files: { 'src/extra/a.ts': "import { b } from '../core/b.ts';" }, says: 'is not a room' },
    { files: { 'src/core/a.ts': "const b = await import('../../scripts/b.ts');" }, says: 'not part of the product' },
  ],
};

const sections: Rule = {
  name: 'a configuration section imports only core and zod',
  check: (house) =>
    house.sources
      .filter((source) => source.path.endsWith('/section.ts'))
      .flatMap((source) =>
        source.imports
          .filter(({ specifier, target }) => specifier !== 'zod' && !target?.startsWith('src/core/'))
          .filter(({ target }) => roomOf(target ?? '') !== roomOf(source.path))
          .map(({ specifier, line }) => `${source.path}:${line} imports \`${specifier}\`; a section is a plain schema`),
      ),
  spoiled: [{ files: { 'src/store/section.ts': "import { readFileSync } from 'node:fs';" }, says: 'a plain schema' }],
};

/** Groups of files that import each other by value (Tarjan's strongly connected components). */
export function cyclesOf(house: House): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];
  const targets = (path: string) =>
    (house.byPath.get(path)?.imports ?? []).filter((i) => !i.typeOnly && i.target !== null).map((i) => i.target ?? '');
  const visit = (path: string): void => {
    order.set(path, order.size);
    low.set(path, order.get(path) ?? 0);
    stack.push(path);
    for (const next of targets(path).filter((target) => house.byPath.has(target))) {
      if (!order.has(next)) visit(next);
      if (stack.includes(next)) low.set(path, Math.min(low.get(path) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(path) !== order.get(path)) return;
    const group = stack.splice(stack.indexOf(path));
    if (group.length > 1 || targets(path).includes(path)) cycles.push(group.sort());
  };
  for (const path of house.byPath.keys()) if (!order.has(path)) visit(path);
  return cycles;
}

const cycles: Rule = {
  name: 'no import cycles',
  check: (house) => cyclesOf(house).map((group) => `these files import each other: ${group.join(', ')}`),
  spoiled: [
    {
      files: { 'src/core/a.ts': "import { b } from './b.ts';", 'src/core/b.ts': "import { a } from './a.ts';" },
      says: 'src/core/a.ts, src/core/b.ts',
    },
    { files: { 'src/core/a.ts': "import { a } from './a.ts';" }, says: 'src/core/a.ts' },
  ],
};

const barrels: Rule = {
  name: 'no barrels but index.ts',
  check: (house) =>
    house.sources
      .filter(({ path }) => path !== 'src/index.ts')
      .flatMap(({ path, exports }) =>
        exports
          .filter(({ kind }) => kind === 'passed-on')
          .map(({ name, line }) => `${path}:${line} passes on \`${name}\`; import it where it is defined`),
      ),
  spoiled: [{ files: { 'src/core/all.ts': "export * from './clock.ts';" }, says: 'passes on `*`' }],
};

/** The package of a specifier: `@scope/name/sub` → `@scope/name`; null for files and Node's own modules. */
function packageOf(specifier: string): string | null {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return null;
  const [first = '', second = ''] = specifier.split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function undeclared(house: House): string[] {
  const manifest = JSON.parse(house.files.get('package.json') ?? '{}') as Manifest; // ours, and only keys are read
  const runtime = new Set(Object.keys(manifest.dependencies ?? {}));
  const all = new Set([...runtime, ...Object.keys(manifest.devDependencies ?? {})]);
  return house.sources.flatMap(({ path, imports }) => {
    const declared = path.startsWith('src/') && !isTest(path) && path !== 'src/cli/start-demo.ts' ? runtime : all;
    return imports
      .map(({ specifier, line }) => ({ name: packageOf(specifier), line }))
      .filter(({ name }) => name !== null && !declared.has(name))
      .map(({ name, line }) => `${path}:${line} imports \`${name}\`, which package.json does not list for it`);
  });
}

const packages: Rule = {
  name: 'imported packages are declared',
  check: undeclared,
  spoiled: [
    {
      files: { 'package.json': '{"devDependencies":{"vitest":"1.0.0"}}', 'src/core/a.ts': "import 'vitest';" },
      says: 'imports `vitest`',
    },
    { files: { 'package.json': '{}', 'test/a.test.ts': "import '@scope/name/sub';" }, says: 'imports `@scope/name`' },
    { files: { 'package.json': '{}', 'src/core/a.ts': "import 'fs';" }, says: 'imports `fs`' },
  ],
};

export const IMPORT_RULES: readonly Rule[] = [floors, sections, cycles, barrels, packages];
