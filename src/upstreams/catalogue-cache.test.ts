import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import { BackOff } from './back-off.ts';
import { CatalogueCache, CatalogueVersions, type Fetched } from './catalogue-cache.ts';

const offering = (names: readonly string[], ttlMs: number | null = null): Fetched => ({
  offer: {
    tools: names.map((name) => ({ kind: 'tool', name, body: { name } })),
    prompts: [],
    resources: [],
    templates: [],
    mirrored: new Map(),
    ttlMs,
  },
  introduction: { era: 'modern', revision: '2026-07-28', capabilities: {}, serverInfo: {}, instructions: null },
});

function cacheOf(ttlMs: number, answers: (Fetched | Fault)[]) {
  const clock = new ManualClock();
  const backOff = new BackOff({ clock, jitter: () => 0.5, baseMs: 1000, maxMs: 1000, free: 0 });
  const versions = new CatalogueVersions();
  const fetched = { count: 0 };
  const cache = new CatalogueCache(clock, ttlMs, backOff, versions, async () => {
    fetched.count++;
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (next === undefined || next instanceof Fault) throw next ?? new Fault('cancelled', 'no answer');
    return next;
  });
  return { cache, clock, fetched, versions };
}

describe('CatalogueCache', () => {
  it.each([
    [null, 60_000],
    [0, 2000],
    [10_000, 10_000],
    [3_600_000, 60_000],
  ])('keeps a list that the server calls fresh for %s ms for %s ms', async (ttlMs, keptMs) => {
    const { cache, clock, fetched } = cacheOf(60_000, [offering(['a'], ttlMs)]);
    await cache.get();
    clock.advance(keptMs - 1);
    await cache.get();
    expect(fetched.count).toBe(1);
    clock.advance(1);
    await cache.get();
    expect(fetched.count).toBe(2);
  });

  it('fetches once for all who ask at once, and again when a change was announced meanwhile', async () => {
    const { cache, fetched } = cacheOf(60_000, [offering(['a']), offering(['b'])]);
    const asked = [cache.get(), cache.get()];
    cache.invalidate();
    expect(new Set(await Promise.all(asked)).size).toBe(1);
    expect(fetched.count).toBe(1);
    expect((await cache.get()).tools[0]?.name).toBe('b');
    expect(cache.isFresh).toBe(true);
  });

  it('does not ask again before the back-off is over', async () => {
    const { cache, clock, fetched } = cacheOf(60_000, [new Fault('upstream_timeout', 'slow'), offering(['a'])]);
    await expect(cache.get()).rejects.toThrow('slow');
    await expect(cache.get()).rejects.toThrow('slow; not tried again for');
    expect(fetched.count).toBe(1);
    clock.advance(1000);
    expect((await cache.get()).tools).toHaveLength(1);
  });

  it('doubts only once per shortest freshness', async () => {
    const { cache, clock, fetched } = cacheOf(60_000, [offering(['a'])]);
    await cache.get();
    cache.doubt();
    expect(cache.isFresh).toBe(true);
    clock.advance(2000);
    await cache.get();
    expect(fetched.count).toBe(2);
  });
});

describe('CatalogueVersions', () => {
  it('grows with every new content and shares what is the same', () => {
    const versions = new CatalogueVersions();
    const first = versions.catalogue(offering(['a']), null);
    expect(versions.catalogue(offering(['a']), null)).toBe(first);
    const second = versions.catalogue(offering(['b']), first);
    expect(second.version).toBe(first.version + 1);
    expect(versions.catalogue(offering(['a']), first)).toBe(first);
    expect(versions.catalogue(offering(['a']), second).version).toBe(second.version + 1);
  });
});
