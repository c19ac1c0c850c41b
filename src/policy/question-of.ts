import type { Client, Target } from '../core/call.ts';
import type { Finding } from '../core/decision.ts';
import type { Definition } from '../core/definition.ts';
import type { Principal } from '../core/principal.ts';
import type { Question } from './policy.ts';
import type { CallDocument } from './call-schema.ts';

/** What a hand-written call leaves unsaid. */
export interface CallDefaults {
  readonly nowMs: number;
  readonly gateway?: string;
}

/**
 * A hand-written call (`veto evaluate --calls`, `tests:`) as a question. Who is not named is the principal
 * `anonymous` without groups; what is not said of the client is the least that can be known.
 */
export function questionOf(call: CallDocument, defaults: CallDefaults): Question {
  const context = call.context ?? {};
  const target = targetOf(call);
  return {
    gateway: context.gateway ?? defaults.gateway ?? 'default',
    method: call.method ?? METHOD_OF[target.kind],
    server: call.server ?? null,
    target,
    arguments: call.arguments ?? (target.kind === 'resource' ? { uri: target.uri } : {}),
    definition: definitionOf(call, target),
    pinState: context.pin_state ?? 'pinned',
    caller: {
      principal: principalOf(call.principal ?? {}),
      keyId: context.key ?? null,
      authenticatedBy: context.key === undefined ? 'local' : 'api-key',
      isValid: () => true,
    },
    client: clientOf(context),
    nowMs: context.at === undefined ? defaults.nowMs : Date.parse(context.at),
    environment: { ...context.labels, ...(context.env === undefined ? {} : { env: context.env }) },
    findings: (call.findings ?? []).map(findingOf),
    roots: context.roots ?? [],
    history: (watch) =>
      Object.entries(context.history ?? {})
        .filter(([tool]) => watch.covers(call.server ?? null, tool))
        .reduce((sum, [, calls]) => sum + calls, 0),
  };
}

const METHOD_OF: Readonly<Record<Target['kind'], string>> = {
  tool: 'tools/call',
  prompt: 'prompts/get',
  resource: 'resources/read',
  task: 'tasks/get',
  none: 'ping',
};

function targetOf(call: CallDocument): Target {
  if (call.tool !== undefined) return { kind: 'tool', name: call.tool };
  if (call.prompt !== undefined) return { kind: 'prompt', name: call.prompt };
  if (call.resource !== undefined) return { kind: 'resource', uri: call.resource };
  return { kind: 'none' };
}

function definitionOf(call: CallDocument, target: Target): Definition | null {
  if (!call.definition) return null;
  const kind = target.kind === 'prompt' || target.kind === 'resource' ? target.kind : 'tool';
  return {
    kind,
    name: 'name' in target ? target.name : 'uri' in target ? target.uri : '',
    body: call.definition,
  };
}

function principalOf(written: NonNullable<CallDocument['principal']>): Principal {
  const { on_behalf_of: other } = written;
  const self = {
    id: written.id ?? 'anonymous',
    kind: written.kind ?? ('agent' as const),
    groups: written.groups ?? [],
    roles: written.roles ?? [],
    attributes: (written.attributes ?? {}) as Principal['attributes'],
  };
  if (!other) return self;
  return {
    ...self,
    onBehalfOf: { id: other.id, kind: 'user', groups: other.groups ?? [], roles: other.roles ?? [], attributes: {} },
  };
}

function clientOf(context: NonNullable<CallDocument['context']>): Client {
  return {
    name: context.client ?? null,
    version: context.client_version ?? null,
    era: 'modern',
    revision: context.revision ?? '2026-07-28',
    transport: context.transport ?? 'streamable-http',
    capabilities: {},
    address: context.address ?? 'local',
    session: context.session ?? null,
  };
}

function findingOf(written: NonNullable<CallDocument['findings']>[number]): Finding {
  return {
    code: written.code,
    by: written.by ?? 'call',
    at: written.at ?? '',
    why: written.why ?? written.code,
    locked: written.locked ?? false,
    ...(written.noted === undefined ? {} : { noted: written.noted }),
  };
}
