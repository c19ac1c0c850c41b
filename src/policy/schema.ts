import * as z from 'zod';
import { PIN_STATES, testSchema } from './call-schema.ts';

/**
 * The form of a policy file. Loading checks against it, `schema/policies.schema.json` and the language reference are
 * generated from it: every key carries its description here and nowhere else.
 */

const name = z.string().min(1).max(200);
const names = z
  .union([name, z.array(name).min(1).max(500)], { error: 'expected a name or a list of names' })
  .describe('An exact name, a glob (`*` any run of characters, `?` one), or a list of these.');

/** Keys of a typed condition depend on its type; they are checked while compiling. */
const conditionSchema = z
  .union([z.string().max(10_000), z.number(), z.boolean(), z.looseObject({ type: z.string().optional() })], {
    error: 'expected a pattern, a number, true or false, or a typed condition such as `{ type: path, under: [/data] }`',
  })
  .describe('A string is an ECMAScript pattern, searched unanchored; an object is a typed condition.');

const attributeValue = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()])).min(1)],
  {
    error: 'expected a text, a number, true or false, or a list',
  },
);

const principalShape = {
  id: names.optional().describe('Id of the principal.'),
  kind: z.enum(['user', 'agent', 'service']).optional().describe('What kind of principal it is.'),
  groups_any: names.optional().describe('Is in at least one of these groups.'),
  groups_all: names.optional().describe('Is in all of these groups.'),
  groups_none: names.optional().describe('Is in none of these groups.'),
  roles_any: names.optional().describe('Has at least one of these roles.'),
  roles_all: names.optional().describe('Has all of these roles.'),
  roles_none: names.optional().describe('Has none of these roles.'),
  attributes: z.record(name, attributeValue).optional().describe('Attributes that must have one of the given values.'),
};

const principalSchema = z
  .strictObject({
    ...principalShape,
    on_behalf_of: z
      .union([z.boolean(), z.strictObject(principalShape)], {
        error: 'expected true, false or conditions on a principal',
      })
      .optional()
      .describe('Whether the principal acts for another, or conditions on that other.'),
  })
  .describe('Who calls, as authenticated.');

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, { error: 'expected a time such as "09:00"' });

const timeSchema = z
  .strictObject({
    from: timeOfDay.optional().describe('Start of the window, inclusive.'),
    until: timeOfDay.optional().describe('End of the window, exclusive; before `from` when it runs over midnight.'),
    days: z.array(z.enum(DAYS)).min(1).optional().describe('Days of the week on which the window starts.'),
    timezone: z.string().optional().describe('IANA name such as `Europe/Berlin`; UTC unless said otherwise.'),
  })
  .describe('A window of time.');

const HISTORY_SCOPES = ['principal', 'key', 'agent', 'session', 'gateway'] as const;
const WINDOW_SECONDS_MAX = 31 * 86_400;
const historySchema = z
  .strictObject({
    tool: names.optional().describe('Tools whose calls count; without it, all.'),
    server: names.optional().describe('Upstreams whose calls count; without it, all.'),
    untrusted: z
      .literal(true)
      .optional()
      .describe('Only calls whose result held instructions to the model count (finding `result.instructions`).'),
    calls_min: z.int().min(1).max(1000).optional().describe('How many calls it takes; 1 by default.'),
    window_seconds: z.number().positive().max(WINDOW_SECONDS_MAX).describe('How far back. Unit: seconds.'),
    per: z
      .union([z.enum(HISTORY_SCOPES), z.array(z.enum(HISTORY_SCOPES)).min(1)], {
        error: `expected one or more of ${HISTORY_SCOPES.join(', ')}`,
      })
      .optional()
      .describe('Whose calls count; those of the principal on the gateway by default.'),
  })
  .describe(
    'Calls that passed before this one: holds when there were enough. Under `untrusted`, prompts and resources too.',
  );

