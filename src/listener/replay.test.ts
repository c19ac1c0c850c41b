import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import { SessionStreams, type Carrier, type ReplayGauge } from './replay.ts';

/** A connection that remembers what it was given, and can break. */
class Wire implements Carrier {
  isGone = false;
  readonly got: string[] = [];
  readonly ids: string[] = [];
  #closers: (() => void)[] = [];

  send(text: string): boolean {
    if (this.isGone) return false;
    const id = /^id: (.*)$/m.exec(text)?.[1];
    if (id !== undefined) this.ids.push(id);
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? '';
    if (data !== '') this.got.push(data);
    return true;
  }

  end(): void {
    this.break();
  }

  onClose(run: () => void): void {
    this.#closers.push(run);
  }

  break(): void {
    if (this.isGone) return;
    this.isGone = true;
    for (const run of this.#closers) run();
  }
}

const LIMITS = { replayEventsMax: 100, replayBytesMax: 10_000, replayMs: 60_000, streamsPerSessionMax: 2 };

function make(limits: Partial<typeof LIMITS> = {}, gauge: ReplayGauge = { bytes: 0, bytesMax: 1_000_000 }) {
  const clock = new ManualClock();
  return { clock, gauge, streams: new SessionStreams(clock, { ...LIMITS, ...limits }, gauge) };
}

describe('the streams of a session', () => {
  it('lose nothing and repeat nothing, however often the connection breaks', () => {
    const step = fc.oneof(fc.constant('send'), fc.constant('break'), fc.constant('resume'));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, primes) => {
        const { streams } = make();
        streams.primes = primes;
        let wire = new Wire();
        const track = streams.begin(wire);
        const received: string[] = [];
        let lastId = '';
        let sent = 0;
        const resume = (): void => {
          received.push(...wire.got.splice(0));
          lastId = wire.ids.at(-1) ?? lastId;
          if (lastId === '') return;
          wire.break();
          const next = new Wire();
          expect(streams.resume(lastId, () => next)).toBe('resumed');
          wire = next;
        };
        for (const what of steps) {
          if (what === 'send') track.send(`m${sent++}`);
          else if (what === 'break') wire.break();
          else resume();
        }
        resume();
        received.push(...wire.got);
        const all = Array.from({ length: sent }, (_, i) => `m${i}`);
        expect(received).toEqual(lastId === '' ? all.slice(0, received.length) : all);
      }),
    );
  });

  it('never send one message on two streams', () => {
    const { streams } = make();
    const [a, b] = [new Wire(), new Wire()];
    streams.listen(a);
    streams.listen(b);
    for (let i = 0; i < 5; i++) streams.send(`m${i}`);
    b.break();
    streams.send('m5');
    expect([a.got, b.got]).toEqual([['m5'], ['m0', 'm1', 'm2', 'm3', 'm4']]);
  });

  it('give way, oldest first, when there are too many', () => {
    const { streams } = make();
    const wires = [new Wire(), new Wire(), new Wire()];
    for (const wire of wires) streams.listen(wire);
    expect(wires.map((wire) => wire.isGone)).toEqual([true, false, false]);
  });

  it('keep what nobody listens to for the next listener, each text once', () => {
    const { streams } = make();
    for (let i = 0; i < 1000; i++) streams.send('changed');
    const wire = new Wire();
    streams.listen(wire);
    streams.send('changed');
    expect(wire.got).toEqual(['changed', 'changed']);
  });

  it('bound what they keep in events, bytes and time, and in all sessions together', () => {
    const { streams, gauge, clock } = make({ replayEventsMax: 10, replayBytesMax: 1000 });
    const track = streams.begin(new Wire());
    for (let i = 0; i < 50; i++) track.send(`${i}`.padStart(300, '.'));
    expect(gauge.bytes).toBe(900);
    track.send('x'.repeat(1001));
    expect(gauge.bytes).toBe(900);
    clock.advance(60_001);
    streams.prune();
    expect([gauge.bytes, streams.isIdle]).toEqual([0, true]);
    const full = make({}, { bytes: 0, bytesMax: 10 });
    full.streams.begin(new Wire()).send('more than ten bytes');
    expect(full.gauge.bytes).toBe(0);
  });

  it('give everything back when the session ends', () => {
    const { streams, gauge } = make();
    const wire = new Wire();
    streams.listen(wire);
    streams.send('m');
    streams.begin(new Wire()).send('n');
    expect(gauge.bytes).toBe(2);
    streams.close();
    expect([gauge.bytes, wire.isGone]).toEqual([0, true]);
  });

  it.each(['', 'p1', 'x1-1', 'p1-1-1', 'p-1-1', 'p1-1\n', 'p9999999999-1', '__proto__-1'])(
    'take %j for no event id',
    (id) => {
      expect(make().streams.resume(id, () => new Wire())).toBe('malformed');
    },
  );

  it('know when a finished stream has nothing more', () => {
    const { streams } = make();
    const track = streams.begin(new Wire());
    track.send('answer');
    track.finish();
    const again = new Wire();
    expect(streams.resume('p1-0', () => again)).toBe('resumed');
    expect([again.got, again.isGone]).toEqual([['answer'], true]);
    expect(streams.resume('p1-1', () => new Wire())).toBe('over');
  });
});
