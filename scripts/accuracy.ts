/**
 * `npm run accuracy`: detection and false-positive rates of the guards, a line per source and label. Rows come from a
 * directory of corpora when there is one (`VETO_CORPORA`, else `../shared/corpora/dev`) and from the repository itself.
 * Rows that are marked `scored: false` cannot be told from the input alone and are left out.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { json } from './accuracy/json.ts';
import { ownCases } from './accuracy/own-cases.ts';
import { path } from './accuracy/path.ts';
import { secret } from './accuracy/secret.ts';
import { url } from './accuracy/url.ts';

interface Row {
  readonly input: string;
  readonly label: string;
  readonly source: string;
  readonly scored?: boolean;
}

/** A part answers true for "stop or ask", false for "let pass", null for "does not apply". One line each. */
const PARTS: readonly {
  readonly set: string;
  readonly file: string;
  readonly judge: (row: Row) => boolean | null | Promise<boolean | null>;
}[] = [
  { set: 'path', file: 'paths.jsonl', judge: path },
  { set: 'url', file: 'urls.jsonl', judge: url },
  { set: 'secret', file: 'secrets.jsonl', judge: secret },
  { set: 'json', file: 'json-malformed.jsonl', judge: json },
];

const root = new URL('..', import.meta.url);
const corpora = process.env['VETO_CORPORA']
  ? pathToFileURL(`${process.env['VETO_CORPORA']}/`)
  : new URL('../shared/corpora/dev/', root);
const counts = new Map<string, { rows: number; hits: number }>();

function count(set: string, label: string, source: string, hit: boolean): void {
  for (const name of [source, 'ALL']) {
    const key = [set, label, name].join('\t');
    const entry = counts.get(key) ?? { rows: 0, hits: 0 };
    counts.set(key, { rows: entry.rows + 1, hits: entry.hits + (hit ? 1 : 0) });
  }
}

/** `owner/name@commit:path` to `name: path`; JSON rows have a source each and are kept together. */
function shortSource(source: string): string {
  const [, owner, file] = /^[^/]+\/([^@]+)@[0-9a-f]+:?(.*)$/.exec(source) ?? [];
  if (owner === undefined) return source;
  return file === undefined || file === '' || /test_parsing|examples\//.test(file)
    ? owner
    : `${owner}: ${file.split('/').slice(-2).join('/')}`;
}

for (const { set, file, judge } of PARTS) {
  const location = new URL(file, corpora);
  if (!existsSync(location)) continue;
  for await (const line of createInterface({ input: createReadStream(location) })) {
    if (line === '') continue;
    const row = JSON.parse(line) as Row; // a row of the corpora, whose form its README gives
    if ((row.label !== 'malicious' && row.label !== 'benign') || row.scored === false) continue;
    const hit = await judge(row);
    if (hit !== null) count(set, row.label, shortSource(row.source), hit);
  }
}
for (const { set, label, source, hit } of ownCases(root)) count(`${set} (own)`, label, source, hit);

process.stdout.write(
  `${'set'.padEnd(14)}${'label'.padEnd(11)}${'source'.padEnd(66)}${'rows'.padStart(7)}${'found'.padStart(7)}\n`,
);
for (const [key, { rows, hits }] of [...counts].sort(([left], [right]) => left.localeCompare(right))) {
  const [set = '', label = '', source = ''] = key.split('\t');
  const rate = `${((100 * hits) / rows).toFixed(rows > 1000 ? 2 : 1)} %`;
  const named = set.padEnd(14) + label.padEnd(11) + source.slice(0, 64).padEnd(66);
  process.stdout.write(`${named}${String(rows).padStart(7)}${String(hits).padStart(7)}  ${rate.padStart(8)}\n`);
}