const contextSchema = z
  .strictObject({
    env: names.optional().describe('Label `env` of the deployment.'),
    labels: z.record(name, names).optional().describe('Labels of the deployment.'),
    gateway: names.optional().describe('Name of the gateway.'),
    key: names.optional().describe('Public id of the API key.'),
    authenticated_by: z.enum(['api-key', 'bearer', 'local']).optional().describe('How the caller was recognised.'),
    client: names.optional().describe('Name of the client. Its own claim: never a reason to allow.'),
    client_version: names.optional().describe('Version of the client. Its own claim: never a reason to allow.'),
    transport: z.enum(['streamable-http', 'sse', 'stdio']).optional().describe('Transport of the client.'),
    revision: names.optional().describe('Protocol revision such as `2025-11-25`.'),
    address: names
      .optional()
      .describe('Address of the client: an IP address, a block such as `10.0.0.0/8`, or `local`.'),
    pin_state: z
      .union([z.enum(PIN_STATES), z.array(z.enum(PIN_STATES)).min(1)], {
        error: `expected one of ${PIN_STATES.join(', ')}`,
      })
      .optional()
      .describe('How the definition stands against its pin.'),
    time: timeSchema.optional(),
    history: z
      .union([historySchema, z.array(historySchema).min(1).max(10)], { error: 'expected an entry or a list of them' })
      .optional(),
  })
  .describe('Circumstances of the call.');

const annotationsSchema = z
  .strictObject({
    readOnlyHint: z.boolean().optional(),
    destructiveHint: z.boolean().optional(),
    idempotentHint: z.boolean().optional(),
    openWorldHint: z.boolean().optional(),
  })
  .describe("Hints of the tool, from the server's list, with MCP's defaults where absent. They may only tighten.");

const CLASSES = ['read', 'write', 'destructive'] as const;
const classes = z.union([z.enum(CLASSES), z.array(z.enum(CLASSES)).min(1)], {
  error: 'expected read, write or destructive',
});

const matchShape = {
  tool: names.optional().describe("The upstream's own tool name."),
  server: names.optional().describe('Name of the upstream.'),
  prompt: names.optional().describe("The upstream's own prompt name."),
  resource: z
    .union([name, z.array(name).min(1), z.looseObject({ type: z.string().optional() })], {
      error: 'expected a URI, a glob, a list of these, or a typed condition',
    })
    .optional()
    .describe('URI of a resource: exact, a glob, a list, or a typed condition.'),
  method: names.optional().describe('MCP method such as `tools/call`; without it, any method on the target.'),
  class: classes.optional().describe('Class of the tool: labels first, then verbs in its name; hints only raise it.'),
  arguments: z.record(name, conditionSchema).optional().describe('Conditions on arguments; all must hold.'),
  principal: principalSchema.optional(),
  context: contextSchema.optional(),
  annotations: annotationsSchema.optional(),
  finding: names.optional().describe('Code of a finding such as `sql.write`; a rule that names one takes its place.'),
  when: z
    .string()
    .min(1)
    .max(4000)
    .optional()
    .describe('A CEL expression over arguments, principal, context and tool.'),
};

const matchSchema = z.strictObject(matchShape).describe('All conditions must hold.');

const unlessSchema = z
  .union([matchSchema, z.array(matchSchema).min(1).max(50)], {
    error: 'expected conditions, or a list of alternatives',
  })
  .describe('The rule does not apply where these conditions hold. A list: where any of its entries holds.');

const DAY_MINUTES = 1440;
const approvalSchema = z
  .strictObject({
    timeout_minutes: z
      .number()
      .positive()
      .max(7 * DAY_MINUTES)
      .optional()
      .describe('Time until silence counts as no; 30 by default. Unit: minutes.'),
    channels: z.array(name).max(20).optional().describe('Ways to the people asked.'),
    approvers: z
      .array(name)
      .min(1)
      .max(50)
      .optional()
      .describe('Who may approve: `user:alice`, `group:dba`, `role:admin`.'),
    min_approvals: z.int().min(1).max(20).optional().describe('People who must approve; 1 by default.'),
    self_approval: z.boolean().optional().describe('Whether the caller may approve; false by default.'),
    allow_edit: z.boolean().optional().describe('Whether an approver may change arguments; false by default.'),
  })
  .describe('How a person is asked.');

