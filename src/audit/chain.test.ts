import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GENESIS, GENESIS_HASH, linkHash, verifyChain, type ChainVerdict } from './chain.ts';
import type { StoredRecord } from './record.ts';

function chain(bodies: readonly string[]): StoredRecord[] {
  let previousHash = GENESIS_HASH;
  return bodies.map((body, index) => {
    const record = { seq: index + 1, previousHash, hash: linkHash(previousHash, index + 1, body), body };
    previousHash = record.hash;
    return record;
  });
}

const six = chain(['a', 'b', 'c', 'd', 'e', 'f'].map((v) => JSON.stringify({ v })));
const last = six.at(-1);
const head = { seq: 6, hash: last?.hash ?? '' };

function kindAt(verdict: ChainVerdict): string {
  return verdict.intact ? 'intact' : `${verdict.kind} at ${verdict.seq}`;
}

function change(index: number, by: Partial<StoredRecord>): StoredRecord[] {
  return six.map((record, i) => (i === index ? { ...record, ...by } : record));
}

function swapped(): StoredRecord[] {
  const [a, b, c, d, ...rest] = six as [StoredRecord, StoredRecord, StoredRecord, StoredRecord];
  return [a, b, { ...d, seq: 3 }, { ...c, seq: 4 }, ...rest];
}

function rewrittenAt3(): StoredRecord[] {
  const body = '{"v":"forged"}';
  const previousHash = six[1]?.hash ?? '';
  return change(2, { body, hash: linkHash(previousHash, 3, body) });
}

describe('verifyChain', () => {
  it('freezes genesis and link', () => {
    expect(GENESIS_HASH).toBe('3c4dc9d2cfed5bc184d4f8aa4f6a379953c141be32b1ed18bba2b47a39e8ddc4');
    expect(linkHash(GENESIS_HASH, 1, '{}')).toBe('2edeec4b15335d0670230810cb82bdc258e1ef7142504f136bc8ea49d3ebab6f');
  });

  const cases: readonly [string, StoredRecord[], string][] = [
    ['untouched', six, 'intact'],
    ['empty', [], 'truncated at 1'],
    ['body edited', change(2, { body: '{"v":"x"}' }), 'edited at 3'],
    ['hash edited', change(2, { hash: GENESIS_HASH }), 'edited at 3'],
    ['one record removed', six.filter((r) => r.seq !== 3), 'removed at 3'],
    ['head cut off', six.slice(2), 'removed at 1'],
    ['tail cut off', six.slice(0, 4), 'truncated at 5'],
    ['two swapped in place', swapped(), 'reordered at 3'],
    ['two swapped in order', [...six.slice(0, 2), ...six.slice(2, 4).reverse(), ...six.slice(4)], 'removed at 3'],
    ['one twice', [...six.slice(0, 3), ...six.slice(2)], 'reordered at 3'],
    ['rewritten with a fitting hash', rewrittenAt3(), 'replaced at 4'],
    ['another history', chain(['1', '2', '3', '4', '5', '6']), 'replaced at 6'],
  ];
  it.each(cases)('%s', async (_, records, expected) => {
    expect(kindAt(await verifyChain(records, { head }))).toBe(expected);
  });

  it('starts anywhere, given where', async () => {
    const from = { seq: 2, hash: six[1]?.hash ?? '' };
    expect(await verifyChain(six.slice(2), { from })).toEqual({ intact: true, count: 4, head });
    expect(await verifyChain([], { from: GENESIS })).toEqual({ intact: true, count: 0, head: GENESIS });
  });

  it('notices every single change', async () => {
    const at = fc.nat({ max: 5 });
    const field = fc.constantFrom('body', 'hash', 'previousHash', 'seq');
    await fc.assert(
      fc.asyncProperty(at, field, fc.string({ minLength: 1 }), fc.integer(), async (index, name, text, number) => {
        const original = six[index];
        const value = name === 'seq' ? number : text;
        fc.pre(original?.[name] !== value);
        const verdict = await verifyChain(change(index, { [name]: value }), { head });
        expect(verdict.intact).toBe(false);
      }),
    );
  });
});
