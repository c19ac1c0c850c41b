import { z } from 'zod';
import { GATEWAY_SECTIONS } from '../sections.ts';
import { nameSchema } from './names.ts';

/** One entry of `gateways:`. */
export const gatewaySchema = z
  .strictObject({
    upstreams: z.array(nameSchema).describe('Names of the upstreams behind this gateway, in the order of their tools.'),
    policies: z
      .array(z.union([z.string().min(1), z.record(z.string(), z.json())]))
      .default([])
      .describe('Policy files, or policy documents written out here. Watched and reloaded.'),
    mode: z
      .enum(['enforce', 'shadow'])
      .default('enforce')
      .describe('`shadow`: no rule is enforced; what would have been is recorded. Locked findings are still refused.'),
    evaluate: z
      .enum(['off', 'own', 'any'])
      .default('own')
      .describe(
        'Whom a key may ask about at `/v1/gateways/NAME/evaluate`: nobody, its own principal, or anybody. ' +
          'The answer shows rules.',
      ),
    ...GATEWAY_SECTIONS,
  })
  .describe('A named entry point with its upstreams and policies, at `/v1/mcp/NAME`.');
