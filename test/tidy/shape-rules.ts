import { isTable, isTest, type Rule } from './house.ts';
import { child, children, nameOf, walk, type Node, type Source } from './source.ts';

const FUNCTION_LINES_MAX = 70;
const FILE_LINES_MAX = 300;
/** A test file is read by cases, not as a whole. */
const TEST_LINES_MAX = 500;
const LINE_CHARACTERS_MAX = 120;

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

const TEST_CALLS = new Set(['describe', 'it', 'test']);

/** The name at the root of a call: `it`, `it.each(rows)('…', …)` and `describe.skipIf(x)('…', …)` alike. */
function rootOf(node: Node | null): string {
  if (node?.type === 'CallExpression') return rootOf(child(node, 'callee'));
  return node?.type === 'MemberExpression' ? rootOf(child(node, 'object')) : nameOf(node);
}

/** A function that lists tests is not a piece of logic; the tests in it are measured one by one. */
function isGroup(node: Node): boolean {
  const body = child(node, 'body');
  return body !== null && children(body, 'body').some((line) => TEST_CALLS.has(rootOf(child(line, 'expression'))));
}

function longFunctions(source: Source): string[] {
  const found: string[] = [];
  walk(source.program, (node) => {
    if (!FUNCTIONS.has(node.type) || (isTest(source.path) && isGroup(node))) return;
    const lines = source.lineOf(node.end) - source.lineOf(node.start) + 1;
    if (lines > FUNCTION_LINES_MAX) {
      found.push(
        `${source.path}:${source.lineOf(node.start)} has a function of ${lines} lines; ${FUNCTION_LINES_MAX} at most`,
      );
    }
  });
  return found;
}

const functionLength: Rule = {
  name: `functions have at most ${FUNCTION_LINES_MAX} lines`,
  check: (house) => house.sources.flatMap(longFunctions),
  spoiled: [
    {
      files: { 'src/core/a.ts': `export function f() {${'\n'.repeat(FUNCTION_LINES_MAX)}}` },
      says: 'has a function of 71',
    },
    {
      files: { 'src/core/a.ts': `class A { m() {${'\n'.repeat(FUNCTION_LINES_MAX)}} }` },
      says: 'has a function of 71',
    },
    {
      files: { 'src/a.test.ts': `it('x', () => {${'\n'.repeat(FUNCTION_LINES_MAX)}});` },
      says: 'has a function of 71',
    },
  ],
};

const lineCount = (source: Source) => source.lines.length - (source.lines.at(-1) === '' ? 1 : 0);

const linesMax = ({ path }: Source) => (isTest(path) ? TEST_LINES_MAX : FILE_LINES_MAX);

const fileLength: Rule = {
  name: `files have at most ${FILE_LINES_MAX} lines`,
  check: (house) =>
    house.sources
      .filter((source) => lineCount(source) > linesMax(source) && !isTable(source))
      .map((source) => `${source.path} has ${lineCount(source)} lines; ${linesMax(source)} at most`),
  spoiled: [{ files: { 'src/core/a.ts': 'let a;\n'.repeat(FILE_LINES_MAX + 1) }, says: 'has 301 lines' }],
};

/** A pattern or an address cannot be broken; in tests neither can a value. The code around them can. */
function shown(source: Source, line: string): string {
  const bare = line
    .replaceAll(/\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[])+\/[a-z]*/g, '//')
    .replaceAll(/https?:\S+/g, '');
  return isTest(source.path) ? bare.replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, "''") : bare;
}

const lineLength: Rule = {
  name: `lines have at most ${LINE_CHARACTERS_MAX} characters`,
  check: (house) =>
    house.sources
      .filter((source) => !isTable(source))
      .flatMap((source) =>
        source.lines.flatMap((line, index) =>
          shown(source, line).length > LINE_CHARACTERS_MAX ? [`${source.path}:${index + 1} is too long a line`] : [],
        ),
      ),
  spoiled: [
    { files: { 'src/core/a.ts': `// ${'x'.repeat(LINE_CHARACTERS_MAX)}` }, says: 'src/core/a.ts:1 is too long' },
  ],
};

export const SHAPE_RULES: readonly Rule[] = [functionLength, fileLength, lineLength];
