import { isProduct, isTest, type House, type Rule } from './house.ts';

/** Where the product begins. A worker is reached through `new URL('./worker.ts', import.meta.url)`. */
const ROOTS: readonly string[] = ['src/main.ts', 'src/index.ts', 'src/cli/veto.ts', 'src/cli/start-demo.ts'];

/**
 * Files that stand ready for a room that is not there yet: each may wait, with what it exports, until a file appears
 * in that room.
 */
export const AWAITING: readonly { readonly path: string; readonly until: string }[] = [
  // Servers name the addresses of their authorization servers; who fetches those must not be led inside.
  { path: 'src/guards/url/pinned-connector.ts', until: 'src/credentials/oauth' },
];

/** Whether the user of an awaiting file has come. */
export const hasCome = (house: House, until: string): boolean =>
  [...house.byPath.keys()].some((path) => path.startsWith(until));

const waits = (house: House, path: string) => AWAITING.some((one) => one.path === path && !hasCome(house, one.until));

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
    {
      files: {
        'src/main.ts': 'new Worker(new URL(`./store/worker${extname(import.meta.url)}`, import.meta.url));',
        'src/store/worker.ts': '',
        'src/store/other-worker.ts': '',
      },
      says: 'src/store/other-worker.ts',
    },
  ],
};

/** `file > name` of everything that is imported where `counts` says so. */
function importedNames(house: House, counts: (from: string, target: string) => boolean): Set<string> {
  const used = new Set<string>();
  for (const { path, imports } of house.sources) {
    for (const { target, names } of imports) {
      if (target === null || !counts(path, target)) continue;
      for (const name of names) used.add(`${target} > ${name}`);
    }
  }
  return used;
}

/** Whether the file itself uses what it exports: a type that another mentions, a limit that its own test reads. */
function usedInside(house: House, path: string, name: string): boolean {
  const text = house.files.get(path) ?? '';
  return text.split(new RegExp(`\\b${name}\\b`)).length > 2;
}

const deadExports: Rule = {
  name: 'no dead exports',
  check(house) {
    const used = importedNames(house, (from, target) => !isOwnTest(from, target));
    const tested = importedNames(house, isOwnTest);
    const isType = (kind: string) => kind === 'interface' || kind === 'type';
    const isUsed = (path: string, name: string) => used.has(`${path} > ${name}`) || used.has(`${path} > *`);
    return house.sources
      .filter(({ path }) => isProduct(path) && !ROOTS.includes(path) && !waits(house, path))
      .flatMap(({ path, exports }) =>
        exports
          .filter(({ name }) => !isUsed(path, name))
          .filter(
            ({ name, kind }) => !(usedInside(house, path, name) && (isType(kind) || tested.has(`${path} > ${name}`))),
          )
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
    {
      files: {
        'src/main.ts': "import { a } from './core/a.ts';",
        'src/core/a.ts': 'export const b = 2;\nexport const a = b;',
      },
      says: 'src/core/a.ts:1 exports `b`',
    },
  ],
};

export const DEAD_RULES: readonly Rule[] = [deadFiles, deadExports];
