import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../../core/canonical-json.ts';
import type { JsonValue } from '../../core/json.ts';
import { GENESIS_HASH, linkHash } from '../chain.ts';
import { encodeRecord } from '../encode.ts';
import type { AuditRecord, StoredRecord } from '../record.ts';
import { csv } from './csv.ts';
import { jsonl } from './jsonl.ts';

function stored(record: AuditRecord): StoredRecord {
  const body = encodeRecord(record);
  return { seq: 1, previousHash: GENESIS_HASH, hash: linkHash(GENESIS_HASH, 1, body), body };
}

const base: AuditRecord = { kind: 'intend', atMs: Date.UTC(2026, 10, 22), callId: 'c', gateway: 'default' };
const anything = fc.jsonValue() as fc.Arbitrary<JsonValue>;
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('=1+1', '-2', '@x', '+y', '"', ',', '\r\n', "'"));

/** Reads what RFC 4180 describes; the naive counterpart of the exporter. */
function readCsv(line: string): string[] {
  const cells = line.slice(0, -2).matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))/g);
  return Array.from(cells, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

describe('jsonl', () => {
  it('holds the very text that was hashed, so that the file can be verified without the store', () => {
    fc.assert(
      fc.property(anything, text, (args, target) => {
        const record = stored({ ...base, target, arguments: args });
        const line = jsonl.line(record);
        expect(line.split('\n')).toHaveLength(2);
        const { seq, previousHash, hash } = JSON.parse(line) as StoredRecord;
        const body = line.slice(line.indexOf('"record":') + '"record":'.length, -2);
        expect(sha256(`${previousHash}\n${seq}\n${body}`)).toBe(hash);
      }),
    );
  });

  it('shows a broken body as what it is', () => {
    const line = jsonl.line({ ...stored(base), body: '{"kind":' });
    expect(JSON.parse(line)).toMatchObject({ seq: 1, broken: '{"kind":' });
  });
});

describe('csv', () => {
  const names = readCsv(csv.head);

  it('has a cell for each column, whatever is in the record, and none that is a formula', () => {
    fc.assert(
      fc.property(anything, text, text, (args, target, principal) => {
        const cells = readCsv(csv.line(stored({ ...base, target, principal, arguments: args, durationMs: -1 })));
        expect(cells).toHaveLength(names.length);
        const of = (name: string): string => cells[names.indexOf(name)] ?? '';
        expect(of('durationMs')).toBe('-1'); // a number, not text that somebody chose
        for (const name of ['target', 'principal']) expect(of(name)).not.toMatch(/^[=+\-@\t\r]/);
        if (typeof args !== 'number') expect(of('arguments')).not.toMatch(/^[=+\-@\t\r]/);
        expect(of('principal').replace(/^'(?=[=+\-@\t\r])/, '')).toBe(JSON.parse(JSON.stringify(principal)));
      }),
    );
  });

  it('has a heading and tells the time', () => {
    expect(csv.head).toMatch(/^seq,at,kind,atMs,callId,.*,previousHash,hash\r\n$/);
    expect(csv.line(stored(base))).toMatch(/^1,2026-11-22T00:00:00\.000Z,intend,/);
    expect(csv.line({ ...stored(base), body: 'x' })).toContain('""broken"":""x""');
  });
});
