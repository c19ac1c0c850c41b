import type { Surroundings } from '../main.ts';
import type { Io } from './io.ts';

/** The world of a command as the composition root wants it. */
export function surroundingsOf(io: Io): Surroundings {
  return { clock: io.clock, jitter: () => io.random(), report: (sentence) => io.err(`veto: ${sentence}\n`) };
}
