import { z } from 'zod';
import { upstreamSection } from '../../upstreams/section.ts';
import { UPSTREAM_SECTIONS } from '../sections.ts';

/** One entry of `upstreams:`. What fits which transport, and what an address may be, is checked by `rules.ts`. */
export const upstreamSchema = upstreamSection
  .extend({
    cwd: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('Its working directory; the folder of this file when absent.'),
    url: z.string().min(1).nullable().default(null).describe('Endpoint, for HTTP transports.'),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .describe('Headers of every request. Secrets as `env:NAME`, `Bearer env:NAME` or `file:path`.'),
    env: z
      .record(z.string(), z.string())
      .default({})
      .describe('Its environment besides PATH and HOME. Secrets as `env:NAME` or `file:path`.'),
    ...UPSTREAM_SECTIONS,
  })
  .describe('An MCP server behind the gateway.');
