import { NobodyToAsk } from '../../src/approvals/approvals.ts';
import type { AuditRecord, RecordLog } from '../../src/audit/record.ts';
import type { Client } from '../../src/core/call.ts';
import { ManualClock } from '../../src/core/clock.ts';
import type { Decision, Finding, Obligation } from '../../src/core/decision.ts';
import type { Definition } from '../../src/core/definition.ts';
import type { Exchange } from '../../src/core/exchange.ts';
import { Fault } from '../../src/core/fault.ts';
import { NoCredentials } from '../../src/credentials/credentials.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { judgedHints } from '../../src/integrity/judged-hints.ts';
import type { Integrity } from '../../src/integrity/integrity.ts';
import type { Admission, Offer } from '../../src/integrity/offer.ts';
import type { Judged, Permit } from '../../src/core/permit.ts';
import type { Caller } from '../../src/core/principal.ts';
import { refuse } from '../../src/core/refusal.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { GatewaySnapshot } from '../../src/gateway/snapshot.ts';
import type { Rooms } from '../../src/gateway/rooms.ts';
import type { Taken } from '../../src/limits/limits.ts';
import { gatewaySection } from '../../src/gateway/section.ts';
import type { Policy, Question } from '../../src/policy/policy.ts';
import type {
  CallPorts,
  Catalogue,
  Ears,
  Subscription,
  Tenant,
  UpstreamAnswer,
  UpstreamLimits,
  Upstreams,
  UpstreamSettings,
} from '../../src/upstreams/upstream.ts';

/** A record log in memory that can be told to fail. */
export class ListedRecords implements RecordLog {
  readonly records: AuditRecord[] = [];
  failing = false;

  async append(record: AuditRecord): Promise<void> {
    if (this.failing) throw new Fault('store_failed', 'the disk is full');
    this.records.push(record);
  }
  enqueue(record: AuditRecord): void {
    this.records.push(record);
  }
  isFailing(): boolean {
    return this.failing;
  }
  async *query(): AsyncIterable<never> {}
  async flush(): Promise<void> {}
  async close(): Promise<void> {}

  kinds(): string[] {
    return this.records.map((record) => record.kind);
  }
}

/** What a scripted upstream offers and how it answers. */
export interface Script {
  readonly tools?: readonly JsonObject[];
  readonly prompts?: readonly JsonObject[];
  readonly resources?: readonly JsonObject[];
  readonly templates?: readonly JsonObject[];
  readonly capabilities?: JsonObject;
  readonly instructions?: string;
  readonly settings?: Partial<UpstreamSettings>;
  readonly unavailable?: Fault;
  /** Names that integrity holds back though somebody vouched for them once. */
  readonly heldBack?: readonly string[];
  /** What somebody vouched for once and it does not list any more. */
  readonly unlisted?: readonly Pick<Definition, 'kind' | 'name'>[];
  /** Names that nobody vouched for yet. */
  readonly unreviewed?: readonly string[];
  readonly era?: 'legacy' | 'modern';
  /** When its names were trusted; else in the order of the configuration. */
  readonly pinnedAtMs?: number;
  readonly answer?: (judged: Judged, ports: CallPorts, tenant: Tenant) => Promise<UpstreamAnswer>;
}

const LIMITS: UpstreamLimits = {
  resultBytesMax: 1e6,
  resultDepthMax: 64,
  lineBytesMax: 1e6,
  eventBytesMax: 1e6,
  noiseBytesPerSecondMax: 1e6,
  toolsMax: 1000,
  listItemsMax: 1000,
  listPagesMax: 10,
  catalogueBytesMax: 1e6,
  catalogueTtlMs: 1e4,
  stderrBytesMax: 1e4,
  childrenMax: 8,
  connectionsMax: 8,
  socketsMax: 8,
  inFlightMax: 8,
  queueMax: 8,
  asksMax: 8,
  idleMs: 1e5,
  startTimeoutMs: 1e4,
  probeTimeoutMs: 1e3,
  stopGraceMs: 1e3,
  backOffMs: 100,
  backOffMaxMs: 1e3,
};

export function settingsOf(name: string, more: Partial<UpstreamSettings> = {}): UpstreamSettings {
  return {
    name,
    transport: 'stdio',
    command: 'x',
    args: [],
    cwd: null,
    env: {},
    url: null,
    headers: {},
    era: 'auto',
    isolation: 'principal',
    roots: [],
    relay: { sampling: false, elicitation: false, roots: false },
    timeoutMs: 60_000,
    limits: LIMITS,
    ...more,
  };
}

/** Upstreams that answer as their scripts say, and remember what was forwarded. */
export class ScriptedUpstreams implements Upstreams {
  readonly forwarded: { judged: Judged; tenant: Tenant; ports: CallPorts }[] = [];
  readonly subscribed: {
    upstream: string;
    tenant: Tenant;
    ears: Ears;
    uris: readonly string[];
    level: string;
    closed: boolean;
  }[] = [];
  readonly scripts: Map<string, Script>;
  /** URIs that cannot be subscribed to. */
  readonly refuses = new Set<string>();
  /** Keys of tenants whose connections were let go. */
  readonly released: string[] = [];
  /** How servers take subscriptions. */
  onSetResources: () => Promise<void> = () => Promise.resolve();
  readonly #catalogues = new Map<string, Catalogue>();

