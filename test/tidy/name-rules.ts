import { isProduct, roomOf, type House, type Rule } from './house.ts';

const SEGMENT = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*$/;
const SHOUTED = /^(?:[A-Z]+(?:\.md)?|[A-Z]+)$/;
const VAGUE = new Set(['util', 'utils', 'helper', 'helpers', 'manager', 'data', 'misc', 'common', 'stuff']);
const VAGUE_EXPORT = /(?:Manager|Helpers?|Utils?|Data)$/;

/** The words of one folder or file name, its extensions included: `sqlite-log.test.ts` → sqlite, log, test, ts. */
const words = (segment: string) => segment.split(/[-.]/);

const kebab: Rule = {
  name: 'files and folders are kebab-case',
  check: (house) =>
    [...house.files.keys()].flatMap((path) =>
      path
        .split('/')
        .filter((segment) => !SHOUTED.test(segment) && !segment.split('.').every((p) => p === '' || SEGMENT.test(p)))
        .filter((segment) => !/^\d{4}-/.test(segment))
        .map((segment) => `${path}: \`${segment}\` is not kebab-case`),
    ),
  spoiled: [
    { files: { 'src/core/strictJson.ts': '' }, says: '`strictJson.ts` is not kebab-case' },
    { files: { 'src/Core/json.ts': '' }, says: '`Core` is not kebab-case' },
    { files: { 'src/core/strict_json.ts': '' }, says: 'is not kebab-case' },
  ],
};

const vague: Rule = {
  name: 'names say what a thing is',
  check(house) {
    const paths = [...house.files.keys()]
      .filter((path) => /^(?:src|test|scripts|bench)\//.test(path))
      .filter((path) => path.split('/').some((segment) => words(segment).some((word) => VAGUE.has(word))))
      .map((path) => `${path} is named after nothing; name it after what it holds`);
    const exports = house.sources.flatMap((source) =>
      source.exports
        .filter(({ name }) => VAGUE_EXPORT.test(name))
        .map(({ name, line }) => `${source.path}:${line} exports \`${name}\`; name it after what it does`),
    );
    return [...paths, ...exports];
  },
  spoiled: [
    { files: { 'src/core/utils.ts': '' }, says: 'src/core/utils.ts' },
    { files: { 'src/core/string-helper.ts': '' }, says: 'string-helper' },
    { files: { 'src/core/a.ts': 'export class KeyManager {}' }, says: '`KeyManager`' },
  ],
};

const defaults: Rule = {
  name: 'no default exports',
  check: (house) =>
    house.sources
      .filter(({ path }) => !path.endsWith('.config.ts'))
      .flatMap(({ path, exports }) =>
        exports.filter(({ name }) => name === 'default').map(({ line }) => `${path}:${line} has a default export`),
      ),
  spoiled: [
    { files: { 'src/core/a.ts': 'export default 1;' }, says: 'src/core/a.ts:1' },
    { files: { 'src/core/a.ts': 'const a = 1;\nexport { a as default };' }, says: 'src/core/a.ts:2' },
  ],
};

/** A door is what other rooms import. Each function, class and interface there says what it is. */
function undocumented(house: House): string[] {
  const doors = new Set<string>();
  for (const { path, imports } of house.sources.filter((source) => isProduct(source.path))) {
    for (const { target, names } of imports) {
      if (target === null || !isProduct(target) || roomOf(target) === roomOf(path)) continue;
      for (const name of names) doors.add(`${target} > ${name}`);
    }
  }
  return house.sources.flatMap(({ path, exports }) =>
    exports
      .filter(({ name, kind }) => doors.has(`${path} > ${name}`) && ['function', 'class', 'interface'].includes(kind))
      .filter(({ documented }) => !documented)
      .map(({ name, line }) => `${path}:${line} offers \`${name}\` to other rooms without a docstring`),
  );
}

const docstrings: Rule = {
  name: 'doors are documented',
  check: undocumented,
  spoiled: [
    {
      files: { 'src/core/a.ts': 'export function a() {}', 'src/mcp/b.ts': "import { a } from '../core/a.ts';" },
      says: 'src/core/a.ts:1 offers `a`',
    },
    {
      files: { 'src/core/a.ts': '// no\nexport class A {}', 'src/mcp/b.ts': "import type { A } from '../core/a.ts';" },
      says: 'src/core/a.ts:2 offers `A`',
    },
  ],
};

export const NAME_RULES: readonly Rule[] = [kebab, vague, defaults, docstrings];
