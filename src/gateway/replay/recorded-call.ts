import * as z from 'zod';
import type { StoredRecord } from '../../audit/record.ts';
import type { Target } from '../../core/call.ts';
import { digest } from '../../core/canonical-json.ts';
import type { Finding } from '../../core/decision.ts';
import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { Principal } from '../../core/principal.ts';
import { JsonRejected, parseStrict } from '../../core/strict-json.ts';
import { PIN_STATES } from '../../policy/call-schema.ts';
import type { Question } from '../../policy/policy.ts';
import type { Verdict } from '../../policy/replay.ts';

/** Why a recorded call cannot be decided again, one sentence each. */
export const WHY_NOT = {
  broken:
    'the record cannot be read as one that a gateway wrote; `veto audit verify` tells whether somebody changed it',
  early: 'the call was refused before the policy was asked',
  cut: 'arguments, findings or facts were cut when they were recorded; raise `audit.argument_bytes_max`',
  task: 'the call follows a task, and the record does not tell of which tool',
  late: 'the policy was not what refused the call; limits, and what comes after the policy, are not replayed',
  history: 'a rule asks which calls passed before this one, and these are not counted again',
  definition: 'a rule asks for the definition of the target, and the pins of the store do not have it',
} as const;

export type WhyNot = keyof typeof WHY_NOT;

/** A recorded call, turned back into what the policy was asked. */
export interface RecordedCall {
  readonly id: string;
  /** Without definition and roots, which no record holds; findings as recorded. */
  readonly asked: Question;
  /** Of the definition that was served. */
  readonly fingerprint: string | null;
  /** What the policy made of it then; null where the record does not tell. */
  readonly was: Verdict | null;
}

const principalSchema = z.object({
  kind: z.enum(['user', 'agent', 'service']),
  groups: z.array(z.string()).default([]),
  roles: z.array(z.string()).default([]),
  attributes: z.record(z.string(), z.json()).default({}),
});

const factsSchema = principalSchema.extend({
  onBehalfOf: principalSchema.optional(),
  authenticatedBy: z.enum(['api-key', 'bearer', 'local']),
  transport: z.enum(['streamable-http', 'sse', 'stdio']),
  session: z.string().nullable().default(null),
  pinState: z.enum(PIN_STATES).default('unpinned'),
  environment: z.record(z.string(), z.string()).default({}),
});

const findingSchema = z.object({
  code: z.string(),
  by: z.string(),
  at: z.string(),
  why: z.string(),
  locked: z.boolean(),
  noted: z.boolean().optional(),
});

const callSchema = z.object({
  kind: z.enum(['intend', 'refusal']),
  atMs: z.number(),
  callId: z.string(),
  gateway: z.string(),
  principal: z.string(),
  onBehalfOf: z.string().optional(),
  keyId: z.string().nullable().default(null),
  address: z.string(),
  client: z.object({ name: z.string().nullable(), version: z.string().nullable(), revision: z.string() }),
  method: z.string(),
  server: z.string().nullable().default(null),
  target: z.string().optional(),
  fingerprint: z.string().nullable().default(null),
  arguments: z.record(z.string(), z.json()),
  argumentsDigest: z.string(),
  rule: z.string(),
  code: z.string().optional(),
  facts: factsSchema,
  findings: z.array(findingSchema).default([]),
});

type CallRecord = z.infer<typeof callSchema>;

/** Reads the record of a call; whatever is doubtful about it is a reason not to replay it. */
export function readRecordedCall({ body }: Pick<StoredRecord, 'body'>): RecordedCall | WhyNot {
  const fields = parse(body);
  if (fields === null) return 'broken';
  if (fields['kind'] === 'refusal' && fields['facts'] === undefined) return 'early';
  if (isCut(fields)) return 'cut';
  const read = callSchema.safeParse(fields);
  if (!read.success) return 'broken';
  const record = read.data;
  if (digest(record.arguments) !== record.argumentsDigest) return 'broken';
  if (record.method.startsWith('tasks/')) return 'task';
  const target = targetOf(record);
  if (target === null) return 'broken';
  return {
    id: record.callId,
    asked: questionOf(record, target),
    fingerprint: record.fingerprint,
    was: verdictOf(record),
  };
}

function parse(body: string): JsonObject | null {
  try {
    const value = parseStrict(body);
    return isObject(value) ? value : null;
  } catch (error) {
    if (error instanceof JsonRejected) return null;
    throw error;
  }
}

/** As `audit/encode.ts` marks what it cuts. */
const CUT_FIELDS = ['argumentsCut', 'findingsCut', 'clientCut', 'factsCut'] as const;
const CUT_TEXT = /… \[cut, \d+ characters, sha256 [0-9a-f]{64}\]$/;

function isCut(fields: JsonObject): boolean {
  const isCutText = (value: JsonValue | undefined): boolean => typeof value === 'string' && CUT_TEXT.test(value);
  return (
    CUT_FIELDS.some((name) => fields[name] !== undefined) ||
    ['target', 'principal', 'onBehalfOf', 'method', 'server'].some((name) => isCutText(fields[name]))
  );
}

/** The method says what kind of thing a name is. */
function targetOf({ method, target, arguments: args }: CallRecord): Target | null {
  if (target === undefined) return { kind: 'none' };
  if (method === 'tools/call') return { kind: 'tool', name: target };
  if (method === 'prompts/get') return { kind: 'prompt', name: target };
  if (method.startsWith('resources/')) return { kind: 'resource', uri: target };
  if (method !== 'completion/complete' || !isObject(args['ref'])) return null;
  return args['ref']['type'] === 'ref/prompt' ? { kind: 'prompt', name: target } : { kind: 'resource', uri: target };
}

function questionOf(record: CallRecord, target: Target): Question {
  const { facts, client, address } = record;
  return {
    gateway: record.gateway,
    method: record.method,
    server: record.server,
    target,
    arguments: record.arguments,
    definition: null,
    pinState: facts.pinState,
    caller: {
      principal: principalOf(record),
      keyId: record.keyId,
      authenticatedBy: facts.authenticatedBy,
      isValid: () => true,
    },
    client: {
      ...client,
      era: 'modern', // no rule can tell
      transport: facts.transport,
      capabilities: {},
      address,
      session: facts.session,
    },
    nowMs: record.atMs,
    environment: facts.environment,
    findings: record.findings.map(({ noted, ...found }): Finding => (noted ? { ...found, noted } : found)),
    roots: [],
  };
}

function principalOf({ principal: id, onBehalfOf, facts }: CallRecord): Principal {
  const own = { id, ...known(facts) };
  if (facts.onBehalfOf === undefined || onBehalfOf === undefined) return own;
  return { ...own, onBehalfOf: { id: onBehalfOf, ...known(facts.onBehalfOf) } };
}

function known({ kind, groups, roles, attributes }: z.infer<typeof principalSchema>): Omit<Principal, 'id'> {
  return { kind, groups, roles, attributes };
}

/** What the policy decided, as the record tells it. */
function verdictOf({ kind, code = '', rule }: CallRecord): Verdict | null {
  if (kind === 'intend') return { effect: 'allow', rule };
  if (code.startsWith('APPROVAL_')) return { effect: 'require_approval', rule };
  return DENIALS.has(code) ? { effect: 'deny', rule } : null;
}

/** Codes that a decision of the policy has; others come from rooms behind it. */
const DENIALS = new Set(['POLICY_DENIED', 'ARGUMENT_UNSAFE', 'TOOL_DRIFTED']);
