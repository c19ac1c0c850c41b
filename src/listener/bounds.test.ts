import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { identityOf } from '../core/principal.ts';
import { Flood, networkOf } from './flood.ts';
import { LineReader } from './line-reader.ts';
import { IDLE_OWNERS_MAX, Quota } from './quota.ts';
import { findPlace } from './routes.ts';
import { listenerLimits, listenerSection } from './section.ts';

describe('Flood', () => {
  it('lets through the burst, then the steady rate', () => {
    const clock = new ManualClock();
    const flood = new Flood(clock, 10, 3);
    expect([1, 2, 3, 4].map(() => flood.count('a'))).toEqual([0, 0, 0, 100]);
    expect(flood.waitMs('a')).toBe(100);
    expect(flood.count('b')).toBe(0);
    clock.advance(100);
    expect([flood.count('a'), flood.count('a')]).toEqual([0, 100]);
    clock.advance(10_000);
    expect([1, 2, 3, 4].map(() => flood.count('a'))).toEqual([0, 0, 0, 100]);
  });

  it('never lets through more than burst and rate allow', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 100 }), (pausesMs) => {
        const clock = new ManualClock();
        const flood = new Flood(clock, 10, 5);
        let passed = 0;
        let elapsedMs = 0;
        for (const pauseMs of pausesMs) {
          clock.advance(pauseMs);
          elapsedMs += pauseMs;
          if (flood.count('a') === 0) passed++;
          expect(passed).toBeLessThanOrEqual(5 + elapsedMs / 100);
        }
      }),
    );
  });
});

describe('networkOf', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::1', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::ffff:192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['::1', '::2', true],
    ['fe80::1%eth0', 'fe80::2%eth0', true],
    ['', '192.0.2.1', false],
  ])('%s and %s are of one network: %s', (one, other, same) => {
    expect(networkOf(one) === networkOf(other)).toBe(same);
  });
});

describe('Quota', () => {
  it('is never exceeded, and everything can be given back', () => {
    const move = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean());
    fc.assert(
      fc.property(fc.array(move), (moves) => {
        const quota = new Quota(5, 3);
        const held = new Map<string, number>();
        for (const [owner, take] of moves) {
          const before = held.get(owner) ?? 0;
          if (!take) {
            quota.release(owner);
            held.set(owner, Math.max(0, before - 1));
          } else if (quota.take(owner)) held.set(owner, before + 1);
          const total = [...held.values()].reduce((sum, n) => sum + n, 0);
          expect([quota.total, total <= 5, (held.get(owner) ?? 0) <= 3]).toEqual([total, true, true]);
        }
      }),
    );
  });
});

describe('the owners of a quota', () => {
  it('are forgotten when too many of them hold nothing, never those who hold something', () => {
    const quota = new Quota(1_000_000, 1);
    const idle = (name: string): void => {
      expect(quota.take(name)).toBe(true);
      quota.release(name);
    };
    expect(quota.take('busy')).toBe(true);
    for (let n = 0; n < 3 * IDLE_OWNERS_MAX; n++) idle(`owner ${n}`);
    expect(quota.owners).toBeLessThanOrEqual(IDLE_OWNERS_MAX + 2);
    expect([quota.total, quota.take('busy')]).toEqual([1, false]);
    for (let n = 0; n < 5; n++) idle('again and again');
    quota.release('busy');
    expect([quota.total, quota.take('busy')]).toEqual([0, true]);
  });

  it('who all hold something cost no more each, however many they are', () => {
    const quota = new Quota(1_000_000, 1);
    for (let n = 0; n < 4 * IDLE_OWNERS_MAX; n++) quota.take(`owner ${n}`);
    expect([quota.total, quota.owners]).toEqual([4 * IDLE_OWNERS_MAX, 4 * IDLE_OWNERS_MAX]);
  });
});

describe('LineReader', () => {
  it('gives the same lines however the bytes are split', async () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ''));
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 20 }), fc.nat(50), async (lines, size) => {
        const got: (string | null)[] = [];
        const input = new PassThrough();
        const reader = new LineReader(input, 30, (line) => got.push(line?.toString() ?? null));
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        for (let at = 0; at < bytes.length; at += size + 1) input.write(bytes.subarray(at, at + size + 1));
        input.end();
        await reader.ended;
        expect(got.slice(0, -1)).toEqual(lines.map((line) => (Buffer.byteLength(line) > 30 ? null : line)));
        expect(got.at(-1)).toBe('');
      }),
      { numRuns: 50 },
    );
  });
});

describe('identityOf', () => {
  it('tells apart what is not the same principal', () => {
    const base = { groups: [], roles: [], attributes: {} };
    const alice = { ...base, id: 'alice', kind: 'user' as const };
    const bot = { ...base, id: 'bot', kind: 'agent' as const };
    const owners = [alice, bot, { ...alice, kind: 'agent' as const }, { ...bot, onBehalfOf: alice }];
    const tricky = { ...base, id: 'bot" for user "alice', kind: 'agent' as const };
    expect(new Set([...owners, tricky].map(identityOf)).size).toBe(5);
  });
});

describe('findPlace', () => {
  const routes = [
    {
      method: 'POST' as const,
      path: '/v1/gateways/{gateway}/evaluate',
      access: 'key' as const,
      handle: () => Promise.reject(new Error('not asked here')),
    },
  ];

  it.each([
    ['/v1/mcp/default', 'mcp'],
    ['/v1/mcp/default/', 'mcp'],
    ['/v1/mcp/a.b-c_9', 'mcp'],
    ['/v1/mcp/default/messages', 'messages'],
    ['/healthz', 'health'],
    ['/readyz', 'ready'],
    ['/v1/gateways/default/evaluate', 'route'],
    ['/v1/mcp/', 'nowhere'],
    ['/v1/mcp/../default', 'nowhere'],
    ['/v1/mcp/%64efault', 'nowhere'],
    ['/v1/mcp//default', 'nowhere'],
    ['/V1/mcp/default', 'nowhere'],
    ['//v1/mcp/default', 'nowhere'],
    ['/v1/mcp/default/messages/x', 'nowhere'],
    ['/v1/gateways/../evaluate', 'nowhere'],
    ['', 'nowhere'],
    ['*', 'nowhere'],
  ])('knows %s as %s', (path, kind) => {
    expect(findPlace('POST', path, routes).kind).toBe(kind);
  });
});

describe('the section', () => {
  it('names unit and default of every limit', () => {
    for (const [key, field] of Object.entries(listenerSection.shape)) {
      if (key.startsWith('allowed_')) continue;
      expect([key, field.description]).toEqual([key, expect.stringMatching(/Unit: [a-z ]+\.$/)]);
      expect([key, field.safeParse(undefined).success]).toEqual([key, true]);
    }
  });

  it('spells like the code', () => {
    expect(Object.keys(listenerLimits())).toContain('inFlightPerPrincipalMax');
  });
});
