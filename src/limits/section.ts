import { z } from 'zod';

/** `counters:` in veto.yaml: bounds of the counting itself; the limits are written in policies. */
export const countersSection = z
  .strictObject({
    keys_max: z
      .int()
      .min(100)
      .max(10_000_000)
      .default(100_000)
      .describe('sliding windows remembered at once; beyond that, calls that would open another are refused'),
    charges_max: z
      .int()
      .min(1_000)
      .max(100_000_000)
      .default(2_000_000)
      .describe(
        'counted calls remembered at once over all windows, 16 bytes each; beyond that, counted calls are refused',
      ),
  })
  .prefault({})
  .describe('Bounds of counting for the rate limits of policies.');

export type CountersSection = z.infer<typeof countersSection>;
