// The composition root: read from top to bottom, it says who knows whom. Enters: settings. Leaves: a gateway that
// serves, or the reason why it does not. Must never happen here: a decision about a call.
import { openControlPlane, type ControlPlane } from './admin/control-plane.ts';
import { NobodyToAsk } from './approvals/approvals.ts';
import { Authn } from './authn/authn.ts';
import { isLive } from './authn/ports.ts';
import { WatchedFiles } from './config/watch-files.ts';
import type { Settings } from './config/settings.ts';
import type { Clock } from './core/clock.ts';
import { Fault } from './core/fault.ts';
import type { RefusalCode } from './core/refusal.ts';
import { VERSION } from './core/version.ts';
import { NoCredentials } from './credentials/credentials.ts';
import { Gateway } from './gateway/gateway.ts';
import { GUARDED } from './gateway/guarded.ts';
import { observer } from './gateway/observer.ts';
import { Inspection } from './gateway/inspection.ts';
import type { Rooms } from './gateway/rooms.ts';
import { SERVER_INFO } from './gateway/introduce.ts';
import { createIntegrity } from './integrity/integrity.ts';
import { Limits } from './limits/limits.ts';
import { evaluateRoute } from './listener/evaluate-route.ts';
import { listenerLimits } from './listener/section.ts';
import { startListener, type Listener } from './listener/server.ts';
import { CLOSED_DOOR } from './listener/closed-door.ts';
import type { ListenerPorts, ListenerSettings } from './listener/reception.ts';
import { PolicyShelf } from './config/policy-shelf.ts';
import { openStore, type Store } from './store/sqlite/open-store.ts';
import { readSecret } from './store/secret-file.ts';
import { configuredConnector } from './guards/url/pinned-connector.ts';
import { followRestartOrders } from './upstreams/follow-orders.ts';
import { openUpstreams } from './upstreams/open-upstreams.ts';
import { warmGuards } from './guards/guards.ts';

/** What the program around Veto provides. */
export interface Surroundings {
  readonly clock: Clock;
  /** A number from 0 (inclusive) to 1 (exclusive), to spread retries. */
  readonly jitter: () => number;
  /** One sentence for the operator: something was noticed, reloaded or went wrong. */
  report(sentence: string): void;
}

/** Veto without a wire: the gateway and everything behind it. */
export interface Veto {
  readonly gateway: Gateway;
  readonly store: Store;
  readonly controlPlane: ControlPlane;
  /** Why it is not ready to serve; empty when it is. */
  readiness(): readonly string[];
  close(): Promise<void>;
}

/** Veto listening. */
export interface Serving extends Veto {
  readonly listener: Listener;
  /** Where administrators call; the same one unless `listen.admin` names another address. */
  readonly adminListener: Listener;
}

/**
 * Builds everything that decides and forwards.
 * @throws Fault('config_invalid' | 'store_failed') with a sentence for the operator
 */
export async function assembleVeto(settings: Settings, around: Surroundings): Promise<Veto> {
  const { clock } = around;
  const warmed = warmGuards(); // while the store is opened
  warmed.catch(() => undefined); // thrown where it is waited for
  const directory = directoryOf(settings);
  const store = openStore({ directory, audit: settings.audit, counters: settings.counters }, clock);
  try {
    await warmed;
    const files = new WatchedFiles();
    const shelf = new PolicyShelf(settings, { ...GUARDED, observe: observer() }, files.read);
    const upstreams = openUpstreams(settings.upstreams, {
      clock,
      jitter: around.jitter,
      connectTo: configuredConnector,
      clientInfo: { name: 'veto', version: VERSION },
      report: (upstream, note) => around.report(`upstream \`${upstream}\`: ${note}`),
    });
    const integrity = createIntegrity(store.pins, (gateway, upstream) => integrityOf(settings, gateway, upstream));
    const rooms: Rooms = {
      clock,
      upstreams,
      authn: new Authn({ keys: store.keys, configured: settings.keys, clock }),
      integrity,
      inspection: new Inspection(settings.guards),
      limits: new Limits(store.counters, clock),
      approvals: new NobodyToAsk(),
      credentials: new NoCredentials(),
      records: store.records,
      snapshot: () => shelf.snapshot,
    };
    const gateway = new Gateway(rooms, settings.limits, readSecret(directory));
    const stopWatching = followPolicies(files, shelf, gateway, around);
    const stopFollowing = followRestartOrders(store.restarts, upstreams, clock, (said) => around.report(said));
    return {
      gateway,
      store,
      controlPlane: openControlPlane({
        ...store,
        configured: settings.keys,
        clock,
        world: () => ({
          records: store.records,
          keys: [...store.keys.list().filter((key) => isLive(key, clock.nowMs())), ...settings.keys],
          gateways: shelf.snapshot.gateways,
          rootsOf: (name) => upstreams.settings(name)?.roots ?? [],
          nowMs: clock.nowMs(),
        }),
      }),
      readiness: () => (store.records.isFailing() ? [UNRECORDED] : []),
      async close() {
        stopWatching();
        stopFollowing();
        gateway.close();
        await upstreams.close();
        await store.close();
      },
    };
  } catch (error) {
    void store.close();
    throw error;
  }
}

