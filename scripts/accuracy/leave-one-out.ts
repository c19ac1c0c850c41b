import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../../src/core/json.ts';
import { ALONE, examine, scoreOf, SHOW_FROM } from '../../src/integrity/descriptions/analyse.ts';
import type { Placed } from '../../src/integrity/descriptions/signal.ts';

// Detection of poisoned definitions per author, first with every signal, then only with signals that also fire on
// somebody else's attacks: what would be found of an author whose attacks nobody had seen.
//   node scripts/accuracy/leave-one-out.ts CORPORA_DIR

/** A row of `tools-malicious.jsonl`, as its README describes it. */
type Row = JsonObject & { readonly name: string; readonly source: string; readonly scored?: boolean };

const BESIDE = new Set(['label', 'category', 'class', 'source', 'risk', 'scored', 'context']);

/** MCPTox is a data set of its own that another author's repository carries. */
function authorOf(source: string): string {
  return source.endsWith('#MCPTox') ? 'MCPTox' : (source.split('@')[0] ?? source);
}

function read(folder: string): { author: string; found: Placed[] }[] {
  const text = readFileSync(new URL('tools-malicious.jsonl', pathToFileURL(`${folder}/`)), 'utf8');
  const rows = text.split('\n').filter((line) => line !== '');
  return rows
    .map((line) => JSON.parse(line) as Row)
    .filter((row) => row.scored !== false)
    .map((row) => {
      const body = Object.fromEntries(Object.entries(row).filter(([key]) => !BESIDE.has(key)));
      return { author: authorOf(row.source), found: examine('tool', row.name, body, ALONE) };
    });
}

const folder = process.argv[2] ?? '../shared/corpora/dev';
if (!existsSync(`${folder}/tools-malicious.jsonl`)) {
  console.error(`there is no \`tools-malicious.jsonl\` in \`${folder}\`; name a folder that has the collection`);
  process.exit(2);
}
const rows = read(folder);
const fedBy = new Map<string, Set<string>>();
for (const { author, found } of rows) {
  for (const { code } of found) fedBy.set(code, (fedBy.get(code) ?? new Set()).add(author));
}
for (const [author, own] of Map.groupBy(rows, (row) => row.author)) {
  const others = (code: string): boolean => [...(fedBy.get(code) ?? [])].some((one) => one !== author);
  const all = own.filter(({ found }) => scoreOf(found) >= SHOW_FROM).length;
  const left = own.filter(({ found }) => scoreOf(found.filter(({ code }) => others(code))) >= SHOW_FROM).length;
  console.log(
    `${author.padEnd(44)}${String(own.length).padStart(5)}${String(all).padStart(6)}${String(left).padStart(6)}`,
  );
}
const lonely = [...fedBy]
  .filter(([, authors]) => authors.size === 1)
  .map(([code, authors]) => `${code} (${[...authors].join()})`);
console.log(`signals that one author alone feeds: ${lonely.join(', ') || 'none'}`);
