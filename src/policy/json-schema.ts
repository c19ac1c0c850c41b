import * as z from 'zod';
import type { JsonObject } from '../core/json.ts';
import { policyFileSchema } from './schema.ts';

/** The JSON Schema (2020-12) of a policy file, for editors; published as `schema/policies.schema.json`. */
export function policiesJsonSchema(): JsonObject {
  const schema = z.toJSONSchema(policyFileSchema, { target: 'draft-2020-12', io: 'input' });
  return { title: 'Veto policies', ...(schema as JsonObject) }; // zod's own type is wider than JSON, its value is not
}
