import { z } from 'zod';

/** What the control plane says of pins, field by field: the forms of `gateway/review/`, and the words for them. */

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 over the whole definition in RFC 8785 form, 64 lower-case hexadecimal digits.');

const timeMs = z.number().describe('Milliseconds since the Unix epoch.');

export const KINDS = ['tool', 'prompt', 'resource', 'template', 'server'] as const;
const STATUSES = ['new', 'pinned', 'changed', 'quarantined', 'rejected', 'retired'] as const;
const drift = z.enum(['none', 'harmless', 'review', 'dangerous']);

const verifier = z
  .strictObject({
    by: z.enum(['person', 'rule', 'first_use', 'agent']).describe('`agent` never vouches; it only brings news.'),
    who: z.string().describe('Id of the principal of the administrator, or name of the rule.'),
  })
  .meta({ id: 'Verifier', description: 'Who vouches.' });

const pinFields = {
  id: z.string().describe('Names the pin in paths. Opaque, never changes.'),
  gateway: z.string(),
  server: z.string().describe('Name of the upstream in the configuration.'),
  kind: z.enum(KINDS).describe('`server` is its own surface: name, version, instructions, capabilities.'),
  name: z.string().describe('Of resources the URI, of templates the URI template, of the server empty.'),
  status: z.enum(STATUSES),
  version: z.int().describe('Grows by one with every change of the pin.'),
  trustedSinceMs: timeMs.nullable().describe('When somebody first vouched for the name; null before and after.'),
  approved: z
    .strictObject({ fingerprint, verifier, atMs: timeMs })
    .nullable()
    .describe('What agents see unless the pin is quarantined or retired.'),
  waiting: z
    .strictObject({ fingerprint, drift, findings: z.int().describe('How many.'), seenAtMs: timeMs })
    .nullable()
    .describe('What the server offers and nobody has vouched for.'),
};

export const pinSchema = z.strictObject(pinFields).meta({ id: 'Pin', description: 'A pin without its definitions.' });

export const pinListSchema = z
  .strictObject({
    pins: z.array(pinSchema).describe('In the order of gateway, server, kind and name.'),
    next: z.string().nullable().describe('What to give as `after` for the next page; null on the last one.'),
  })
  .meta({ id: 'PinList' });

const line = z.strictObject({
  sign: z.enum(['-', '+']).describe('`-`: only the approved definition has it; `+`: only the one that waits.'),
  at: z.string().describe('Path inside the field, such as `properties.id.description`.'),
  text: z.string(),
  marks: z
    .array(z.tuple([z.int(), z.int()]))
    .describe('Where it differs from its counterpart: start and end (exclusive) in UTF-16 code units; empty: all.'),
});

const change = z
  .strictObject({
    field: z.string().describe('Top-level field of the definition.'),
    before: z.any().describe('As approved, any JSON; null when absent.'),
    after: z.any().describe('As it waits; null when absent.'),
    digests: z.tuple([fingerprint.nullable(), fingerprint.nullable()]).describe('Of both, RFC 8785 and SHA-256.'),
    lines: z.array(line),
  })
  .meta({ id: 'FieldChange', description: 'One field that differs.' });

const finding = z
  .strictObject({
    code: z.string(),
    field: z.string().describe('Dotted; empty for the whole.'),
    span: z.tuple([z.int(), z.int()]).nullable(),
    excerpt: z.string().nullable().describe('The words at the span, with a little around them.'),
    why: z.string(),
  })
  .meta({ id: 'Finding' });

const effects = z.array(z.enum(['allow', 'require_approval', 'deny'])).nullable();

export const reviewSchema = z
  .strictObject({
    ...pinFields,
    class: drift.nullable().describe('How what waits weighs against what is approved; null: nothing ever was.'),
    compatible: z.boolean().nullable().describe('Whether calls for the approved one still mean the same.'),
    verdict: z.enum(['allow', 'show', 'block']).describe('Of what waits, else of what is approved, looked at alone.'),
    score: z.number().min(0).max(1),
    changes: z.array(change),
    findings: z.array(finding),
    callers: z
      .array(z.strictObject({ principal: z.string(), keyId: z.string().nullable(), calls: z.int(), lastAtMs: timeMs }))
      .describe('Who depends on it: callers in the newest 10,000 forwarded calls, most frequent first.'),
    gateways: z.array(z.string()).nullable().describe('Gateways that have the server.'),
    policy: z
      .union([
        z.array(
          z.strictObject({
            principal: z.string(),
            now: effects.describe('By any arguments, with what is served; null: nothing is.'),
            approved: effects.describe('The same, were what waits approved; null: nothing waits.'),
          }),
        ),
        z.string(),
      ])
      .describe('What the policy would let each principal do that has a key or has called; a sentence: why unknown.'),
  })
  .meta({ id: 'PinReview', description: 'What a person needs to see before they answer.' });

const event = z
  .strictObject({
    version: z.int(),
    atMs: timeMs,
    event: z.enum([
      'first_seen',
      'pinned_first_use',
      'pinned_by_rule',
      'changed',
      'quarantined',
      'approved',
      'rejected',
      'retired',
    ]),
    from: z.enum(STATUSES).nullable(),
    to: z.enum(STATUSES),
    fingerprint: fingerprint.nullable(),
    previousFingerprint: fingerprint.nullable().describe('Approved before.'),
    drift: drift.nullable(),
    verifier,
    note: z.string().describe('Why, in one sentence.'),
  })
  .meta({ id: 'PinEvent' });

export const historySchema = z
  .strictObject({ events: z.array(event).describe('Oldest first; never changed, never deleted.') })
  .meta({ id: 'PinHistory' });

/** Names and notes in a request are no longer than this. */
const TEXT_CHARS_MAX = 4_096;
const PAGE_MAX = 500;
const PAGE = 100;

const text = z.string('write text').max(TEXT_CHARS_MAX, `write at most ${TEXT_CHARS_MAX} characters`);

export const listQuery = z.strictObject({
  gateway: text.optional().describe('Only of this gateway.'),
  server: text.optional().describe('Only of this upstream.'),
  kind: z
    .enum(KINDS, `write one of ${KINDS.join(', ')}`)
    .optional()
    .describe('Only of this kind.'),
  name: text.optional().describe('Only of this name.'),
  status: z
    .enum(STATUSES, `write one of ${STATUSES.join(', ')}`)
    .optional()
    .describe('Only in this state.'),
  waiting: z.enum(['true'], 'write `true`, or leave it out').optional().describe('Only where something waits.'),
  after: z.string().optional().describe('`next` of the page before.'),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `write a number from 1 to ${PAGE_MAX}`)
    .transform(Number)
    .refine((count) => count <= PAGE_MAX, `write a number from 1 to ${PAGE_MAX}`)
    .default(PAGE)
    .describe(`Pins on a page, at most ${PAGE_MAX}; ${PAGE} when left out.`),
});

const note = text.default('').describe('Why, for the history.');

export const answerBody = z
  .strictObject({
    fingerprint: z
      .string('name the definition that was reviewed')
      .regex(/^[0-9a-f]{64}$/, 'write all 64 hexadecimal digits of the definition that was reviewed')
      .describe('Of the definition that was reviewed. When it is another one by now, nothing is changed (409).'),
    note,
  })
  .meta({ id: 'Answer', description: 'A person’s answer to a definition they looked at.' });

export const retireBody = z.strictObject({ note }).meta({ id: 'Retirement' });
