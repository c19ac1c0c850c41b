/**
 * Veto as a library: start a gateway inside a program, or ask a policy without one. Enters: a configuration, policies,
 * calls. Leaves: a gateway that serves, decisions. Everything else of the package is its own business and may change.
 */
import { randomInt } from 'node:crypto';
import { stringify } from 'yaml';
import { checkKey } from './authn/check-key.ts';
import { issueKey } from './authn/issue-key.ts';
import { isNameTaken } from './authn/ports.ts';
import { loadConfig, type LoadOptions } from './config/load.ts';
import { describeProblem } from './config/problem.ts';
import type { WrittenConfig } from './config/schema.ts';
import type { Settings } from './config/settings.ts';
import { systemClock } from './core/clock.ts';
import { Fault } from './core/fault.ts';
import type { Principal } from './core/principal.ts';
import { GUARDED, observeCall } from './gateway/guarded.ts';
import { warmGuards } from './guards/guards.ts';
import { serveVeto, type Serving } from './main.ts';
import type { CallDocument } from './policy/call-schema.ts';
import { evaluateCall, type Evaluation } from './policy/evaluate.ts';
import { loadPolicies } from './policy/load.ts';
import { describeProblem as describePolicyProblem } from './policy/problem.ts';
import { questionOf } from './policy/question-of.ts';
import { describeMistake, readCall } from './policy/read-call.ts';
import type { PolicyFile } from './policy/source.ts';

export { Fault, type FaultCode } from './core/fault.ts';
export { VERSION } from './core/version.ts';
export type { JsonObject, JsonValue } from './core/json.ts';
export type { Principal } from './core/principal.ts';
export type { RefusalCode } from './core/refusal.ts';
export type { CallDocument as Call } from './policy/call-schema.ts';
export type { Evaluation } from './policy/evaluate.ts';
export type { PolicyFile } from './policy/source.ts';
export type { WrittenConfig as Config } from './config/schema.ts';

/** How to start a gateway. */
export interface GatewayOptions {
  /** Path of a `veto.yaml`, or what would stand in it. Secrets are references (`env:NAME`, `file:path`) in both. */
  readonly config: string | WrittenConfig;
  /** What relative paths of a configuration object resolve against. Default: the working directory. */
  readonly folder?: string;
  /** Where `env:NAME` looks. Default: the environment of the process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Port for agents, stronger than the configuration; 0: any free one. */
  readonly port?: number;
  /** Told what an operator should know, one sentence at a time. Default: nobody is told. */
  readonly report?: (sentence: string) => void;
}

/** A key to be made. */
export interface KeyRequest {
  /** For people; unique among the live keys of a gateway. */
  readonly name: string;
  /** The only gateway that accepts it. Default: `default`. */
  readonly gateway?: string;
  /** Who calls with it. Default: a user of the key's name. */
  readonly principal?: Partial<Principal> & Pick<Principal, 'id'>;
  /** Not valid from then on, in milliseconds since the Unix epoch. Default: valid until revoked. */
  readonly expiresAtMs?: number;
}

/** A gateway at work. */
export interface RunningGateway {
  /** Such as `http://127.0.0.1:8420`. */
  readonly url: string;
  readonly port: number;
  /** The MCP endpoint of a gateway. @param name `default` when left out */
  endpoint(name?: string): string;
  /**
   * Makes an API key. It is recorded first, and its text is shown this once.
   * @throws Fault('store_failed') when it cannot be recorded or kept; 'config_invalid' for a gateway that is not there,
   *   a name that a live key of the gateway has, and names that are empty, too long or not printable
   */
  createKey(request: KeyRequest): Promise<{ readonly id: string; readonly text: string }>;
  /** Revokes a key: its next call is refused. @returns whether there was one. @throws Fault('store_failed') */
  revokeKey(id: string): Promise<boolean>;
  /** Why it is not ready to serve; empty when it is. */
  readiness(): readonly string[];
  /** Refuses new calls, gives those under way `listener.drain_ms`, then ends everything, children included. */
  close(): Promise<void>;
}

/**
 * Starts a gateway in this process. It takes its store for itself: one gateway per `store:`.
 * @throws Fault('config_invalid') naming every problem with its place and mend; 'store_failed'; the operating system's
 *   error when the address is not to be had
 */
export async function startGateway(options: GatewayOptions): Promise<RunningGateway> {
  const settings = settingsOf(options);
  const serving = await serveVeto(settings, {
    clock: systemClock,
    jitter: () => randomInt(JITTER_STEPS) / JITTER_STEPS,
    report: (sentence) => options.report?.(sentence),
  });
  return {
    url: serving.listener.url,
    port: serving.listener.port,
    endpoint: (name = 'default') => `${serving.listener.url}/v1/mcp/${encodeURIComponent(name)}`,
    createKey: (request) => createKey(serving, settings, request),
    revokeKey: (id) => revokeKey(serving, id),
    readiness: () => serving.readiness(),
    close: () => serving.close(),
  };
}

