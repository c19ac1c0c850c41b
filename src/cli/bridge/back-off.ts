import type { BridgePorts } from './ports.ts';

/**
 * How long to wait before the next attempt, in milliseconds: doubling from `retryMs` to `retryMaxMs`, spread over the
 * upper half so that bridges cut off together do not come back together; never less than the server asked for.
 */
export function waitBeforeRetry(
  failures: number,
  askedMs: number | null,
  { limits, jitter }: Pick<BridgePorts, 'limits' | 'jitter'>,
): number {
  const stepMs = limits.retryMs * 2 ** Math.min(failures, 16);
  const waitMs = stepMs * (0.5 + jitter() / 2);
  return Math.min(Math.max(waitMs, askedMs ?? 0), limits.retryMaxMs);
}
