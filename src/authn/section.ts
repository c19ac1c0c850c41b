import { z } from 'zod';

const names = z.array(z.string().min(1).max(256)).max(1_000).default([]);

/** `principal:` of a key. */
export const principalSection = z.strictObject({
  id: z.string().min(1).max(256).describe('who calls with this key'),
  kind: z.enum(['user', 'agent', 'service']).default('user').describe('what kind of caller it is'),
  groups: names.describe('groups that policies can ask for'),
  roles: names.describe('roles that policies can ask for'),
  attributes: z.record(z.string(), z.json()).default({}).describe('anything else that policies can ask for'),
});

/** `keys:` in veto.yaml: read-only at run time, beside the keys of `veto keys`. */
export const keysSection = z
  .array(
    z.strictObject({
      name: z.string().min(1).max(128).describe('for people; unique among the declared keys'),
      gateway: z.string().min(1).default('default').describe('the only gateway that accepts this key'),
      secret: z
        .string()
        .regex(/^(env|file):./, 'a secret is a reference: `env:NAME` or `file:path`')
        .describe('where the key text comes from, `env:NAME` or `file:path`; at least 20 characters'),
      principal: principalSection.describe('who calls with this key'),
    }),
  )
  .max(10_000)
  .refine((keys) => new Set(keys.map((key) => key.name)).size === keys.length, 'two keys have the same name')
  .default([])
  .describe('API keys declared here instead of created by `veto keys create`.');

export type KeysSection = z.infer<typeof keysSection>;