const JITTER_STEPS = 2 ** 32;

function settingsOf({ config, folder, env, port }: GatewayOptions): Settings {
  const source: Pick<LoadOptions, 'file' | 'text'> =
    typeof config === 'string' ? { file: config } : { file: null, text: stringify(config) };
  const flags = port === undefined ? {} : { port };
  const loaded = loadConfig({ ...source, folder: folder ?? process.cwd(), env: env ?? process.env, flags });
  if (!loaded.ok) throw new Fault('config_invalid', loaded.problems.map(describeProblem).join('\n'));
  return loaded.settings;
}

async function createKey({ store }: Serving, settings: Settings, request: KeyRequest) {
  const { name, gateway = 'default', expiresAtMs = null } = request;
  if (!settings.gateways.some((one) => one.name === gateway)) {
    throw new Fault('config_invalid', `there is no gateway \`${gateway}\` in the configuration`);
  }
  const principal: Principal = { ...NOBODY, ...(request.principal ?? { id: name }) };
  const about = { name, gateway, principal, expiresAtMs };
  checkKey(about);
  const { text, entry } = issueKey(about, systemClock.nowMs());
  const isDeclared = settings.keys.some((one) => one.name === name && one.gateway === gateway);
  if (isDeclared || isNameTaken(store.keys.list(), entry)) throw nameTaken(gateway, name);
  const detail = { name, for: principal.id, expiresAtMs };
  await store.records.append({ ...adminRecord('key.created', gateway, entry.id), detail });
  if (store.keys.add(entry)) return { id: entry.id, text };
  await store.records.append({ ...adminRecord('key.discarded', gateway, entry.id), detail });
  throw nameTaken(gateway, name);
}

function nameTaken(gateway: string, name: string): Fault {
  const mend = 'revoke that one first, or choose another name';
  return new Fault('config_invalid', `gateway \`${gateway}\` has a live key \`${name}\`; ${mend}`);
}

const NOBODY: Omit<Principal, 'id'> = { kind: 'user', groups: [], roles: [], attributes: {} };

async function revokeKey({ store }: Serving, id: string): Promise<boolean> {
  const entry = store.keys.list().find((one) => one.id === id);
  if (entry === undefined) return false;
  await store.records.append({ ...adminRecord('key.revoked', entry.gateway, id), detail: { name: entry.name } });
  return store.keys.revoke(id, systemClock.nowMs());
}

function adminRecord(code: string, gateway: string, keyId: string) {
  const atMs = systemClock.nowMs();
  return { kind: 'admin', atMs, callId: '', gateway, principal: 'embedding-program', keyId, code } as const;
}

/** How strict a policy is loaded. */
export interface PolicyOptions {
  /** In `production` a call that no rule matches is denied unless the policy says otherwise. Default: `development`. */
  readonly profile?: 'development' | 'production';
}

/** A policy that can be asked. Immutable; asking it changes nothing and forwards nothing. */
export interface LoadedPolicy {
  /** SHA-256 over the canonical form of all its files: what records name it by. */
  readonly hash: string;
  /** What was noticed while loading, one line each. */
  readonly notes: readonly string[];
  /**
   * Decides one call as a gateway would, with what the guards find in its arguments.
   * @throws Fault('config_invalid') for a call that is not well-formed
   */
  evaluate(call: CallDocument): Evaluation;
}

/**
 * Loads a policy, all or nothing.
 * @param source the YAML text of one file, or several files with their names
 * @throws Fault('config_invalid') naming every problem with its place and mend
 */
export async function loadPolicy(
  source: string | readonly PolicyFile[],
  options: PolicyOptions = {},
): Promise<LoadedPolicy> {
  await warmGuards();
  const files = typeof source === 'string' ? [{ name: 'policy', text: source }] : source;
  const loaded = loadPolicies(files, { ...GUARDED, profile: options.profile ?? 'development' });
  if (!loaded.ok) throw new Fault('config_invalid', loaded.problems.map(describePolicyProblem).join('\n'));
  const { policy } = loaded;
  return {
    hash: policy.hash,
    notes: policy.notes,
    evaluate(call) {
      const read = readCall(call);
      if (read.ok) return evaluateCall(policy, observeCall(questionOf(read.call, { nowMs: systemClock.nowMs() })));
      throw new Fault('config_invalid', `the call is not valid: ${read.mistakes.map(describeMistake).join('; ')}`);
    },
  };
}
