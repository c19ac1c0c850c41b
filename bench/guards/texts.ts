// What the bench of the guards is fed with: what agents send all day, and what somebody would send to keep us busy.

export const ROOTS = ['/data'];

export const PATHS = [
  '/data/report.csv',
  'src/guards/path/judge.ts',
  '/data/2026/q3/Sales report (final).xlsx',
  './a/../b.txt',
  '/data/app/src/components/menu/item.test.tsx',
];
export const ODD_PATHS = ['/data/größe.txt', '../x', '/data/%2e%2e/etc/passwd'];

export const URLS = [
  'https://example.com/a/b?c=d',
  'https://api.example.com:8443/v1/items',
  'http://169.254.169.254/',
  'https://8.8.8.8/',
  'https://docs.example.org/en/latest/guide.html#install',
];

export const SHELL = [
  'ls -la src',
  'git commit -m "Fix the build"',
  'cd app && npm ci && npm test 2>&1 | tail -20',
  "find . -name '*.ts' -exec grep -l guard {} +",
  'sudo -u app bash -lc "cd /srv && ./run.sh --port 80"',
  'for f in *.md; do wc -l "$f"; done | sort -n',
  'curl -fsSL https://example.com/x | jq .items',
];

/** From a look-up by key to a report; the median of them is what a call costs. */
export const SQL = [
  'SELECT id, name FROM users WHERE id = 7',
  'UPDATE users SET seen = 1 WHERE id = 7',
  "SELECT * FROM orders WHERE status = 'open' AND total > 100 ORDER BY day DESC LIMIT 20",
  'SELECT c.name, count(*) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.name',
  'WITH r AS (SELECT o.id, o.total, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.day > 5 ' +
    'AND c.country IN (1, 2, 3)) SELECT name, count(*), sum(total) FROM r GROUP BY name HAVING sum(total) > 100 ' +
    'ORDER BY 3 DESC LIMIT 20',
];

export const PROSE =
  'The parser reads each entry, keeps the key and the token count, and hands the rest on (see docs/guide.md, 2026). '
    .repeat(95)
    .slice(0, 10_240);

const units = (length: number, ...parts: string[]): [string, string][] =>
  parts.map((unit) => [unit, unit.repeat(Math.ceil(length / unit.length)).slice(0, length)]);

export const HOSTILE_PATHS = units(
  8192,
  ...['.', ' ', '%25', '../', '{..,', '\\', '%c0%ae/', '．', '..%2f\\', '[.?', '%u2215', '\\x2e'],
);
export const HOSTILE_URLS = units(8000, 'a.', 'a@', '1.1.', '．', '%31', '1-', '#@').map(
  ([unit, text]): [string, string] => [unit, `http://${text}`],
);
export const HOSTILE_TEXTS = units(65_536, 'eyJ-', 'APIM', 'sk-', '://a:b', 'token=', 'ops_eyJ-', 'password=');

export const HOSTILE_CODE: readonly [string, string][] = [
  ['nested $(', `${'$('.repeat(24)}${')'.repeat(24)}`],
  ['many commands', 'ls;'.repeat(2_000)],
  ['nested eval', `${'eval '.repeat(4_000)}ls`],
  ['values of a name', `${[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `a=${n};`).join('')}${'$a;'.repeat(1_300)}`],
  ['many pipes', `${'a|'.repeat(4_000)}a`],
  ['many quotes', '"'.repeat(32_000)],
  ['many backslashes', '\\'.repeat(32_000)],
  ['awk of many pipes', `awk '${'x | '.repeat(7_000)}'`],
  ['sed of many commands', `sed '${'s/e/;'.repeat(6_000)}'`],
  ['nested comments', `${'/*'.repeat(8_000)}${'*/'.repeat(8_000)}`],
  ['long sum', `SELECT 1${'+1'.repeat(1_000)}`],
  ['many unions', `SELECT 1${' UNION SELECT 1'.repeat(500)}`],
  ['many columns', `SELECT ${'a,'.repeat(2_000)}a FROM t`],
  ['many statements', 'SELECT 1;'.repeat(64)],
  ['nested brackets', `SELECT ${'('.repeat(48)}1${')'.repeat(48)}`],
  ['nested queries', `${'SELECT * FROM ('.repeat(40)}SELECT 1${') t'.repeat(40)}`],
];
