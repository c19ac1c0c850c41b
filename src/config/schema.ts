import { z } from 'zod';
import { TOP_SECTIONS } from './sections.ts';
import { gatewaySchema } from './sections/gateway.ts';
import { keySchema } from './sections/key.ts';
import { listenSchema } from './sections/listen.ts';
import { nameSchema } from './sections/names.ts';
import { upstreamSchema } from './sections/upstream.ts';

// A configuration is read once: compiling its schema to code would take longer than reading it.
z.config({ jitless: true });

/** The whole of veto.yaml. */
export const configSchema = z
  .strictObject({
    version: z.literal(1).default(1).describe('Version of this format.'),
    listen: listenSchema,
    public_url: z
      .string()
      .min(1)
      .optional()
      .describe('Address under which clients and people reach the gateway; for links, OAuth, Host and Origin checks.'),
    store: z
      .string()
      .min(1)
      .default('./veto-data')
      .describe('Folder of the embedded store, or a reference such as `env:DATABASE_URL` to `postgres://…`.'),
    profile: z
      .enum(['development', 'production'])
      .default('development')
      .describe('`production` refuses by default and demands https for everything that is not on this machine.'),
    environment: z
      .record(nameSchema, z.string())
      .default({})
      .describe('Labels of this deployment that rules can read, such as `env: staging`.'),
    gateways: z
      .record(nameSchema, gatewaySchema)
      .optional()
      .describe('Entry points by name. Left out: `default`, with every upstream behind it.'),
    upstreams: z.record(nameSchema, upstreamSchema).default({}).describe('MCP servers by name.'),
    keys: z.array(keySchema).default([]).describe('API keys declared here.'),
    ...TOP_SECTIONS,
  })
  .describe('Configuration of a Veto gateway.');

export type Config = z.infer<typeof configSchema>;
/** The same as people write it: what has a default may be left out. */
export type WrittenConfig = z.input<typeof configSchema>;
export type UpstreamConfig = Config['upstreams'][string];
