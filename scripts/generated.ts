import { controlPlaneDocument } from './control-plane-document.ts';
import { controlPlaneReference } from './control-plane-reference.ts';
import { configJsonSchema } from '../src/config/load.ts';
import { configurationReference } from './configuration-reference.ts';
import { policiesJsonSchema } from '../src/policy/json-schema.ts';
import { policyReference } from './policy-reference.ts';
import { refusalsReference } from './refusals-reference.ts';

/** A file that is made from the code. */
export interface Generated {
  readonly path: string;
  readonly make: () => string;
}

const controlPlane = await controlPlaneDocument();

/** Everything that `npm run generate` writes and a test compares. */
export const GENERATED: readonly Generated[] = [
  { path: 'schema/veto.schema.json', make: () => `${JSON.stringify(configJsonSchema(), null, 2)}\n` },
  { path: 'docs/reference/configuration.md', make: () => configurationReference(configJsonSchema()) },
  { path: 'schema/policies.schema.json', make: () => `${JSON.stringify(policiesJsonSchema(), null, 2)}\n` },
  { path: 'docs/reference/policy-language.md', make: () => policyReference(policiesJsonSchema()) },
  { path: 'docs/reference/refusals.md', make: refusalsReference },
  { path: 'schema/control-plane.openapi.json', make: () => `${JSON.stringify(controlPlane, null, 2)}\n` },
  { path: 'docs/reference/control-plane.md', make: () => controlPlaneReference(controlPlane) },
];
