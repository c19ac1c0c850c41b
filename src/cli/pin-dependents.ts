import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readBody } from '../audit/match.ts';
import { isLive } from '../authn/ports.ts';
import { PolicyShelf } from '../config/policy-shelf.ts';
import type { Settings } from '../config/settings.ts';
import { readBytes } from '../config/watch-files.ts';
import type { Target } from '../core/call.ts';
import { Fault } from '../core/fault.ts';
import { own, type JsonObject } from '../core/json.ts';
import type { Principal } from '../core/principal.ts';
import type { GatewaySnapshot } from '../gateway/snapshot.ts';
import { judgedHints } from '../integrity/judged-hints.ts';
import type { Pin } from '../integrity/ports.ts';
import type { Question } from '../policy/policy.ts';
import { AUDIT_FILE } from '../store/sqlite/audit-schema.ts';
import { SqliteKeyStore } from '../store/sqlite/keys.ts';
import { RecordReader } from '../store/sqlite/record-reader.ts';
import type { Registry } from '../store/sqlite/registry.ts';
import { GUARDED } from '../gateway/guarded.ts';

/** Somebody who called what the pin is about. */
export interface Caller {
  readonly principal: string;
  /** Public id of the key; null for other proofs. */
  readonly keyId: string | null;
  readonly calls: number;
  readonly lastAtMs: number;
}

/** Forwarded calls that are looked at, the newest first. */
export const CALLS_READ_MAX = 10_000;

/** Who called it, by the audit log, the most frequent first; of the server itself: who called anything of it. */
export async function callersOf(directory: string, pin: Pin): Promise<Caller[]> {
  if (!existsSync(join(directory, AUDIT_FILE))) return [];
  const found = new Map<string, Caller>();
  const reader = new RecordReader(directory);
  try {
    const { gateway, upstream: server, name } = pin;
    const which = { kinds: ['intend'], gateway, server, newestFirst: true, limit: CALLS_READ_MAX } as const;
    for await (const record of reader.query(pin.kind === 'server' ? which : { ...which, target: name })) {
      const body = readBody(record.body);
      if (body === null) continue;
      const principal = textOf(body, 'principal') ?? '';
      const keyId = textOf(body, 'keyId');
      const atMs = Number(own(body, 'atMs') ?? 0);
      const key = JSON.stringify([principal, keyId]);
      const known = found.get(key);
      const lastAtMs = Math.max(known?.lastAtMs ?? 0, atMs);
      found.set(key, { principal, keyId, calls: (known?.calls ?? 0) + 1, lastAtMs });
    }
  } finally {
    reader.close();
  }
  return [...found.values()].toSorted((a, b) => b.calls - a.calls);
}

function textOf(body: JsonObject, field: string): string | null {
  const value = own(body, field);
  return typeof value === 'string' ? value : null;
}

/** Gateways of the configuration that have the upstream; null when no configuration was read. */
export function gatewaysWith(settings: Settings | null, upstream: string): string[] | null {
  return settings?.gateways.filter((one) => one.upstreams.includes(upstream)).map((one) => one.name) ?? null;
}

/** What the policy of the gateway would let one principal do. Effects: `allow`, `require_approval`, `deny`. */
export interface Reach {
  readonly principal: string;
  /** With the approved definition, by any arguments; null when there is none. */
  readonly now: readonly string[] | null;
  /** With the definition that waits; null when none waits. */
  readonly approved: readonly string[] | null;
}

/** Principals asked about. */
const PRINCIPALS_MAX = 50;

/**
 * Asks the policy with the arguments left open, once per principal that has a live key or called it.
 * @returns a sentence when the policy cannot be asked
 */
export function reachOf(
  pin: Pin,
  settings: Settings | null,
  world: { readonly registry: Registry; readonly callers: readonly Caller[]; readonly nowMs: number },
): readonly Reach[] | string {
  if (settings === null) return 'no configuration was read; name it with `--config`';
  const target = targetOf(pin);
  if (target === null) return [];
  try {
    const gateway = new PolicyShelf(settings, GUARDED, readBytes).snapshot.gateways.get(pin.gateway);
    if (!gateway) return `the configuration has no gateway \`${pin.gateway}\``;
    const roots = settings.upstreams.find(({ name }) => name === pin.upstream)?.roots ?? [];
    const about = { pin, target, gateway, roots, nowMs: world.nowMs };
    return principalsOf(pin, settings, world)
      .slice(0, PRINCIPALS_MAX)
      .map((principal) => ({
        principal: principal.id,
        now: pin.approved && outcomes(about, principal, pin.approved.body),
        approved: pin.waiting && outcomes(about, principal, pin.waiting.body),
      }));
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

function targetOf({ kind, name }: Pin): Target | null {
  if (kind === 'tool' || kind === 'prompt') return { kind, name };
  return kind === 'resource' ? { kind, uri: name } : null;
}

function principalsOf(
  pin: Pin,
  settings: Settings,
  { registry, callers, nowMs }: { registry: Registry; callers: readonly Caller[]; nowMs: number },
): Principal[] {
  const found = new Map<string, Principal>();
  const keys = new SqliteKeyStore(registry).list().filter((key) => isLive(key, nowMs));
  for (const key of [...keys, ...settings.keys])
    if (key.gateway === pin.gateway) found.set(key.principal.id, key.principal);
  for (const { principal: id } of callers)
    if (id !== '' && !found.has(id)) found.set(id, { id, kind: 'agent', groups: [], roles: [], attributes: {} });
  return [...found.values()];
}

interface About {
  readonly pin: Pin;
  readonly target: Target;
  readonly gateway: GatewaySnapshot;
  readonly roots: readonly string[];
  readonly nowMs: number;
}

const METHODS = { tool: 'tools/call', prompt: 'prompts/get', resource: 'resources/read' } as const;

function outcomes({ pin, target, gateway, roots, nowMs }: About, principal: Principal, body: JsonObject): string[] {
  const { kind, name } = pin;
  if (kind !== 'tool' && kind !== 'prompt' && kind !== 'resource') return [];
  const question: Question = {
    gateway: gateway.name,
    method: METHODS[kind],
    server: pin.upstream,
    target,
    arguments: null,
    definition: { kind, name, body },
    hintsContradicted: judgedHints(kind, name, body).contradicted,
    pinState: 'pinned',
    caller: { principal, keyId: null, authenticatedBy: 'local', isValid: () => true },
    client: CLIENT,
    nowMs,
    environment: gateway.environment,
    findings: [],
    roots,
  };
  const outcome = gateway.policy.explain(question)['outcome'] as JsonObject; // as `explain.ts` writes it
  const reachable = own(outcome, 'reachable');
  return Array.isArray(reachable) ? reachable.map(String) : [];
}

const CLIENT: Question['client'] = {
  name: null,
  version: null,
  era: 'modern',
  revision: '2026-07-28',
  transport: 'streamable-http',
  capabilities: {},
  address: 'local',
  session: null,
};
