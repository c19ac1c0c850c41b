/**
 * What the guards cost: processor time in microseconds, the 10th percentile of many short rounds, because a shared
 * machine is noisy. Marks what misses its aim; bounds are asserted by counting work, in the tests beside the code.
 */
import type { Definition } from '../src/core/definition.ts';
import { judgePath } from '../src/guards/path/judge.ts';
import { scanPii, PII_CLASSES } from '../src/guards/pii/scan.ts';
import { prepareGuards } from '../src/guards/prepare.ts';
import { prepareResults } from '../src/guards/results/prepare.ts';
import { textInspector } from '../src/guards/secret/inspect.ts';
import { scanSecrets } from '../src/guards/secret/scan.ts';
import { SECRET_CLASSES } from '../src/guards/secret/type.ts';
import { judgeUrl } from '../src/guards/url/judge.ts';

const ROUNDS = 31;
const BATCH_MS = 4;

function costUs(run: () => unknown): number {
  let batch = 1;
  for (let spent = 0; spent < BATCH_MS; batch *= 2) spent = timed(run, batch);
  const rounds = Array.from({ length: ROUNDS }, () => (timed(run, batch) * 1000) / batch).sort(
    (left, right) => left - right,
  );
  return rounds[Math.floor(ROUNDS / 10)] ?? 0;
}

function timed(run: () => unknown, times: number): number {
  const started = process.cpuUsage();
  for (let i = 0; i < times; i++) run();
  return process.cpuUsage(started).user / 1000;
}

const roots = ['/data'];
const at = { at: 'path', roots, tuning: {}, guessed: false };
const paths = [
  '/data/report.csv',
  'src/guards/path/judge.ts',
  '/data/2026/q3/Sales report (final).xlsx',
  './a/../b.txt',
];
const oddPaths = ['/data/größe.txt', '../x', '/data/%2e%2e/etc/passwd'];
const urls = [
  'https://example.com/a/b?c=d',
  'https://api.example.com:8443/v1/items',
  'http://169.254.169.254/',
  'https://8.8.8.8/',
];

const definition: Definition = {
  kind: 'tool',
  name: 'read_file',
  body: {
    name: 'read_file',
    description: 'Read a file',
    inputSchema: {
      type: 'object',
      properties: { path: { type: 'string' }, encoding: { type: 'string' } },
      required: ['path'],
    },
  },
};
const classes = new Set(SECRET_CLASSES);
const inspectText = textInspector({ classes });
const guards = prepareGuards(definition, { roots, declared: [], ...(inspectText ? { inspectText } : {}) });
const call = { path: '/data/report.csv', encoding: 'utf-8' };

const prose =
  'The parser reads each entry, keeps the key and the token count, and hands the rest on (see docs/guide.md, 2026). '
    .repeat(95)
    .slice(0, 10_240);
const results = prepareResults(null, { secrets: 'redact', pii: 'off', piiClasses: [] });
const result = { content: [{ type: 'text', text: prose }] };

let turn = 0;
const each =
  <Item>(items: readonly Item[], run: (item: Item) => unknown) =>
  () =>
    run(items[turn++ % items.length] as Item); // the index is in range

const rows: readonly (readonly [string, number, number])[] = [
  ['path', costUs(each(paths, (value) => judgePath(value, at))), 2],
  ['path with accents, or a finding', costUs(each(oddPaths, (value) => judgePath(value, at))), 10],
  ['url', costUs(each(urls, (value) => judgeUrl(value, at))), 5],
  ['call with two short strings: schema, path, secrets', costUs(() => guards.inspect(call)), 3],
  ['secrets, per KB of prose', costUs(() => scanSecrets(prose)) / 10, 20],
  ['personal data, per KB of prose', costUs(() => scanPii(prose, new Set(PII_CLASSES))) / 10, 40],
  ['result, per KB', costUs(() => results.inspect(result)) / 10, 25],
  ['preparing a definition', costUs(() => prepareGuards(definition, { roots, declared: [] })), 5000],
];

const HOSTILE_US = 20_000;
const hostile: readonly (readonly [string, () => unknown])[] = [
  ...['.', ' ', '%25', '../', '{..,', '\\', '%c0%ae/', '．', '..%2f\\', '[.?', '%u2215', '\\x2e'].map(
    (unit) => [`path of ${unit}`, () => judgePath(unit.repeat(8192 / unit.length), at)] as const,
  ),
  ...['a.', 'a@', '1.1.', '．', '%31', '1-', '#@'].map(
    (unit) => [`url of ${unit}`, () => judgeUrl(`http://${unit.repeat(8000 / unit.length)}`, at)] as const,
  ),
  ...['eyJ-', 'APIM', 'sk-', '://a:b', 'token=', 'ops_eyJ-', 'password='].map(
    (unit) => [`64 KB of ${unit}`, () => scanSecrets(unit.repeat(65_536 / unit.length))] as const,
  ),
];

for (const [name, us, aim] of rows) {
  process.stdout.write(
    `${name.padEnd(52)}${us.toFixed(2).padStart(10)} µs   aim ${aim}${us > aim ? '  MISSED' : ''}\n`,
  );
}
const worst = hostile
  .map(([name, run]) => [name, Math.min(...Array.from({ length: 5 }, () => timed(run, 1) * 1000))] as const)
  .sort((left, right) => right[1] - left[1]);
for (const [name, us] of worst.slice(0, 5)) {
  const shown = `${`hostile: ${name}`.padEnd(52)}${us.toFixed(0).padStart(10)} µs   aim ${HOSTILE_US}`;
  process.stdout.write(`${shown}${us > HOSTILE_US ? '  MISSED' : ''}\n`);
}
