import { z } from 'zod';

/** Limits of the gateway room, as written under `limits:` in veto.yaml. */
export const gatewaySection = z.strictObject({
  list_page_entries: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(1_000)
    .describe('Entries on one page of a merged list.'),
  list_wait_ms: z
    .number()
    .int()
    .min(100)
    .default(10_000)
    .describe('Milliseconds that a caller waits for the lists of an upstream that does not answer.'),
  input_rounds: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe('Times that one call may ask the client for more input.'),
  parked_calls: z
    .number()
    .int()
    .min(1)
    .default(1_000)
    .describe('Calls that wait, open, for the input of a stateless client.'),
  parked_calls_per_principal: z.number().int().min(1).default(64).describe('Such calls of one principal.'),
  parked_ms: z
    .number()
    .int()
    .min(1_000)
    .default(300_000)
    .describe(
      'Milliseconds that such a call waits before it is cancelled upstream, and that a session may take to answer.',
    ),
  request_state_bytes: z
    .number()
    .int()
    .min(1_024)
    .default(65_536)
    .describe('Bytes of `requestState` accepted from a client.'),
  request_states_per_principal: z
    .number()
    .int()
    .min(1)
    .default(4_096)
    .describe('Values of `requestState` that one principal may use within `parked_ms`; each is good for one call.'),
  list_cache_ms: z
    .number()
    .int()
    .min(0)
    .default(0)
    .describe('`ttlMs` told to 2026-07-28 clients on lists, in milliseconds.'),
  subscribed_resources: z
    .number()
    .int()
    .min(0)
    .default(256)
    .describe('Resources that one session, or one `subscriptions/listen`, may subscribe to.'),
});

export type GatewayLimits = z.infer<typeof gatewaySection>;
