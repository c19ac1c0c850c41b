import { describe, expect, it } from 'vitest';
import { parseAnswer } from '../../../src/mcp/client-answer.ts';
import type { Pin, PinEvent, PinKey, PinStore, PinWrite } from '../../../src/integrity/ports.ts';

const key: PinKey = { gateway: 'default', upstream: 'files', kind: 'tool', name: 'read_file' };

function event(of: PinKey, version: number): PinEvent {
  const { gateway, upstream, kind, name } = of;
  return {
    gateway,
    upstream,
    kind,
    name,
    version,
    atMs: version,
    event: 'approved',
    from: null,
    to: 'pinned',
    fingerprint: 'f',
    previousFingerprint: null,
    body: { name, text: 'ü \u2028 \ud800' },
    verifier: { by: 'person', who: 'ann' },
    note: '',
  };
}

/** Version `version` of a pin, computed from the one before. */
function write(version: number, more: Partial<Pin> = {}): PinWrite {
  const pin: Pin = {
    ...key,
    version,
    status: 'pinned',
    approved: null,
    baseline: null,
    trustedSinceMs: null,
    waiting: null,
    unattended: 0,
    rejected: ['r'],
    ...more,
  };
  return { expectedVersion: version - 1, pin, event: event(pin, version) };
}

/** What every `PinStore` does. `open` gives an empty one each time. */
export function describePinStore(name: string, open: () => PinStore): void {
  describe(`pin store: ${name}`, () => {
    it('gives back pins and their history exactly as written', async () => {
      const pins = open();
      const text = '{"name":"read_file","__proto__":{"a":1},"n":[1.5,null,"\\ud800",9223372036854775807,1e400]}';
      const body = parseAnswer(text, 8);
      const approved = {
        body,
        fingerprint: 'f',
        verifier: { by: 'rule', who: 'r' },
        atMs: 5,
      } as unknown as Pin['approved'];
      const first = write(1, { approved, baseline: approved, status: 'changed' });
      expect(await pins.write([first])).toBe(true);
      expect(JSON.stringify((await pins.find({}))[0]?.approved?.body)).toBe(text);
      expect(await pins.write([write(2)])).toBe(true);
      expect(await pins.load('default', 'files')).toEqual([write(2).pin]);
      expect(await pins.history(key)).toEqual([first.event, write(2).event]);
      expect(JSON.stringify(await pins.history(key))).toBe(JSON.stringify([first.event, write(2).event]));
      expect(await pins.history({ ...key, name: 'other' })).toEqual([]);
    });

    it('writes only what was computed from the present version, all or nothing', async () => {
      const pins = open();
      await pins.write([write(1)]);
      const revision = pins.revision('default', 'files');
      expect(await pins.write([write(1)])).toBe(false);
      expect(await pins.write([write(3)])).toBe(false);
      expect(await pins.write([write(1, { name: 'new' }), write(3)])).toBe(false);
      expect(await pins.find({})).toEqual([write(1).pin]);
      expect(await pins.history({ ...key, name: 'new' })).toEqual([]);
      expect(pins.revision('default', 'files')).toBe(revision);
      expect(await pins.write([write(2), write(3)])).toBe(true);
      expect((await pins.load('default', 'files'))[0]?.version).toBe(3);
    });
  });
  describeRest(name, open);
}

function describeRest(name: string, open: () => PinStore): void {
  describe(`pin store: ${name}`, () => {
    it('lets one of two writers win', async () => {
      const pins = open();
      const both = await Promise.all([pins.write([write(1)]), pins.write([write(1, { status: 'rejected' })])]);
      expect(both.filter(Boolean)).toHaveLength(1);
    });

    it('tells upstreams apart in its revision', async () => {
      const pins = open();
      const before = [pins.revision('default', 'files'), pins.revision('default', 'db')];
      await pins.write([write(1)]);
      const [files = 0, db = 0] = before;
      expect(pins.revision('default', 'files')).toBeGreaterThan(files);
      expect(pins.revision('default', 'db')).toBe(db);
    });

    it('finds by every field, in order', async () => {
      const pins = open();
      const others: Partial<Pin>[] = [
        { name: 'z' },
        { name: 'a', status: 'new' },
        { upstream: 'db' },
        { gateway: 'a' },
        { kind: 'prompt' },
      ];
      await pins.write([write(1), ...others.map((one) => write(1, one))]);
      const found = async (filter: Parameters<PinStore['find']>[0]): Promise<string[]> =>
        (await pins.find(filter)).map((pin) => [pin.gateway, pin.upstream, pin.kind, pin.name].join(' '));
      expect(await found({})).toEqual([
        'a files tool read_file',
        'default db tool read_file',
        'default files prompt read_file',
        'default files tool a',
        'default files tool read_file',
        'default files tool z',
      ]);
      expect(await found({ status: 'new' })).toEqual(['default files tool a']);
      expect(await found({ gateway: 'default', upstream: 'files', kind: 'tool', name: 'z' })).toEqual([
        'default files tool z',
      ]);
      expect(await found({ upstream: '' })).toEqual([]);
      const after = { ...key, kind: 'prompt' } as const;
      expect(await found({ after, limit: 2 })).toEqual(['default files tool a', 'default files tool read_file']);
      expect(await found({ after, name: 'z', limit: 2 })).toEqual(['default files tool z']);
      expect(await found({ limit: 0 })).toEqual([]);
      const waiting = { body: {}, fingerprint: 'g', drift: 'review', findings: [], seenAtMs: 1 } as const;
      await pins.write([write(2, { waiting })]);
      expect(await found({ waiting: true })).toEqual(['default files tool read_file']);
      expect(await pins.load('a', 'files')).toHaveLength(1);
    });
  });
}