  constructor(scripts: Record<string, Script>) {
    this.scripts = new Map(Object.entries(scripts));
  }

  names(): readonly string[] {
    return [...this.scripts.keys()];
  }
  settings(upstream: string): UpstreamSettings | null {
    const script = this.scripts.get(upstream);
    return script ? settingsOf(upstream, script.settings) : null;
  }
  configure(): void {}
  known(upstream: string): Catalogue | null {
    return this.#catalogues.get(upstream) ?? null;
  }
  async catalogue(upstream: string): Promise<Catalogue> {
    const script = this.scripts.get(upstream);
    if (!script) throw new Fault('upstream_unreachable', 'no such upstream');
    if (script.unavailable) throw script.unavailable;
    let catalogue = this.#catalogues.get(upstream);
    if (!catalogue) this.#catalogues.set(upstream, (catalogue = catalogueOf(script)));
    return catalogue;
  }
  forget(upstream: string): void {
    this.#catalogues.delete(upstream);
  }
  async forward(permit: Permit, tenant: Tenant, ports: CallPorts): Promise<UpstreamAnswer> {
    const judged = permit.spend();
    this.forwarded.push({ judged, tenant, ports });
    const script = this.scripts.get(judged.call.upstream);
    return script?.answer
      ? script.answer(judged, ports, tenant)
      : { kind: 'result', result: { content: [{ type: 'text', text: 'done' }] } };
  }
  subscribe(upstream: string, tenant: Tenant, ears: Ears): Subscription {
    const entry = { upstream, tenant, ears, uris: [] as readonly string[], level: '', closed: false };
    this.subscribed.push(entry);
    return {
      setResources: async (uris) => {
        if (uris.some((uri) => this.refuses.has(uri))) throw new Fault('upstream_protocol', 'no such resource');
        entry.uris = uris;
        await this.onSetResources();
      },
      setLogLevel: async (level) => void (entry.level = level),
      close: () => void (entry.closed = true),
    };
  }
  release(tenant: Tenant): void {
    this.released.push(tenant.key);
  }
  async restart(): Promise<void> {}
  status(): never {
    throw new Error('not scripted');
  }
  async close(): Promise<void> {}
}

function catalogueOf(script: Script): Catalogue {
  const define = (kind: Definition['kind'], field: string, bodies: readonly JsonObject[] = []): Definition[] =>
    bodies.map((body) => ({ kind, name: String(body[field]), body }));
  return {
    era: script.era ?? 'legacy',
    revision: script.era === 'modern' ? '2026-07-28' : '2025-11-25',
    capabilities: script.capabilities ?? {
      ...(script.tools ? { tools: {} } : {}),
      ...(script.prompts ? { prompts: {} } : {}),
      ...(script.resources || script.templates ? { resources: { subscribe: true } } : {}),
    },
    serverInfo: { name: 'scripted', version: '1' },
    instructions: script.instructions ?? null,
    tools: define('tool', 'name', script.tools),
    prompts: define('prompt', 'name', script.prompts),
    resources: define('resource', 'uri', script.resources),
    templates: define('template', 'uriTemplate', script.templates),
    version: 1,
  };
}

export const ALLOW: Decision = { effect: 'allow', rule: 'all', obligations: [] };

export function policyOf(
  decide: (question: Question) => Decision = () => ALLOW,
  hides: (question: Question) => boolean = () => false,
): Policy {
  return {
    hash: 'hash-of-policy',
    decide,
    listing: (q) => (hides(q) ? 'deny' : 'maybe'),
    explain: () => ({}),
    declaredTypes: () => [],
    notes: [],
  };
}

export const ALICE: Caller = {
  principal: { id: 'alice', kind: 'user', groups: ['dev'], roles: [], attributes: {} },
  keyId: 'k1',
  authenticatedBy: 'api-key',
  isValid: () => true,
};

export interface World {
  readonly gateway: Gateway;
  readonly upstreams: ScriptedUpstreams;
  readonly records: ListedRecords;
  readonly clock: ManualClock;
  policy: Policy;
  guards: (args: JsonObject) => readonly Finding[];
  notices: (params: JsonObject) => JsonObject | null;
  take: (obligations: readonly Obligation[]) => Taken;
  released: number;
  /** What was asked to be redacted in each result. */
  redacted: (readonly string[])[];
}

