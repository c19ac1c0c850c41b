import { isTest, type Rule } from './house.ts';
import { child, children, nameOf, walk, type Node, type Source } from './source.ts';

interface Ban {
  /** A global (`setTimeout`) or a member of one (`Date.now`, `console.*`). */
  readonly what: string;
  /** Files or folders (ending in `/`) under the root where it may stand. */
  readonly home: readonly string[];
  /** Whether unit tests must do without it as well. */
  readonly inTests: boolean;
  readonly instead: string;
}

const CLOCK = { home: ['src/core/clock.ts'], instead: 'take a `Clock`' };
const OUTPUT = { home: ['src/cli/'], instead: 'return it, record it or throw it' };

const BANS: readonly Ban[] = [
  { what: 'Date.now', ...CLOCK, inTests: false },
  { what: 'performance.now', ...CLOCK, inTests: false },
  { what: 'process.hrtime', ...CLOCK, inTests: false },
  { what: 'setTimeout', ...CLOCK, inTests: true },
  { what: 'setInterval', ...CLOCK, inTests: true },
  { what: 'AbortSignal.timeout', ...CLOCK, inTests: true },
  { what: 'console.*', ...OUTPUT, inTests: true },
  { what: 'process.exit', home: ['src/cli/'], inTests: true, instead: 'throw, and let the command end the process' },
  { what: 'Math.random', home: [], inTests: true, instead: 'use `core/ids.ts`, or a seed in tests' },
  {
    what: 'Permit.grant',
    home: ['src/gateway/pipeline.ts'],
    inTests: false,
    instead: 'only the pipeline grants permits',
  },
  { what: 'eval', home: [], inTests: true, instead: 'compile to closures' },
  { what: 'Function', home: [], inTests: true, instead: 'compile to closures' },
];

const MODULES: readonly string[] = ['node:timers', 'node:timers/promises', 'node:console', 'node:perf_hooks'];

const BY_NAME = new Map(BANS.map((ban) => [ban.what, ban]));

/** The ban that `node` falls under, if it names a global at all. */
function banFor(node: Node, parent: Node | null): Ban | undefined {
  if (node.type === 'MemberExpression') {
    const object = nameOf(child(node, 'object'));
    const member = nameOf(child(node, 'property'));
    if (object === 'globalThis') return BY_NAME.get(member);
    return BY_NAME.get(`${object}.${member}`) ?? BY_NAME.get(`${object}.*`);
  }
  if (node.type !== 'Identifier' || parent === null) return undefined;
  if (parent.type.startsWith('TS') && parent.type !== 'TSNonNullExpression') return undefined;
  const isName = child(parent, 'property') === node || child(parent, 'key') === node || child(parent, 'label') === node;
  return isName ? undefined : BY_NAME.get(nameOf(node));
}

/** `new Date()` without arguments reads the clock, and so does `Date()`. */
function readsClock(node: Node): boolean {
  const isCall = node.type === 'NewExpression' || node.type === 'CallExpression';
  if (!isCall || nameOf(child(node, 'callee')) !== 'Date') return false;
  return node.type === 'CallExpression' || children(node, 'arguments').length === 0;
}

const isHome = (path: string, home: readonly string[]) =>
  home.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place));

function bannedIn(source: Source): string[] {
  const found: string[] = [];
  const inTest = isTest(source.path);
  walk(source.program, (node, parent) => {
    const at = `${source.path}:${source.lineOf(node.start)}`;
    if (readsClock(node) && !inTest) found.push(`${at} reads the clock by \`Date\`; take a \`Clock\``);
    const ban = banFor(node, parent);
    if (!ban || isHome(source.path, ban.home) || (inTest && !ban.inTests)) return;
    found.push(`${at} uses \`${ban.what}\`; ${ban.instead}`);
  });
  const modules = source.imports.filter(({ specifier }) => MODULES.includes(specifier) && !inTest);
  return [...found, ...modules.map((i) => `${source.path}:${i.line} imports \`${i.specifier}\`; take a \`Clock\``)];
}

export const CALL_RULES: readonly Rule[] = [
  {
    name: 'banned calls stay in their home',
    check: (house) => house.sources.filter(({ path }) => path.startsWith('src/')).flatMap(bannedIn),
    spoiled: [
      { files: { 'src/policy/a.ts': 'const now = Date.now();' }, says: 'uses `Date.now`' },
      { files: { 'src/policy/a.ts': 'const now = Date["now"]();' }, says: 'uses `Date.now`' },
      { files: { 'src/policy/a.ts': 'const later = globalThis.setTimeout;' }, says: 'uses `setTimeout`' },
      { files: { 'src/policy/a.ts': 'const at = new Date();' }, says: 'reads the clock' },
      { files: { 'src/policy/a.test.ts': 'await new Promise((r) => setTimeout(r, 5));' }, says: 'uses `setTimeout`' },
      {
        files: { 'src/policy/a.ts': "import { setTimeout as s } from 'node:timers/promises';" },
        says: 'node:timers/promises',
      },
      { files: { 'src/policy/a.ts': "console.log('x');" }, says: 'uses `console.*`' },
      { files: { 'src/ids/a.ts': 'const n = Math.random();' }, says: 'uses `Math.random`' },
      { files: { 'src/listener/a.ts': 'const permit = Permit.grant(judged);' }, says: 'uses `Permit.grant`' },
      { files: { 'src/listener/a.ts': 'process.exit(1);' }, says: 'uses `process.exit`' },
      { files: { 'src/policy/a.ts': "const f = new Function('return 1');" }, says: 'uses `Function`' },
    ],
  },
];
