/**
 * `npm run bench -- guards`: what the guards cost. Processor time, the 10th percentile of many short rounds, because a
 * shared machine is noisy; texts differ from turn to turn, so that no reading is kept between them. Beside the time
 * stands its ratio to parsing one call's JSON in the same run, which moves less between machines. Marks what misses its
 * aim; nothing is asserted here. Bounds are asserted by counting work, in the tests beside the code.
 */
import type { Definition } from '../src/core/definition.ts';
import { judgePath } from '../src/guards/path/judge.ts';
import { PII_CLASSES, scanPii } from '../src/guards/pii/scan.ts';
import { prepareGuards } from '../src/guards/prepare.ts';
import { prepareResults } from '../src/guards/results/prepare.ts';
import { scanSecrets } from '../src/guards/secret/scan.ts';
import { judgeShell } from '../src/guards/shell/judge.ts';
import { readShell } from '../src/guards/shell/shell.ts';
import { SQL_DIALECTS, type SqlDialect } from '../src/guards/sql/facts.ts';
import { judgeSql } from '../src/guards/sql/judge.ts';
import { readSql, startSql } from '../src/guards/sql/sql.ts';
import { judgeUrl } from '../src/guards/url/judge.ts';
import * as texts from './guards/texts.ts';

const ROUNDS = 21;
const BATCH_MS = 8;
const HOSTILE_RUNS = 7;
const HOSTILE_AIM_US = 20_000;

type Run = (turn: number) => unknown;

function costUs(run: Run): number {
  let batch = 4;
  for (let spent = 0; spent < BATCH_MS; batch *= 2) spent = timedMs(run, batch);
  const rounds = Array.from({ length: ROUNDS }, () => (timedMs(run, batch) * 1000) / batch);
  return rounds.toSorted((left, right) => left - right)[Math.floor(ROUNDS / 10)] ?? 0;
}

function timedMs(run: Run, times: number): number {
  const started = process.cpuUsage();
  for (let turn = 0; turn < times; turn++) run(turn);
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

const median = (costs: readonly number[]): number =>
  costs.toSorted((left, right) => left - right)[costs.length >> 1] ?? 0;

/** The median over texts, each measured by itself. */
const medianOf = (list: readonly string[], run: (text: string, turn: number) => unknown): number =>
  median(list.map((text) => costUs((turn) => run(text, turn))));

const at = { at: '', roots: texts.ROOTS, tuning: {}, guessed: false };
const shell = (text: string): unknown => judgeShell(readShell(text));
const sql =
  (dialect: SqlDialect) =>
  (text: string): unknown =>
    judgeSql(readSql(text, dialect));

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
const call = { path: '/data/report.csv', encoding: 'utf-8' };
const wire = JSON.stringify({
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name: 'read_file', arguments: call },
});
const result = { content: [{ type: 'text', text: texts.PROSE }] };
const KB = texts.PROSE.length / 1024;

await startSql();
const guards = prepareGuards(definition, { roots: texts.ROOTS, declared: [] });
const results = prepareResults(null, { secrets: 'redact', pii: 'off', piiClasses: [] });
const longest = texts.SQL.at(-1) ?? '';

const rows: readonly (readonly [what: string, us: number, aimUs: number | null])[] = [
  ['parsing the JSON of a call', costUs(() => JSON.parse(wire)), null],
  ['path, median', medianOf(texts.PATHS, (value) => judgePath(value, at)), 2],
  ['path with accents, or a finding, median', medianOf(texts.ODD_PATHS, (value) => judgePath(value, at)), null],
  ['url, median', medianOf(texts.URLS, (value) => judgeUrl(value, at)), 5],
  ['shell, median', medianOf(texts.SHELL, (text, turn) => shell(`${text} ${turn}`)), 40],
  ...SQL_DIALECTS.flatMap((dialect): [string, number, number | null][] => [
    [
      `sql as ${dialect}, median`,
      medianOf(texts.SQL, (text, turn) => sql(dialect)(`${text} -- ${turn}`)),
      dialect === 'postgres' ? 80 : 150,
    ],
    [`sql as ${dialect}, ${longest.length} characters`, costUs((turn) => sql(dialect)(`${longest} -- ${turn}`)), null],
  ]),
  ['secrets, a KB of prose', costUs(() => scanSecrets(texts.PROSE)) / KB, 20],
  ['personal data, a KB of prose', costUs(() => scanPii(texts.PROSE, new Set(PII_CLASSES))) / KB, null],
  ['a result, a KB', costUs(() => results.inspect(result)) / KB, null],
  ['a call with two short strings: schema, path, secrets', costUs(() => guards.inspect(call)), null],
  ['preparing a definition', costUs(() => prepareGuards(definition, { roots: texts.ROOTS, declared: [] })), null],
];

const [, unit] = rows[0] ?? ['', 1];
for (const [what, us, aim] of rows) {
  const ratio = `${(us / unit).toFixed(1)}×`.padStart(9);
  const missed = aim !== null && us > aim ? '  MISSED' : '';
  console.log(
    `${what.padEnd(54)}${us.toFixed(2).padStart(10)} µs${ratio}${aim === null ? '' : `   aim ${aim}`}${missed}`,
  );
}

const hostile: readonly (readonly [string, Run])[] = [
  ...texts.HOSTILE_PATHS.map(([unit_, text]) => [`path of ${unit_}`, () => judgePath(text, at)] as const),
  ...texts.HOSTILE_URLS.map(([unit_, text]) => [`url of ${unit_}`, () => judgeUrl(text, at)] as const),
  ...texts.HOSTILE_TEXTS.map(([unit_, text]) => [`secrets in 64 KB of ${unit_}`, () => scanSecrets(text)] as const),
  ...texts.HOSTILE_CODE.map(([what, text]) => [`shell, ${what}`, (turn: number) => shell(`${text} ${turn}`)] as const),
  ...SQL_DIALECTS.flatMap((dialect) =>
    texts.HOSTILE_CODE.map(
      ([what, text]) => [`sql as ${dialect}, ${what}`, (turn: number) => sql(dialect)(`${text} -- ${turn}`)] as const,
    ),
  ),
];
/** The first run is cold and counts apart: it is what a first hostile call costs. */
const worst = hostile
  .map(([what, run]) => {
    const [cold = 0, ...warm] = Array.from({ length: HOSTILE_RUNS }, (_, i) => timedMs(() => run(i), 1) * 1000);
    return { what, cold, us: median(warm) };
  })
  .toSorted((left, right) => right.us - left.us);
for (const { what, cold, us } of worst.slice(0, 8)) {
  const figures = `${us.toFixed(0).padStart(10)} µs${`${(us / unit).toFixed(0)}×`.padStart(9)}   aim ${HOSTILE_AIM_US}`;
  console.log(
    `${`hostile: ${what}`.padEnd(54)}${figures}${us > HOSTILE_AIM_US ? '  MISSED' : ''}   first ${cold.toFixed(0)}`,
  );
}
const coldest = Math.max(...worst.map(({ cold }) => cold));
console.log(`${'hostile, the worst of first runs'.padEnd(54)}${coldest.toFixed(0).padStart(10)} µs`);
