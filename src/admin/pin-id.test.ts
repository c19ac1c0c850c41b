import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { PinKey } from '../integrity/ports.ts';
import { idOf, keyOf } from './pin-id.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const key: fc.Arbitrary<PinKey> = fc.record({
  gateway: text,
  upstream: text,
  kind: fc.constantFrom('tool', 'prompt', 'resource', 'template', 'server'),
  name: fc.oneof(text, fc.webUrl()),
});

it('an id names one pin, and stands in a path as it is', () => {
  fc.assert(
    fc.property(key, (pin) => {
      const id = idOf(pin);
      expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(keyOf(id)).toEqual(pin);
    }),
  );
});

it('no two spellings name the same pin', () => {
  const spelling = fc.tuple(
    key,
    fc.nat(),
    fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'),
  );
  fc.assert(
    fc.property(spelling, ([pin, at, letter]) => {
      const id = idOf(pin);
      const place = at % (id.length + 1);
      const other = `${id.slice(0, place)}${letter}${id.slice(place + 1)}`;
      fc.pre(other !== id);
      const named = keyOf(other);
      if (named !== null) {
        expect(named).not.toEqual(pin);
        expect(idOf(named)).toBe(other);
      }
    }),
  );
});
