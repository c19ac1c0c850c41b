import { posix } from 'node:path';
import { isTable, isTest, type House, type Rule } from './house.ts';
import { walk, type Source } from './source.ts';

/** Has to name what it forbids. */
const SELF = 'test/tidy/text-rules.ts';
const MACHINE_PATH = /(?:^|[\s"'`(=:])\/(?:work|farm)\//;
const REGISTRY_HOST = /registry\.npmjs|npmmirror|registry\.yarnpkg|npm\.pkg\.github/;

function linesWith(text: string, pattern: RegExp): number[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));
}

const machinePaths: Rule = {
  name: 'no path of a machine, no host of a registry',
  check: (house) =>
    [...house.files]
      .filter(([path]) => path !== SELF)
      .flatMap(([path, text]) => [
        ...linesWith(text, MACHINE_PATH).map((line) => `${path}:${line} names a path of a machine`),
        ...linesWith(text, REGISTRY_HOST).map((line) => `${path}:${line} names a host of a registry`),
      ]),
  spoiled: [
    { files: { 'docs/a.md': `see ${['', 'work', 'x'].join('/')}` }, says: 'docs/a.md:1 names a path' },
    { files: { 'src/core/a.ts': `const a = '${['', 'farm', 'x'].join('/')}';` }, says: 'src/core/a.ts:1 names a path' },
    {
      files: { '.ci/run': `npm --registry https://${['registry', 'npmjs', 'org'].join('.')}` },
      says: '.ci/run:1 names a host',
    },
  ],
};

function temporaryPaths(source: Source): string[] {
  const found: string[] = [];
  walk(source.program, (node) => {
    const { value } = node;
    if (node.type !== 'Literal' || typeof value !== 'string' || !value.startsWith('/tmp/')) return;
    found.push(
      `${source.path}:${source.lineOf(node.start)} has a fixed temporary path; ask \`node:os\` for the folder`,
    );
  });
  return found;
}

const temporary: Rule = {
  name: 'no fixed temporary paths in the product',
  check: (house) =>
    house.sources
      .filter((source) => source.path.startsWith('src/') && !isTest(source.path) && !isTable(source))
      .flatMap(temporaryPaths),
  spoiled: [{ files: { 'src/core/a.ts': "const a = '/tmp/veto';" }, says: 'src/core/a.ts:1' }],
};

/** Targets of relative links: `](docs/a.md#part)` → `docs/a.md`. */
function brokenLinks(house: House, path: string, text: string): string[] {
  const known = (target: string) => [...house.files.keys()].some((f) => f === target || f.startsWith(`${target}/`));
  return [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
    .map(([, target = '']) => posix.join(posix.dirname(path), target))
    .filter((target) => !known(target))
    .map((target) => `${path} links to \`${target}\`, which does not exist`);
}

const links: Rule = {
  name: 'links between documents lead somewhere',
  check: (house) =>
    [...house.files].filter(([path]) => path.endsWith('.md')).flatMap(([path, text]) => brokenLinks(house, path, text)),
  spoiled: [{ files: { 'docs/a.md': 'see [b](b.md#x)' }, says: 'docs/a.md links to `docs/b.md`' }],
};

/** What a newcomer is told to type, and what CI types. */
const commands: Rule = {
  name: 'CI runs the command of the README',
  check(house) {
    const inReadme = /^\s*npm test\b/m.test(house.files.get('README.md') ?? '');
    const inCi = /\bnpm test\b/.test(house.files.get('.ci/run') ?? '');
    return [
      ...(inReadme ? [] : ['README.md does not show `npm test`']),
      ...(inCi ? [] : ['.ci/run does not call `npm test`']),
    ];
  },
  spoiled: [{ files: { 'README.md': '', '.ci/run': 'vitest run' }, says: '.ci/run does not call' }],
};

export const TEXT_RULES: readonly Rule[] = [machinePaths, temporary, links, commands];