/** Serves over HTTP. @throws Fault, or the operating system's error when an address is not to be had */
export async function serveVeto(settings: Settings, around: Surroundings): Promise<Serving> {
  const veto = await assembleVeto(settings, around);
  const listeners: Listener[] = [];
  const close = async (): Promise<void> => {
    veto.gateway.close();
    await Promise.all(listeners.map((one) => one.close()));
    await veto.close();
  };
  try {
    const { agents, admin } = listenersOf(settings, veto, around);
    const listener = await startListener(agents.settings, veto.gateway, around.clock, agents.ports);
    listeners.push(listener);
    if (!admin) return { ...veto, listener, adminListener: listener, close };
    const adminListener = await startListener(admin.settings, CLOSED_DOOR, around.clock, admin.ports);
    listeners.push(adminListener);
    return { ...veto, listener, adminListener, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Door {
  readonly settings: ListenerSettings;
  readonly ports: ListenerPorts;
}

/** What listens where: agents and administrators at one address, or each at their own. */
function listenersOf(settings: Settings, veto: Veto, { clock }: Surroundings): { agents: Door; admin: Door | null } {
  const { listen, publicUrl } = settings;
  const limits = listenerLimits(settings.listener);
  const shared = { serverInfo: SERVER_INFO, limits, challenge: null };
  const { administrators, operations } = veto.controlPlane;
  const agentRoutes = [evaluateRoute(veto.gateway, limits, clock)];
  const readiness = () => veto.readiness();
  const refused: ListenerPorts['refused'] = (gateway, address, refusal, caller) => {
    // Under a flood a record of each refusal would be the greater harm.
    if (gateway === null || caller === null || RELIEF.includes(refusal.code)) return;
    veto.gateway.turnedDown(gateway, caller, address, refusal);
  };
  const routes = listen.admin ? agentRoutes : [...agentRoutes, ...operations];
  const own = { readiness, routes: operations, administrators };
  return {
    agents: {
      settings: { ...shared, ...listen.agents, publicUrl },
      ports: { readiness, routes, refused, ...(listen.admin ? {} : { administrators }) },
    },
    admin: listen.admin && { settings: { ...shared, ...listen.admin, publicUrl: null }, ports: own },
  };
}

/** Puts changed policy files in force. @returns stops that */
function followPolicies(files: WatchedFiles, shelf: PolicyShelf, gateway: Gateway, around: Surroundings): () => void {
  const notReloaded = (why: string): void =>
    around.report(`policy not reloaded, the last good version stays in force: ${why}`);
  const reload = (): void => {
    const { problems, changed } = shelf.reload();
    for (const problem of problems) notReloaded(problem);
    if (changed.size === 0) return;
    around.report(`policy reloaded for ${[...changed].map((name) => `\`${name}\``).join(', ')}`);
    gateway.announce(changed);
  };
  return files.watch(shelf.paths, around.clock, reload, (paths) => {
    for (const path of paths)
      notReloaded(`${path} changes again and again; write a new file beside it and rename that`);
  });
}

/** Without the why, which names files: whoever reaches the address may ask. */
const UNRECORDED = 'records cannot be written, so calls are refused';

/** Refusals that protect the gateway itself. */
const RELIEF: readonly RefusalCode[] = ['FLOOD', 'OVERLOADED'];

function integrityOf(settings: Settings, gateway: string, upstream: string): Settings['gateways'][number]['integrity'] {
  const of = settings.gateways.find(({ name }) => name === gateway);
  if (!of) throw new Fault('config_invalid', `there is no gateway \`${gateway}\``);
  const own = settings.upstreams.find(({ name }) => name === upstream)?.integrity;
  return {
    pin: own?.pin ?? of.integrity.pin,
    on_dangerous: own?.on_dangerous ?? of.integrity.on_dangerous,
    definitions_max: own?.definitions_max ?? of.integrity.definitions_max,
  };
}

function directoryOf({ store }: Settings): string {
  if (store.kind === 'embedded') return store.folder;
  throw new Fault(
    'config_invalid',
    '`store:` names PostgreSQL, which this version cannot use yet; name a folder instead',
  );
}
