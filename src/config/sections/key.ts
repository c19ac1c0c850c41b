import { z } from 'zod';
import { nameSchema } from './names.ts';

const principalSchema = z
  .strictObject({
    id: z.string().min(1).max(256).describe('Name of the principal in rules and records.'),
    kind: z.enum(['user', 'agent', 'service']).default('user').describe('What the principal is.'),
    groups: z.array(z.string().min(1)).default([]).describe('Groups that rules can name.'),
    roles: z.array(z.string().min(1)).default([]).describe('Roles that rules can name.'),
    attributes: z.record(z.string(), z.json()).default({}).describe('Anything else that rules can read.'),
  })
  .describe('Who calls with this key.');

/** One entry of `keys:`. */
export const keySchema = z
  .strictObject({
    name: nameSchema.describe('Name of the key, shown in lists and records.'),
    gateway: nameSchema.default('default').describe('The only gateway that the key opens.'),
    secret: z.string().min(1).describe('Where the text of the key is: `env:NAME` or `file:path`.'),
    principal: principalSchema,
    expires: z.iso
      .datetime({ offset: true, error: 'a time such as `2027-01-01T00:00:00Z`' })
      .optional()
      .describe('When the key stops working, such as `2027-01-01T00:00:00Z`.'),
  })
  .describe('An API key that is declared here rather than created with `veto keys`.');
