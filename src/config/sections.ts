import { z } from 'zod';
import { auditSection } from '../audit/section.ts';
import { gatewaySection } from '../gateway/section.ts';
import { guardsSection } from '../guards/section.ts';
import { integritySection } from '../integrity/section.ts';
import { countersSection } from '../limits/section.ts';
import { listenerSection } from '../listener/section.ts';
import { upstreamLimitsSection } from '../upstreams/section.ts';

/** What each room adds at the top of veto.yaml. A new room is one import and one line. */
export const TOP_SECTIONS = {
  listener: listenerSection.prefault({}).describe('The door towards clients: sizes, times, sessions, floods.'),
  audit: auditSection.describe('The record of every decision: how durable it is and what it may hold.'),
  counters: countersSection,
  guards: guardsSection.describe('What is looked for in arguments and results.'),
  limits: gatewaySection.prefault({}).describe('Limits of the gateway itself.'),
} as const;

/** What rooms add to each entry of `gateways:`. */
export const GATEWAY_SECTIONS = {
  integrity: integritySection.prefault({}).describe('Pins and poisoning checks of what the upstreams offer.'),
} as const;

/** What rooms add to each entry of `upstreams:`. What is left out there is as the gateway has it. */
export const UPSTREAM_SECTIONS = {
  limits: upstreamLimitsSection.prefault({}).describe('Limits of this upstream.'),
  integrity: overriding(integritySection.shape).optional().describe('Where this upstream differs from its gateway.'),
} as const;

type Overriding<Shape extends z.ZodRawShape> = { [Key in keyof Shape]: z.ZodOptional<z.ZodType<z.output<Shape[Key]>>> };

/** The same keys without defaults: absent stays absent, so that something else can fill it in. */
function overriding<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Overriding<Shape>, z.core.$strict> {
  const entries = Object.entries(shape).map(([key, field]) => {
    const bare = field instanceof z.ZodDefault ? field.unwrap() : field;
    const optional = z.optional(bare);
    const { description } = z.globalRegistry.get(field) ?? {};
    return [key, description === undefined ? optional : optional.describe(description)];
  });
  return z.strictObject(Object.fromEntries(entries) as Overriding<Shape>); // same keys, same order
}
