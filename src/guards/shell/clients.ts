import type { Call } from './unwrap.ts';

/** Database clients and the options that carry statements. */
const CLIENTS: ReadonlyMap<string, RegExp> = new Map([
  ['psql', /^(?:-c|--command)$/],
  ['mysql', /^(?:-e|--execute)$/],
  ['mariadb', /^(?:-e|--execute)$/],
  ['sqlcmd', /^-[qQ]$/],
  ['clickhouse-client', /^(?:-q|--query)$/],
  ['cockroach', /^(?:-e|--execute)$/],
  ['bq', /^query$/],
  ['snowsql', /^(?:-q|--query)$/],
  ['duckdb', /^(?:-c|-s)$/],
  ['usql', /^(?:-c|--command)$/],
  ['cqlsh', /^(?:-e|--execute)$/],
]);

const DESTROYS =
  /\b(?:drop\s+(?:table|database|schema|view|index|user|role|keyspace|collection|function|owned)|truncate\b|delete\s+from\s+[\w."`[\]]+\s*(?:;|$|where\s+(?:true|1\s*=\s*1|1)\s*(?:;|$))|update\s+[\w."`[\]]+\s+set\s+(?:(?!\bwhere\b)[^;])*(?:;|$)|alter\s+table\b[^;]*\bdrop\b)/i;

const RUNS =
  /\bxp_cmdshell\b|\bsys_(?:exec|eval)\s*\(|\bload_extension\s*\(|\bcopy\b[^;]*\b(?:from|to)\s+program\b|\bsp_OACreate\b|\binto\s+(?:outfile|dumpfile)\b/i;

/**
 * Statements given to a database client are read for the plainest destruction and for programs they run; the SQL guard
 * reads more.
 */
export function runLeadingSql(call: Call): void {
  const { name, words, span, reading, frame } = call;
  const texts: string[] = [];
  const option = CLIENTS.get(name);
  if (option !== undefined) {
    for (const [i, word] of words.entries()) {
      if (option.test(word)) texts.push(words[i + 1] ?? '');
      else if (/^(?:--command|--execute|--query)=/.test(word) || /^-[ecqQ]./.test(word)) texts.push(word);
    }
  } else if (name === 'sqlite3' || name === 'sqlite') texts.push(...words.slice(2));
  else return;
  if (frame.input?.text != null) texts.push(frame.input.text);
  const first = (pattern: RegExp): string | undefined =>
    texts.map((text) => pattern.exec(text.slice(0, SQL_LENGTH_MAX))?.[0]).find((found) => found !== undefined);
  const runs = first(RUNS);
  if (runs !== undefined)
    reading.trait('interpreter_escape', `\`${name}\` runs programs by \`${runs.slice(0, 60)}\``, span);
  const hit = first(DESTROYS);
  if (hit !== undefined) reading.trait('destructive', `\`${name}\` is given \`${hit.trim().slice(0, 60)}\``, span);
}

/** Characters of a statement looked at here. */
const SQL_LENGTH_MAX = 4_096;
