import { isProduct, isTest, roomOf, type House, type Rule } from './house.ts';

/** Where the product begins. A worker is reached through `new URL('./worker.ts', import.meta.url)`. */
const ROOTS: readonly string[] = ['src/main.ts', 'src/index.ts', 'src/cli/veto.ts', 'src/cli/start-demo.ts'];

/**
 * Rooms whose users have not moved in yet: their files and exports may wait for them. A room leaves this list when
 * `main.ts` introduces it; once `src/main.ts` exists the list must be empty (the last test of this file).
 */
export const ARRIVING: readonly string[] = [
  'core',
  'mcp',
  'authn',
  'upstreams',
  'integrity',
  'guards',
  'policy',
  'limits',
  'approvals',
  'credentials',
  'audit',
  'gateway',
  'store',
  'listener',
  'admin',
  'config',
];

const waits = (house: House, path: string) => !house.byPath.has('src/main.ts') && ARRIVING.includes(roomOf(path) ?? '');

/** Whether `test` is the test of `path` itself, which does not count as a user of it. */
const isOwnTest = (test: string, path: string) => test.startsWith(`${path.slice(0, -'.ts'.length)}.`) && isTest(test);

function reachable(house: House): Set<string> {
  const seen = new Set<string>();
  const pending = house.sources.map(({ path }) => path).filter((path) => ROOTS.includes(path) || !isProduct(path));
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const { target } of house.byPath.get(path)?.imports ?? []) {
      if (target !== null && !isOwnTest(path, target)) pending.push(target);
    }
  }
  return seen;
}

const deadFiles: Rule = {
  name: 'no dead files',
  check(house) {
    const alive = reachable(house);
    return house.sources
      .filter(({ path }) => isProduct(path) && !alive.has(path) && !waits(house, path))
      .map(({ path }) => `${path} is used by nothing but its own tests; remove it`);
  },
  spoiled: [
    {
      files: {
        'src/main.ts': "import './core/used.ts';",
        'src/core/used.ts': '',
        'src/core/dead.ts': 'export const a = 1;',
        'src/core/dead.test.ts': "import { a } from './dead.ts';",
      },
      says: 'src/core/dead.ts',
    },
    { files: { 'src/cli/dead.ts': '' }, says: 'src/cli/dead.ts' },
  ],
};

/** `file > name` of everything that somebody imports, own tests not counted. */
function importedNames(house: House): Set<string> {
  const used = new Set<string>();
  for (const { path, imports } of house.sources) {
    for (const { target, names } of imports) {
      if (target === null || isOwnTest(path, target)) continue;
      for (const name of names) used.add(`${target} > ${name}`);
    }
  }
  return used;
}

/** Types that a used export mentions need not be imported by name themselves. */
function mentionedInside(house: House, path: string, name: string): boolean {
  const text = house.files.get(path) ?? '';
  return text.split(new RegExp(`\\b${name}\\b`)).length > 2;
}

const deadExports: Rule = {
  name: 'no dead exports',
  check(house) {
    const used = importedNames(house);
    const isUsed = (path: string, name: string) => used.has(`${path} > ${name}`) || used.has(`${path} > *`);
    return house.sources
      .filter(({ path }) => isProduct(path) && !ROOTS.includes(path) && !waits(house, path))
      .flatMap(({ path, exports }) =>
        exports
          .filter(({ name }) => !isUsed(path, name))
          .filter(({ name, kind }) => !(['interface', 'type'].includes(kind) && mentionedInside(house, path, name)))
          .map(({ name, line }) => `${path}:${line} exports \`${name}\`, which nobody imports; keep it to the file`),
      );
  },
  spoiled: [
    {
      files: {
        'src/main.ts': "import { a } from './core/a.ts';",
        'src/core/a.ts': 'export const a = 1;\nexport const b = 2;',
        'src/core/a.test.ts': "import { b } from './a.ts';",
      },
      says: 'src/core/a.ts:2 exports `b`',
    },
  ],
};

export const DEAD_RULES: readonly Rule[] = [deadFiles, deadExports];
