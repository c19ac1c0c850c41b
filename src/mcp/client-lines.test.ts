import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { idOfDropped, LineDecoder, type DroppedLine } from './client-lines.ts';

function decode(chunks: readonly Buffer[], lineBytesMax = 1000) {
  const lines: string[] = [];
  const dropped: DroppedLine[] = [];
  const skipped = { bytes: 0, lines: 0, times: 0 };
  const decoder = new LineDecoder(lineBytesMax, {
    line: (line) => lines.push(line.toString('utf8')),
    dropped: (line) => dropped.push(line),
    skipped: (bytes, count) => {
      skipped.bytes += bytes;
      skipped.lines += count;
      skipped.times++;
    },
  });
  for (const chunk of chunks) decoder.push(chunk);
  return { lines, dropped, skipped };
}

describe('LineDecoder', () => {
  it('gives the same lines however the bytes are split', () => {
    const line = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .map((s) => `x${s.replace(/[\r\n]/g, '')}`);
    fc.assert(
      fc.property(fc.array(line, { maxLength: 10 }), fc.constantFrom('\n', '\r\n'), (lines, end) => {
        const whole = Buffer.from(lines.map((text) => text + end).join(''));
        expect(decode([whole]).lines).toEqual(lines);
        expect(decode([...whole].map((byte) => Buffer.from([byte]))).lines).toEqual(lines);
      }),
    );
  });

  it('drops blank lines, and what has no end yet', () => {
    expect(decode([Buffer.from('\n\r\na\n\nb')]).lines).toEqual(['a']);
  });

  it('tells of all that it makes no line of, once per chunk however much that is', () => {
    const blank = decode([Buffer.from('\n'.repeat(1000)), Buffer.from('a\r\n'), Buffer.from('\r\n'.repeat(1000))]);
    expect(blank).toMatchObject({ lines: ['a'], skipped: { bytes: 3000, lines: 2000, times: 2 } });
    const endless = decode([...Array.from({ length: 50 }, () => Buffer.alloc(100, 'x')), Buffer.from('x\n')], 250);
    expect(endless.skipped).toEqual({ bytes: 5001 - 250, lines: 0, times: 49 });
    expect(endless.dropped.map(({ bytes }) => bytes)).toEqual([5001]);
  });

  it('drops a line that is too long, keeps both its ends and goes on with the next', () => {
    const long = `{"jsonrpc":"2.0","id":7,"result":"${'x'.repeat(5000)}"}`;
    for (const size of [1, 7, 100, 10_000]) {
      const whole = Buffer.from(`before\n${long}\nafter\n`);
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
        whole.subarray(i * size, (i + 1) * size),
      );
      const { lines, dropped } = decode(chunks);
      expect(lines).toEqual(['before', 'after']);
      expect(dropped).toHaveLength(1);
      expect(dropped[0]?.bytes).toBe(long.length);
      expect(dropped[0] && idOfDropped(dropped[0])).toBe(7);
    }
  });

  it('tells the id only where its place is beyond doubt', () => {
    const id = (head: string, tail = '') => idOfDropped({ bytes: 0, head, tail });
    expect(id('{"id":3,"result":{')).toBe(3);
    expect(id('{"result":{', '"x"},"jsonrpc":"2.0","id":12}')).toBe(12);
    expect(id('{"result":{"a":1,', '"b":2,"id":12}}')).toBeNull();
    expect(id('{"result":{"id":3,')).toBeNull();
    expect(id('{"id":"3","result":{')).toBeNull();
  });
});
