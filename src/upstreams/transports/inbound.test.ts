import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../core/clock.ts';
import { handOn, NoiseMeter, readMessages } from './inbound.ts';

const MIB = 1024 * 1024;

/** How many times in a row something may be said. */
function timesOf(say: () => boolean): number {
  let times = 0;
  while (say()) times++;
  return times;
}

describe('a meter of 1 MiB a second', () => {
  const metered = () => {
    const clock = new ManualClock();
    return { clock, noise: new NoiseMeter(clock, MIB) };
  };

  it('lets 16 MiB a second be passed over, for as long as one likes', () => {
    const { clock, noise } = metered();
    for (let second = 0; second < 60; second++, clock.advance(1000)) {
      for (let chunk = 0; chunk < 255; chunk++) expect(noise.skip(65_536, 1)).toBe(true);
    }
  });

  it.each<[string, (noise: NoiseMeter) => boolean, number]>([
    ['128 MiB that are passed over', (noise) => noise.skip(65_536, 0), 2048],
    ['half a million blank lines', (noise) => noise.skip(0, 1), 524_288],
    ['16 384 messages', (noise) => noise.take(1), 16_384],
    ['8 MiB of messages', (noise) => noise.take(65_536), 128],
  ])('has a burst of %s', (_, say, times) => {
    const { clock, noise } = metered();
    expect(timesOf(() => say(noise))).toBe(times);
    clock.advance(3_600_000);
    expect(timesOf(() => say(noise))).toBe(times);
  });

  it('gives back what was passed over of an answer, and no more than a burst', () => {
    const { noise } = metered();
    for (let line = 0; line < 20; line++) {
      for (let chunk = 0; chunk < 1500; chunk++) expect(noise.skip(65_536, 0)).toBe(true);
      noise.giveBack(1500 * 65_536);
    }
    expect(timesOf(() => noise.take(65_536))).toBe(128);
  });
});

describe('a batch', () => {
  const LOG = '{"jsonrpc":"2.0","method":"notifications/message","params":{}}';
  const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{}}';

  it('of anything but messages is reported once', () => {
    const ignored: string[] = [];
    expect(
      readMessages(`[${Array.from({ length: 100_000 }, () => 7).join(',')}]`, 8, (why) => ignored.push(why)),
    ).toEqual([]);
    expect(ignored).toHaveLength(1);
  });

  it('is paid for by each message that is no answer, until that is too much', () => {
    for (const [item, handed] of [
      [LOG, 1],
      [ANSWER, 100_000],
    ] as const) {
      let received = 0;
      const noise = new NoiseMeter(new ManualClock(), 1000);
      const receive = () => (received++, item === ANSWER);
      const batch = `[${Array.from({ length: 100_000 }, () => item).join(',')}]`;
      expect(handOn(batch, 8, noise, receive, () => undefined)).toBe(item === ANSWER);
      expect(received).toBe(handed);
    }
  });
});
