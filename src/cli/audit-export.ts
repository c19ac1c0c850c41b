import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Exporter } from '../audit/export/exporter.ts';
import { EXPORTERS } from '../audit/export/exporters.ts';
import type { RecordQuery } from '../audit/record.ts';
import { appendOnce } from '../store/sqlite/append-once.ts';
import type { RecordReader } from '../store/sqlite/record-reader.ts';
import type { Io } from './io.ts';
import { UsageError, writeJson } from './output.ts';

export interface ExportOptions {
  readonly json?: boolean;
  readonly format: (typeof EXPORTERS)[number]['name'];
  readonly out?: string;
}

export const FORMATS = EXPORTERS.map(({ name }) => name);

/**
 * Writes every record that answers the query, in the order of the chain, up to the last one of this moment. The export
 * is itself recorded first: who took what out.
 */
export async function exportRecords(
  io: Io,
  options: ExportOptions,
  directory: string,
  reader: RecordReader,
  query: Omit<RecordQuery, 'limit'>,
): Promise<void> {
  const exporter: Exporter | undefined = EXPORTERS.find(({ name }) => name === options.format);
  if (!exporter) throw new UsageError(`there is no format \`${options.format}\`; there are ${FORMATS.join(', ')}`);
  const last = reader.head()?.seq ?? 0;
  const sink = options.out === undefined ? null : openSink(resolve(io.folder, options.out));
  try {
    appendOnce(directory, {
      kind: 'admin',
      atMs: io.clock.nowMs(),
      callId: '',
      gateway: '',
      principal: `local:${io.user}`,
      code: 'audit.exported',
      detail: { format: exporter.name, upTo: last, query: JSON.stringify(query) },
    });
    const write = sink === null ? (text: string) => io.out(text) : (text: string) => void writeSync(sink, text);
    let count = 0;
    if (exporter.head !== '') write(exporter.head);
    for await (const record of reader.query({ ...query, limit: Number.MAX_SAFE_INTEGER })) {
      if (record.seq > last || io.signal.aborted) break;
      write(exporter.line(record));
      count++;
    }
    if (sink === null) return;
    if (options.json) writeJson(io, { records: count, upTo: last, file: options.out ?? '' });
    else io.out(`${count} records, up to number ${last}, are in \`${options.out ?? ''}\`\n`);
  } finally {
    if (sink !== null) closeSync(sink);
  }
}

/** A new file that only its owner can read: records hold arguments. */
function openSink(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`\`${path}\` cannot be written: ${why}; name a file that is not there yet`);
  }
}
