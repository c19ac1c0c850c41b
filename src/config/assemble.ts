import { resolve } from 'node:path';
import { readLimits } from '../upstreams/section.ts';
import type { Config, UpstreamConfig } from './schema.ts';
import { gatewaySchema } from './sections/gateway.ts';
import { parseAddress } from './sections/listen.ts';
import type { ConfiguredUpstream, DeclaredKey, GatewaySettings, PolicySource, Settings } from './settings.ts';

/** What a checked configuration still needs to become settings. */
export interface Surroundings {
  readonly file: string | null;
  /** Relative paths resolve against it. */
  readonly folder: string;
  /** The text behind a reference; any other text unchanged. */
  lookUp(text: string): string;
  /** For messages: where the value of a policy was written. */
  nameOf(gateway: string, index: number): string;
}

/** Turns a valid configuration into settings: paths absolute, secrets looked up, units as the code names them. */
export function assemble(config: Config, around: Surroundings): Settings {
  const upstreams = Object.entries(config.upstreams).map(([name, each]) => upstreamOf(name, each, around));
  const gateways = config.gateways ?? { default: defaultGateway(config) };
  return deepFreeze({
    file: around.file,
    profile: config.profile,
    listen: listenOf(config.listen),
    publicUrl: config.public_url === undefined ? null : new URL(config.public_url).origin,
    store: storeOf(config.store, around),
    environment: { ...config.environment },
    gateways: Object.entries(gateways).map(([name, each]) => gatewayOf(name, each, around)),
    upstreams,
    keys: config.keys.map((key) => keyOf(key, around)),
    listener: config.listener,
    audit: config.audit,
    limits: config.limits,
    counters: config.counters,
    guards: config.guards,
  });
}

type GatewayConfig = NonNullable<Config['gateways']>[string];

/** The gateway that exists out of the box: every upstream behind it. */
function defaultGateway(config: Config): GatewayConfig {
  return gatewaySchema.parse({ upstreams: Object.keys(config.upstreams) });
}

function listenOf(listen: Config['listen']): Settings['listen'] {
  if (typeof listen === 'string') return { agents: parseAddress(listen), admin: null };
  return { agents: parseAddress(listen.agents), admin: parseAddress(listen.admin) };
}

function storeOf(text: string, around: Surroundings): Settings['store'] {
  const target = around.lookUp(text);
  return target.includes('://')
    ? { kind: 'postgres', url: target }
    : { kind: 'embedded', folder: resolve(around.folder, target) };
}

function gatewayOf(name: string, config: GatewayConfig, around: Surroundings): GatewaySettings {
  const policies = config.policies.map((policy, index): PolicySource => {
    if (typeof policy === 'string') return { kind: 'file', path: resolve(around.folder, policy) };
    return { kind: 'inline', name: around.nameOf(name, index), text: JSON.stringify(policy, null, 2) };
  });
  const { upstreams, mode, evaluate, integrity } = config;
  return { name, upstreams, policies, mode, evaluate, integrity };
}

function upstreamOf(name: string, config: UpstreamConfig, around: Surroundings): ConfiguredUpstream {
  const isStdio = config.transport === 'stdio' || (config.transport === 'auto' && config.command !== null);
  const looked = (texts: Record<string, string>) =>
    Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, around.lookUp(text)]));
  return {
    name,
    transport: isStdio ? 'stdio' : config.transport,
    command: config.command,
    args: config.args,
    cwd: isStdio ? resolve(around.folder, config.cwd ?? '.') : null,
    env: looked(config.env),
    url: config.url,
    headers: looked(config.headers),
    era: config.era,
    isolation: config.isolation,
    roots: config.roots.map((root) => resolve(around.folder, root)),
    relay: config.relay,
    timeoutMs: config.timeout_ms,
    limits: readLimits(config.limits),
    integrity: config.integrity ?? null,
  };
}

function keyOf(key: Config['keys'][number], around: Surroundings): DeclaredKey {
  return {
    name: key.name,
    gateway: key.gateway,
    text: around.lookUp(key.secret),
    principal: key.principal,
    expiresAtMs: key.expires === undefined ? null : Date.parse(key.expires),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
