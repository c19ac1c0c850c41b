import { z } from 'zod';
import { principalSection } from '../../authn/section.ts';
import { nameSchema } from './names.ts';

/** One entry of `keys:`. */
export const keySchema = z
  .strictObject({
    name: nameSchema.describe('Name of the key, shown in lists and records.'),
    gateway: nameSchema.default('default').describe('The only gateway that the key opens.'),
    secret: z.string().min(1).describe('Where the text of the key is: `env:NAME` or `file:path`.'),
    principal: principalSection.describe('Who calls with this key.'),
    expires: z.iso
      .datetime({ offset: true, error: 'a time such as `2027-01-01T00:00:00Z`' })
      .optional()
      .describe('When the key stops working, such as `2027-01-01T00:00:00Z`.'),
  })
  .describe('An API key that is declared here rather than created with `veto keys`.');
