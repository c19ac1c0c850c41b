import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../core/fault.ts';
import { SseDecoder, type SseEvent } from './sse-decoder.ts';

function decode(chunks: readonly Buffer[], eventBytesMax = 1_000_000) {
  const events: SseEvent[] = [];
  const skipped = { bytes: 0, lines: 0, times: 0 };
  const decoder = new SseDecoder(
    eventBytesMax,
    (event) => events.push(event),
    (bytes, lines) => {
      skipped.bytes += bytes;
      skipped.lines += lines;
      skipped.times++;
    },
  );
  for (const chunk of chunks) decoder.push(chunk);
  return { events, decoder, skipped };
}

const text = (source: string) => decode([Buffer.from(source)]).events;

describe('SseDecoder', () => {
  it.each([
    ['a plain event', 'data: one\n\n', [{ type: 'message', data: 'one' }]],
    ['several lines of data', 'data: a\ndata: b\n\n', [{ type: 'message', data: 'a\nb' }]],
    ['a named event', 'event: endpoint\ndata: /x\n\n', [{ type: 'endpoint', data: '/x' }]],
    ['comments', ': keep-alive\r\n\r\ndata:x\r\n\r\n', [{ type: 'message', data: 'x' }]],
    ['a byte order mark', '\ufeffdata: x\n\n', [{ type: 'message', data: 'x' }]],
    ['only one blank taken off', 'data:  x\n\n', [{ type: 'message', data: ' x' }]],
    ['a name that does not outlive its event', 'event: a\n\ndata: x\n\n', [{ type: 'message', data: 'x' }]],
    ['an event without data', 'id: 7\ndata:\n\n', []],
    ['an event without its empty line', 'data: lost\n', []],
    ['unknown fields', 'colour: red\ndata: x\n\n', [{ type: 'message', data: 'x' }]],
  ])('reads %s', (_, source, events) => {
    expect(text(source)).toEqual(events);
  });

  it('remembers the last id and the retry time', () => {
    const { decoder } = decode([Buffer.from('id: 7\nretry: 250\ndata:\n\nid: b\0ad\nretry: soon\n\n')]);
    expect(decoder.lastEventId).toBe('7');
    expect(decoder.retryMs).toBe(250);
  });

  it('gives the same events however the bytes are split and the lines end', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 12 }).map((s) => s.replace(/[\r\n]/g, ' '));
    const line = fc.oneof(
      word.map((w) => `data: ${w}`),
      word.map((w) => `event:${w}`),
      word.map((w) => `: ${w}`),
      fc.constant(''),
    );
    const ends = fc.constantFrom('\n', '\r', '\r\n');
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), ends, fc.array(fc.nat(400)), (lines, end, cuts) => {
        const whole = Buffer.from([...lines, '', ''].join(end));
        const at = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
        const chunks = [0, ...at].map((from, i) => whole.subarray(from, at[i] ?? whole.length));
        const plain = text([...lines, '', ''].join('\n'));
        expect(decode(chunks).events).toEqual(plain);
        expect(decode([...whole].map((byte) => Buffer.from([byte]))).events).toEqual(plain);
      }),
    );
  });

  it.each([
    ['comments', ': hi\n', 4, 1],
    ['blank lines', '\r\n', 0, 1],
    ['fields without data', 'event: x\n\n', 8, 1],
    ['empty data', 'data:\n\n', 0, 2],
    ['unknown fields', 'a\nb\nc\nd\ne\n\n', 5, 3],
  ])('tells of %s, once per chunk however many there are', (_, source, bytes, lines) => {
    const { events, skipped } = decode([Buffer.from(source.repeat(1000)), Buffer.from(source.repeat(1000))]);
    expect([events, skipped.bytes, skipped.times]).toEqual([[], 2000 * bytes, 2]);
    expect(skipped.lines).toBeGreaterThanOrEqual(2000 * lines);
  });

  it('counts no line of an event, and of its fields only the bytes', () => {
    const { events, skipped } = decode([Buffer.from('event: message\nid: 7\nretry: 9\ndata: x\ndata: y\n\n')]);
    expect([events.length, skipped]).toEqual([1, { bytes: 14 + 5 + 8, lines: 0, times: 1 }]);
  });

  it('bounds an event that never ends, by one line or by many', () => {
    expect(() => decode([Buffer.alloc(101, 'x')], 100)).toThrow(Fault);
    const many = Array.from({ length: 30 }, () => Buffer.from('data: x\n'));
    expect(() => decode(many, 100)).toThrow('larger than 100 bytes');
    const names = Array.from({ length: 30 }, () => Buffer.from('event: x\n'));
    expect(() => decode(names, 100)).toThrow('larger than 100 bytes');
  });
});