const SCOPES = ['principal', 'key', 'agent', 'session', 'gateway', 'tool', 'server'] as const;
const scopes = z
  .union([z.enum(SCOPES), z.array(z.enum(SCOPES)).min(1)], { error: `expected one or more of ${SCOPES.join(', ')}` })
  .describe('What is counted separately; gateway, principal and tool by default.');

const limitSchema = z
  .strictObject({
    max_calls: z.int().min(1).max(1_000_000_000).optional().describe('Calls that may pass within the window.'),
    max_sum: z.number().positive().optional().describe('Largest sum of the argument named by `sum` within the window.'),
    window_seconds: z
      .number()
      .positive()
      .max(WINDOW_SECONDS_MAX)
      .describe('Length of the sliding window. Unit: seconds.'),
    per: scopes.optional(),
    count: z
      .enum(['calls', 'attempts'])
      .optional()
      .describe('`attempts` counts refused calls too; `calls` by default.'),
    sum: z
      .string()
      .startsWith('arguments.')
      .max(200)
      .optional()
      .describe('Argument to add up, such as `arguments.amount`.'),
  })
  .describe('A limit over a sliding window.');

const concurrencySchema = z
  .strictObject({
    max_calls: z.int().min(1).max(1_000_000).describe('Calls that may run at once.'),
    per: scopes.optional(),
  })
  .describe('A limit on calls that run at the same time.');

const ruleSchema = z
  .strictObject({
    name: name.describe('Unique name, shown in records and explanations, never to agents.'),
    description: z.string().max(2000).optional().describe('For people.'),
    match: matchSchema,
    unless: unlessSchema.optional(),
    action: z.enum(['allow', 'deny', 'require_approval']).describe('What happens when the rule matches.'),
    mode: z.enum(['enforce', 'shadow']).optional().describe('`shadow`: evaluated and recorded, never enforced.'),
    approval: approvalSchema.optional(),
    response: z
      .strictObject({ error: z.string().min(1).max(1000).describe('Told to the agent.') })
      .optional()
      .describe('What a refused agent is told.'),
    rate_limit: z
      .union([limitSchema, z.array(limitSchema).min(1).max(10)], { error: 'expected a limit or a list of limits' })
      .optional(),
    concurrency: concurrencySchema.optional(),
    redact: z
      .array(name)
      .min(1)
      .optional()
      .describe('Classes of secrets and personal data to black out in the result.'),
    alert: z
      .strictObject({ channels: z.array(name).min(1) })
      .optional()
      .describe('Channels that are told of every match.'),
  })
  .describe('A rule.');

export const policyFileSchema = z
  .strictObject({
    version: z.literal(1).optional().describe('Version of the language: 1.'),
    default: z
      .enum(['allow', 'deny', 'require_approval'])
      .optional()
      .describe('What happens when no rule matches; `require_approval`, in the production profile `deny`.'),
    mode: z.enum(['enforce', 'shadow']).optional().describe('`shadow`: no rule of this file is enforced.'),
    timezone: z.string().optional().describe('IANA name for times in this file; UTC by default.'),
    classes: z
      .strictObject({ read: names.optional(), write: names.optional(), destructive: names.optional() })
      .optional()
      .describe('Classes of tools as the operator knows them; they go before the verbs in names.'),
    policies: z.array(ruleSchema).max(100_000).describe('The rules. Their order has no meaning.'),
    tests: z.array(testSchema).max(10_000).optional().describe('Tests, run on check, on reload and in CI.'),
  })
  .describe('A policy file.');

export type PolicyDocument = z.infer<typeof policyFileSchema>;
export type RuleDocument = z.infer<typeof ruleSchema>;
export type MatchDocument = z.infer<typeof matchSchema>;
export type ConditionDocument = z.infer<typeof conditionSchema>;
export type PrincipalDocument = z.infer<typeof principalSchema>;
export type ContextDocument = z.infer<typeof contextSchema>;
export type TimeDocument = z.infer<typeof timeSchema>;
export type HistoryDocument = z.infer<typeof historySchema>;
export type LimitDocument = z.infer<typeof limitSchema>;
export type Effect = RuleDocument['action'];
export type ToolClass = (typeof CLASSES)[number];
