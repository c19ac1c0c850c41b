/**
 * `npm run accuracy`: detection and false-positive rates of the guards, a line per source and label. Rows come from a
 * directory of corpora when there is one (`VETO_CORPORA`, else `../shared/corpora/dev`) and from the repository itself.
 * Rows that are marked `scored: false` cannot be told from the input alone and are left out.
 */
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../src/core/json.ts';
import { drift } from './accuracy/drift.ts';
import { json } from './accuracy/json.ts';
import { ownCases } from './accuracy/own-cases.ts';
import { path } from './accuracy/path.ts';
import { secret } from './accuracy/secret.ts';
import { shell } from './accuracy/shell.ts';
import { sql, sqlOfUnknownDialect } from './accuracy/sql.ts';
import { tool } from './accuracy/tools.ts';
import { url } from './accuracy/url.ts';

/** Sets of values have an `input`; sets of definitions have the definition's own members. */
type Row = JsonObject & {
  readonly input: string;
  readonly label: string;
  readonly source: string;
  /** `statement:mysql`, `tldr:destructive`. */
  readonly category: string;
  readonly class?: string;
  readonly scored?: boolean;
};

/** A part answers true for "stop or ask", false for "let pass", null for "does not apply". One line each. */
const PARTS: readonly {
  readonly set: string;
  readonly file: string;
  readonly judge: (row: Row) => boolean | null | Promise<boolean | null>;
  /** What rows are counted together; by their source when absent. */
  readonly group?: (row: Row) => string;
}[] = [
  { set: 'path', file: 'paths.jsonl', judge: path },
  { set: 'url', file: 'urls.jsonl', judge: url },
  { set: 'shell', file: 'shell.jsonl', judge: shell, group: byKind },
  { set: 'sql', file: 'sql.jsonl', judge: sql, group: byDialect },
  { set: 'sql as any', file: 'sql.jsonl', judge: sqlOfUnknownDialect, group: byDialect },
  { set: 'secret', file: 'secrets.jsonl', judge: secret },
  { set: 'json', file: 'json-malformed.jsonl', judge: json },
  { set: 'tool', file: 'tools-malicious.jsonl', judge: tool, group: byAuthor },
  { set: 'tool', file: 'tools-benign.jsonl', judge: tool, group: byAuthor },
  { set: 'drift', file: 'tools-drift.jsonl', judge: drift, group: ({ category }) => category },
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

/** Shell rows: the collection and what its author called them; one file of a collection is no source of its own. */
function byKind({ source, category, class: kind }: Row): string {
  const [group = ''] = category.split(':');
  return `${authorOf(source)}: ${kind === undefined || kind === '' ? group : `${group}, ${kind}`}`;
}

/** SQL rows: the dialect, and whether the row is a statement by itself; or what else the row is. */
function byDialect({ source, category }: Row): string {
  const [kind = '', dialect] = category.split(':');
  return dialect === undefined ? `${kind}, ${authorOf(source)}` : dialect;
}

function byAuthor({ source, category }: Row): string {
  return `${authorOf(source)}: ${category}`;
}

/** `owner/name@commit:path` to `owner/name`, `npm:@scope/name@1.0` to `npm:@scope/name`. */
function authorOf(source: string): string {
  return /^(?:npm:@?)?[^@#]+/.exec(source)?.[0] ?? source;
}

if (!existsSync(corpora)) {
  process.stdout.write(
    'rows of the repository only: the collections that the documents also speak of are not here (VETO_CORPORA)\n\n',
  );
}
for (const { set, file, judge, group } of PARTS) {
  const location = new URL(file, corpora);
  if (!existsSync(location)) continue;
  for await (const line of createInterface({ input: createReadStream(location) })) {
    if (line === '') continue;
    const row = JSON.parse(line) as Row; // a row of the corpora, whose form its README gives
    if ((row.label !== 'malicious' && row.label !== 'benign') || row.scored === false) continue;
    const hit = await judge(row);
    if (hit !== null) count(set, row.label, group?.(row) ?? shortSource(row.source), hit);
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