/** A gateway named `default` over scripted upstreams; policy, guards and limits can be swapped between calls. */
export function worldOf(
  scripts: Record<string, Script>,
  policy: Policy = policyOf(),
  evaluate: GatewaySnapshot['evaluate'] = 'own',
): World {
  const clock = new ManualClock();
  const records = new ListedRecords();
  const upstreams = new ScriptedUpstreams(scripts);
  const order = [...upstreams.names()];
  const rooms: Rooms = {
    clock,
    records,
    upstreams,
    authn: { recognise: () => ({ kind: 'refusal', refusal: refuse('AUTHN_REQUIRED') }) },
    integrity: admitAll(order, upstreams.scripts),
    inspection: {
      inspectCall: (call) => world.guards(call.arguments),
      inspectResult: (_, __, result, classes) => {
        world.redacted.push(classes);
        return { result, findings: [], why: '' };
      },
      inspectError: (_, error) => ({ error, findings: [], why: '' }),
      inspectNotice: (params) => world.notices(params),
    },
    limits: {
      take: (obligations) => world.take(obligations),
      count: () => 0,
      attempt: () => undefined,
      distrust: () => undefined,
    },
    approvals: new NobodyToAsk(),
    credentials: new NoCredentials(),
    snapshot: () => ({
      version: 1,
      gateways: new Map([
        ['default', { name: 'default', upstreams: order, policy: world.policy, evaluate, environment: {} }],
      ]),
    }),
  };
  const gateway = new Gateway(rooms, gatewaySection.parse({}), Buffer.alloc(32, 7));
  const world: World = {
    gateway,
    upstreams,
    records,
    clock,
    policy,
    released: 0,
    redacted: [],
    guards: () => [],
    notices: (params) => params,
    take: () => ({ ok: true, release: () => void world.released++, giveBack: () => void world.released++ }),
  };
  return world;
}

/** Admits what no script holds back, pinned in configuration order; the same catalogue gives the same admission. */
function admitAll(order: readonly string[], scripts: ReadonlyMap<string, Script>): Integrity {
  const kept = new WeakMap<Offer, Admission>();
  const recall = (_: string, upstream: string, catalogue: Offer): Admission => {
    let admission = kept.get(catalogue);
    if (!admission) kept.set(catalogue, (admission = admit(upstream, catalogue)));
    return admission;
  };
  const admit = (upstream: string, catalogue: Offer): Admission => {
    const script = scripts.get(upstream) ?? {};
    const { heldBack = [], unlisted = [], unreviewed = [], pinnedAtMs = order.indexOf(upstream) } = script;
    const all = [...catalogue.tools, ...catalogue.prompts, ...catalogue.resources, ...catalogue.templates];
    const isServed = ({ name }: Definition): boolean => !heldBack.includes(name) && !unreviewed.includes(name);
    const served = all.filter(isServed).map((definition) => ({
      definition,
      fingerprint: `f-${definition.name}`,
      pinState: 'pinned' as const,
      pinnedAtMs,
      hints: judgedHints(definition.kind, definition.name, definition.body),
      notices: [],
    }));
    const withheld = all
      .filter((definition) => !isServed(definition))
      .map(({ kind, name }) => {
        return { kind, name, fingerprint: 'f', pinState: 'quarantined' as const, reason: 'held back', findings: [] };
      });
    const reserved = [...withheld.filter(({ name }) => heldBack.includes(name)), ...unlisted].map(({ kind, name }) => ({
      kind,
      name,
      pinnedAtMs,
    }));
    const { serverInfo, instructions, capabilities } = catalogue;
    const surface = { serverInfo, instructions, capabilities, fingerprint: 'f', pinState: 'pinned' as const };
    return { served, withheld, reserved, surface, events: [] };
  };
  return {
    recall,
    admit: async (gateway, upstream, offer) => recall(gateway, upstream, offer),
    async reserved(_, upstream) {
      const { tools, prompts, resources, templates } = catalogueOf(scripts.get(upstream) ?? {});
      const all = [...tools, ...prompts, ...resources, ...templates];
      return all.map(({ kind, name }) => ({ kind, name, pinnedAtMs: order.indexOf(upstream) }));
    },
  };
}

const CLIENT: Client = {
  name: 'test',
  version: '1',
  era: 'legacy',
  revision: '2025-11-25',
  transport: 'streamable-http',
  capabilities: {},
  address: '127.0.0.1',
  session: 's1',
};

export type Said = { method: string; params: JsonObject };

/** An exchange of Alice's, and everything that was said on it besides the answer. */
export function exchangeOf(
  method: string,
  params: JsonObject,
  more: Partial<Omit<Exchange, 'client'>> & { client?: Partial<Client> } = {},
): Exchange & { said: Said[] } {
  const said: Said[] = [];
  return {
    gateway: 'default',
    caller: ALICE,
    requestId: 1,
    method,
    params,
    receivedAtMs: Date.UTC(2026, 10, 22),
    signal: new AbortController().signal,
    notify: (name: string, body: JsonObject) => void said.push({ method: name, params: body }),
    ask: null,
    session: null,
    ...more,
    client: { ...CLIENT, ...more.client },
    said,
  };
}

export const modernClient = { era: 'modern', revision: '2026-07-28', session: null } as const;
