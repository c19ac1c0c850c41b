import * as z from 'zod';

/** The form of hand-written calls: lines of `--calls`, bodies of `…/evaluate`, `call:` of tests. */

export const PIN_STATES = ['pinned', 'new', 'changed', 'quarantined', 'rejected', 'unpinned'] as const;

export const callSchema = z
  .strictObject({
    method: z.string().optional(),
    server: z.string().optional(),
    tool: z.string().optional(),
    prompt: z.string().optional(),
    resource: z.string().optional(),
    arguments: z.record(z.string(), z.json()).optional(),
    principal: z
      .strictObject({
        id: z.string().optional(),
        kind: z.enum(['user', 'agent', 'service']).optional(),
        groups: z.array(z.string()).optional(),
        roles: z.array(z.string()).optional(),
        attributes: z.record(z.string(), z.json()).optional(),
        on_behalf_of: z
          .strictObject({
            id: z.string(),
            groups: z.array(z.string()).optional(),
            roles: z.array(z.string()).optional(),
          })
          .optional(),
      })
      .optional(),
    context: z
      .strictObject({
        env: z.string().optional(),
        labels: z.record(z.string(), z.string()).optional(),
        at: z.iso.datetime({ offset: true }).optional(),
        gateway: z.string().optional(),
        key: z.string().optional(),
        client: z.string().optional(),
        client_version: z.string().optional(),
        transport: z.enum(['streamable-http', 'sse', 'stdio']).optional(),
        revision: z.string().optional(),
        address: z.string().optional(),
        session: z.string().optional(),
        pin_state: z.enum(PIN_STATES).optional(),
        history: z
          .record(z.string(), z.int().min(0))
          .optional()
          .describe('Calls that passed before, by tool: `{ read_secret: 1 }`.'),
        roots: z.array(z.string()).optional(),
      })
      .optional(),
    definition: z.record(z.string(), z.json()).optional(),
    findings: z
      .array(
        z.strictObject({
          code: z.string(),
          at: z.string().optional(),
          why: z.string().optional(),
          by: z.string().optional(),
          locked: z.boolean().optional(),
          noted: z.boolean().optional(),
        }),
      )
      .optional(),
  })
  .describe('A call to decide on; everything but its target may be left out.');

export const testSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe('What the test shows.'),
    call: callSchema,
    expect: z
      .strictObject({
        action: z.enum(['allow', 'deny', 'require_approval']).describe('The outcome.'),
        rule: z.string().optional().describe('The rule that must decide.'),
        listed: z.boolean().optional().describe('Whether the target shows in lists.'),
      })
      .describe('What must come out.'),
  })
  .describe('A test: a call and what must come out.');

export type TestDocument = z.infer<typeof testSchema>;
export type CallDocument = z.infer<typeof callSchema>;
