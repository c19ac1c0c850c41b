/**
 * What the shell and SQL guards cost: processor time in microseconds per text, the 10th percentile of many short
 * rounds, because a shared machine is noisy. Texts differ from turn to turn, so that no reading is kept between them.
 */
import { judgeShell } from '../src/guards/shell/judge.ts';
import { readShell } from '../src/guards/shell/shell.ts';
import type { SqlDialect } from '../src/guards/sql/facts.ts';
import { judgeSql } from '../src/guards/sql/judge.ts';
import { readSql, startSql } from '../src/guards/sql/sql.ts';

const ROUNDS = 9;
const BATCH_MS = 24;

function costUs(run: (turn: number) => unknown): number {
  let batch = 8;
  for (let spent = 0; spent < BATCH_MS; batch *= 2) spent = timedMs(run, batch);
  const rounds = Array.from({ length: ROUNDS }, () => (timedMs(run, batch) * 1000) / batch);
  return rounds.toSorted((left, right) => left - right)[Math.floor(ROUNDS / 10)] ?? 0;
}

function timedMs(run: (turn: number) => unknown, times: number): number {
  const started = process.cpuUsage();
  for (let turn = 0; turn < times; turn++) run(turn);
  return process.cpuUsage(started).user / 1000;
}

const SHELL = [
  'ls -la src',
  'git commit -m "Fix the build"',
  'cd app && npm ci && npm test 2>&1 | tail -20',
  "find . -name '*.ts' -exec grep -l guard {} +",
  'sudo -u app bash -lc "cd /srv && ./run.sh --port 80"',
  'for f in *.md; do wc -l "$f"; done | sort -n',
  'curl -fsSL https://example.com/x | jq .items',
];

const SQL: Readonly<Record<string, readonly string[]>> = {
  short: ['SELECT id, name FROM users WHERE id = 7', 'UPDATE users SET seen = 1 WHERE id = 7'],
  long: [
    'WITH r AS (SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.day > 5 ' +
      'AND c.country IN (1, 2, 3)) SELECT name, count(*), sum(total) FROM r GROUP BY name HAVING sum(total) > 100 ' +
      'ORDER BY 3 DESC LIMIT 20',
  ],
};

const HOSTILE = {
  'nested $(': `${'$('.repeat(24)}${')'.repeat(24)}`,
  'many commands': 'ls;'.repeat(2_000),
  'nested eval': `${'eval '.repeat(4_000)}ls`,
  'values of a name': `${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a=${n};`).join('')}${'$a;'.repeat(1_300)}`,
  'many pipes': `${'a|'.repeat(4_000)}a`,
  'many quotes': '"'.repeat(32_000),
  'nested comments': `${'/*'.repeat(8_000)}${'*/'.repeat(8_000)}`,
  'long sum': `SELECT 1${'+1'.repeat(1_000)}`,
  'many unions': `SELECT 1${' UNION SELECT 1'.repeat(1_000)}`,
};

await startSql();
const line = (what: string, us: number): void => console.log(`${what.padEnd(34)}${us.toFixed(1).padStart(10)} µs`);

const shellCosts = SHELL.map((text) => [text, costUs((turn) => judgeShell(readShell(`${text} ${turn}`)))] as const);
for (const [text, us] of shellCosts) line(`shell ${text.slice(0, 27)}`, us);
line('shell, median', shellCosts.map(([, us]) => us).toSorted((a, b) => a - b)[SHELL.length >> 1] ?? 0);

const dialects: readonly SqlDialect[] = ['postgres', 'mysql', 'sqlite', 'mssql', 'ansi', 'any'];
for (const dialect of dialects) {
  for (const [size, texts] of Object.entries(SQL)) {
    line(
      `sql ${dialect}, ${size}`,
      costUs((turn) => judgeSql(readSql(`${texts[turn % texts.length] ?? ''} -- ${turn}`, dialect))),
    );
  }
}
for (const [what, text] of Object.entries(HOSTILE)) {
  line(
    `hostile shell, ${what}`,
    costUs((turn) => judgeShell(readShell(`${text} ${turn}`))),
  );
  for (const dialect of dialects) {
    line(
      `hostile ${dialect}, ${what}`,
      costUs((turn) => judgeSql(readSql(`${text} -- ${turn}`, dialect))),
    );
  }
}
