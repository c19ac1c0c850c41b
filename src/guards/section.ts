import { z } from 'zod';
import { PII_CLASSES } from './pii/scan.ts';

/** Dialects of SQL and of shells that `types:` may name. */
const DIALECTS = ['postgres', 'mysql', 'sqlite', 'mssql', 'ansi', 'any', 'posix', 'powershell', 'cmd'] as const;

const argumentMode = z.enum(['off', 'block']);
const resultMode = z.enum(['off', 'record', 'redact', 'block']);

/** `guards:` in `veto.yaml`. */
export const guardsSection = z
  .strictObject({
    secrets: z
      .strictObject({
        arguments: argumentMode
          .default('block')
          .describe('Credentials in arguments: `block` reports a finding, which denies unless a rule waives it.'),
        results: resultMode
          .default('redact')
          .describe(
            'Credentials in tool results: `record`, `redact` (replaced for the client), `block` (result withheld).',
          ),
      })
      .prefault({})
      .describe('Credentials, by the formats that their issuers document.'),
    pii: z
      .strictObject({
        arguments: argumentMode.default('off').describe('Personal data in arguments.'),
        results: resultMode.default('off').describe('Personal data in tool results.'),
        classes: z
          .array(z.enum(PII_CLASSES))
          .default([...PII_CLASSES])
          .describe('Which personal data counts.'),
      })
      .prefault({})
      .describe('Personal data: mail addresses, phone numbers, cards, accounts, national and health identifiers.'),
    instructions: z
      .enum(['off', 'record', 'block'])
      .default('record')
      .describe('Orders to the model hidden in results: `record` marks the result and notes it, `block` withholds it.'),
    types: z
      .array(
        z.strictObject({
          server: z.string().optional().describe('Upstream; every one when absent.'),
          tool: z.string().describe("The upstream's own tool name."),
          argument: z.string().describe('Such as `path` or `files[*].path`.'),
          type: z.enum(['path', 'url', 'sql', 'shell', 'string']).describe('How to read it; `string` is plain text.'),
          base: z.string().optional().describe('Where relative paths start.'),
          dialect: z.enum(DIALECTS).optional().describe('Of SQL or of the shell.'),
        }),
      )
      .default([])
      .describe('Corrects how an argument is read, one line each.'),
    result_text_chars_max: z
      .number()
      .int()
      .min(1024)
      .default(4_000_000)
      .describe('Text of one result that is inspected, in characters; more is withheld when results are guarded.'),
  })
  .prefault({});

export type GuardsSection = z.infer<typeof guardsSection>;
