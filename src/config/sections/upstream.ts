import { z } from 'zod';
import { UPSTREAM_SECTIONS } from '../sections.ts';

const TIMEOUT_MS_MAX = 86_400_000;

const relaySchema = z
  .strictObject({
    sampling: z.boolean().default(false).describe('Whether the server may ask the client for model output.'),
    elicitation: z.boolean().default(false).describe('Whether the server may ask the user questions.'),
    roots: z.boolean().default(false).describe('Whether the server may see the folders that the client offers.'),
  })
  .prefault({})
  .describe('Requests of the server that are passed on to clients.');

/** One entry of `upstreams:`. What fits which transport is checked by `rules.ts`. */
export const upstreamSchema = z
  .strictObject({
    transport: z
      .enum(['stdio', 'streamable-http', 'sse', 'auto'])
      .default('auto')
      .describe('How to reach the server. `auto`: stdio where there is a `command`, else found out by asking.'),
    command: z.string().min(1).optional().describe('Program to start (stdio).'),
    args: z.array(z.string()).default([]).describe('Arguments of the program (stdio).'),
    cwd: z.string().min(1).optional().describe('Working directory of the program; default: the folder of this file.'),
    env: z
      .record(z.string(), z.string())
      .default({})
      .describe('Environment of the program; only these, `PATH` and `HOME` reach it. Secrets as `env:` or `file:`.'),
    url: z.string().min(1).optional().describe('Address of the server (streamable-http, sse).'),
    headers: z
      .record(z.string(), z.string())
      .default({})
      .describe('Headers sent to the server. Secrets as `env:NAME`, `Bearer env:NAME` or `file:path`.'),
    era: z.enum(['auto', 'modern', 'legacy']).default('auto').describe('Generation of the protocol; `auto` asks.'),
    isolation: z
      .enum(['session', 'principal', 'shared'])
      .default('principal')
      .describe('Who shares a connection or process: one session, one principal, or everybody.'),
    roots: z.array(z.string().min(1)).default([]).describe('Folders that path checks hold arguments against.'),
    timeout_ms: z.int().min(1).max(TIMEOUT_MS_MAX).default(60_000).describe('Longest duration of one call.'),
    relay: relaySchema,
    ...UPSTREAM_SECTIONS,
  })
  .describe('An MCP server behind the gateway.');
