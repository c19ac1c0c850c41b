import { z } from 'zod';

/** How many definitions of one upstream are pinned, all kinds together. */
const DEFINITIONS_MAX = 20_000;

/** The `integrity:` section, for a gateway and, overriding it, for an upstream. */
export const integritySection = z
  .strictObject({
    pin: z
      .enum(['first_use', 'review'])
      .default('first_use')
      .describe('whether a definition is trusted when first seen without findings, or only after a person reviewed it'),
    on_dangerous: z
      .enum(['serve_approved', 'block'])
      .default('serve_approved')
      .describe(
        'what becomes of the approved definition while a dangerous change waits; incompatible ones always block',
      ),
    definitions_max: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(DEFINITIONS_MAX)
      .describe('definitions of one upstream that are pinned, count; what comes beyond is withheld'),
  })
  .describe('pins and poisoning checks for what upstreams offer');

export type IntegritySettings = z.infer<typeof integritySection>;
