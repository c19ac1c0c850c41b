import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { LEGACY_LATEST } from '../mcp/revisions.ts';
import { BackOff } from './back-off.ts';
import { CatalogueVersions } from './catalogue-cache.ts';
import { connect, type Verdict } from './connect.ts';
import { Departures } from './departures.ts';
import { legacyDialect } from './dialect.ts';
import { discover, type Introduction } from './introduction.ts';
import { Link } from './link.ts';
import type { LinkEvents, LinkHome } from './link-home.ts';
import { Notes } from './notes.ts';
import { Peer } from './peer.ts';
import type { UpstreamPorts } from './ports.ts';
import { HttpOrigin } from './transports/http-origin.ts';
import { transportNamed, type TransportName } from './transports.ts';
import type { Catalogue, Tenant, UpstreamSettings, UpstreamStatus } from './upstream.ts';

const SWEEP_MS_MIN = 1000;
const SWEEP_MS_MAX = 30_000;
const DRAIN_STEP_MS = 50;

/** One configured upstream: what is known of the server, and everybody's connections to it. */
export class Site implements LinkHome {
  readonly settings: UpstreamSettings;
  readonly clock: Clock;
  readonly versions = new CatalogueVersions();
  readonly #ports: UpstreamPorts;
  readonly #links = new Map<string, Link>();
  readonly #departures = new Departures();
  readonly #start: BackOff;
  readonly #notes: Notes;
  #verdict: Verdict | null = null;
  #probing: Promise<unknown> | null = null;
  #origin: HttpOrigin | null = null;
  #lastId = 0;
  #lastFault: Fault | null = null;
  #greetedMs: number | null = null;
  #restarts = 0;
  #callOffSweep: (() => void) | null = null;
  #closed = false;

  constructor(settings: UpstreamSettings, ports: UpstreamPorts) {
    this.settings = settings;
    this.clock = ports.clock;
    this.#ports = ports;
    this.#start = this.backOff(0);
    this.#notes = new Notes(ports.clock, (note) => ports.report(settings.name, note));
  }

  /** The link of a tenant, made when there is none. */
  link(tenant: Tenant): Link {
    const known = this.#links.get(tenant.key);
    if (known !== undefined) return known;
    const link = new Link(this, tenant);
    this.#links.set(tenant.key, link);
    this.#scheduleSweep();
    return link;
  }

  /** The fresh catalogue of a tenant, if there is one. */
  known(tenant: Tenant): Catalogue | null {
    return this.#links.get(tenant.key)?.known() ?? null;
  }

  links(): Iterable<Link> {
    return this.#links.values();
  }

  backOff(free: number): BackOff {
    const { backOffMs, backOffMaxMs } = this.settings.limits;
    return new BackOff({ clock: this.clock, jitter: this.#ports.jitter, baseMs: backOffMs, maxMs: backOffMaxMs, free });
  }

  note(note: string): void {
    this.#notes.add(note);
  }

  /** Opens a connection for a link. Only one probes at a time; the others wait and use what it found. @throws Fault */
  async connect(tenant: Tenant, events: LinkEvents): Promise<{ peer: Peer; introduction: Introduction }> {
    while (this.#verdict === null && this.#probing !== null) await this.#probing.catch(() => undefined);
    if (this.#closed) throw new Fault('upstream_closed', 'the upstream was removed');
    this.#start.check();
    this.#makeRoom(tenant);
    const startedMs = this.clock.monotonicMs();
    const connecting = this.#connect(tenant, events);
    if (this.#verdict === null) this.#probing = connecting;
    try {
      const { peer, verdict } = await connecting;
      this.#greetedMs = this.clock.monotonicMs() - startedMs;
      this.#departures.opened(peer);
      // What was taken from the verdict is no younger than the verdict.
      if (verdict.introduction !== this.#verdict?.introduction) this.#verdict = verdict;
      this.#start.succeeded();
      return { peer, introduction: verdict.introduction };
    } catch (error) {
      if (error instanceof Fault) this.unreachable(error);
      throw error;
    } finally {
      if (this.#probing === connecting) this.#probing = null;
    }
  }

  /** What the server says of itself now: asked again once it is older than a catalogue may be. */
  async introduced(peer: Peer, known: Introduction | null): Promise<Introduction> {
    const verdict = this.#verdict;
    const current = peer.dialect.era === 'modern' ? (verdict?.introduction ?? known) : known;
    if (current === null) throw new Fault('upstream_closed', 'the connection was replaced');
    const { catalogueTtlMs, probeTimeoutMs } = this.settings.limits;
    const old = verdict !== null && this.clock.monotonicMs() - verdict.atMs > catalogueTtlMs;
    if (!old || peer.dialect.era === 'legacy' || current.capabilities === null) return current;
    const nowMs = this.clock.monotonicMs();
    const probe = await discover(
      peer,
      { clock: this.clock, clientInfo: this.#ports.clientInfo },
      nowMs + probeTimeoutMs,
    );
    if (probe.kind === 'legacy') {
      this.contradict(peer);
      throw new Fault('upstream_protocol', `the server is no longer modern: ${probe.why}`);
    }
    this.#verdict = { ...verdict, introduction: probe.introduction, atMs: nowMs };
    return probe.introduction;
  }

  /** What was known of the server's era is wrong. False when the era is pinned. */
  contradict(peer: Peer): boolean {
    if (this.settings.era !== 'auto') return false;
    if (this.#verdict?.introduction.era === peer.dialect.era) this.#verdict = null;
    return true;
  }

  /** Whether a connection is in the era that the server is known to have. */
  stands(peer: Peer): boolean {
    return this.#verdict?.introduction.era === peer.dialect.era;
  }

  /** The server is not to be had: attempts wait, and calls fail at once meanwhile. */
  unreachable(fault: Fault): void {
    this.#lastFault = fault;
    // Many calls may fail of one cause: it counts once.
    if (this.#start.waitMs() === 0) this.#start.failed(fault);
  }

  crashed(fault: Fault): void {
    this.#lastFault = fault;
    this.#restarts++;
    this.note(`the connection was lost: ${fault.message}`);
  }

  discard(peer: Peer, fault: Fault): void {
    this.#departures.discard(peer, fault);
  }

  retire(peer: Peer): void {
    this.#departures.retire(peer);
  }

  /** Ends all of a tenant's business. */
  release(key: string): void {
    const link = this.#links.get(key);
    this.#links.delete(key);
    link?.end(new Fault('cancelled', 'the caller is no longer welcome'));
  }

  /** Forgets what is known of the server and lets go of every connection; the next call connects anew. */
  async restart(): Promise<void> {
    this.#verdict = null;
    this.#start.succeeded();
    this.#restarts++;
    for (const link of this.#links.values()) {
      link.forget();
      link.disconnect(new Fault('upstream_closed', 'the upstream was restarted'));
    }
    await this.#departures.settled();
    for (const link of this.#links.values()) if (link.listening.isWanted) link.listening.detached();
  }

  /** Waits for calls under way up to `drainMs`, then ends everything. */
  async close(drainMs: number): Promise<void> {
    this.#closed = true;
    this.#callOffSweep?.();
    const untilMs = this.clock.monotonicMs() + drainMs;
    while (this.#isBusy() && this.clock.monotonicMs() < untilMs) {
      await new Promise<void>((resolve) => this.clock.after(DRAIN_STEP_MS, resolve));
    }
    const fault = new Fault('upstream_closed', 'the gateway is shutting down');
    for (const link of this.#links.values()) link.end(fault);
    await this.#departures.end(fault);
    this.#links.clear();
    await this.#origin?.destroy();
  }

  status(): UpstreamStatus {
    const links = [...this.#links.values()];
    const open = links.filter((link) => link.peer !== null);
    const stderr = open.map((link) => link.peer?.wire.stderrTail() ?? '').find((tail) => tail !== '');
    return {
      state: this.#state(
        open.length > 0,
        links.some((link) => link.isConnecting),
      ),
      transport: this.#verdict?.transport ?? null,
      era: this.#verdict?.introduction.era ?? null,
      connections: open.length,
      greetedMs: this.#greetedMs,
      pids: open.map((link) => link.peer?.wire.pid ?? null).filter((pid) => pid !== null),
      lastError: this.#lastFault?.message ?? null,
      stderrTail: stderr ?? this.#departures.lastStderr,
      restarts: this.#restarts,
      notes: this.#notes.all(),
    };
  }

  #state(open: boolean, connecting: boolean): UpstreamStatus['state'] {
    if (open) return 'ready';
    if (connecting) return 'connecting';
    if (this.#start.waitMs() > 0) return 'backing-off';
    return this.#start.failures > 0 ? 'failed' : 'idle';
  }

  #connect(tenant: Tenant, events: LinkEvents): ReturnType<typeof connect> {
    return connect({
      settings: this.settings,
      clock: this.clock,
      clientInfo: this.#ports.clientInfo,
      // After a failure nothing is taken for granted: the next connection is a real one.
      verdict: this.#start.failures > 0 && this.settings.transport !== 'stdio' ? null : this.#verdict,
      capabilities: tenant.capabilities,
      openPeer: (transport) => this.#openPeer(tenant, transport, events),
      discard: (peer) => this.discard(peer, new Fault('upstream_closed', 'the connection could not be set up')),
    });
  }

  #openPeer(tenant: Tenant, transport: TransportName, events: LinkEvents): Peer {
    if (this.#closed) throw new Fault('upstream_closed', 'the upstream was removed');
    const { clock, settings } = this;
    const ports = {
      clock,
      nextId: () => ++this.#lastId,
      exclusive: tenant.key !== '',
      asksMax: settings.limits.asksMax,
      afterReading: (run: () => void) => void setImmediate(run),
      notice: (method: string, params: JsonObject) => events.notice(method, params),
      ignored: (why: string) => this.note(why),
      closed: (fault: Fault) => events.closed(peer, fault),
    };
    const wirePorts = { clock, settings, jitter: this.#ports.jitter, origin: () => this.#sockets() };
    const peer: Peer = new Peer(ports, legacyDialect(LEGACY_LATEST), (wire) =>
      transportNamed(transport).create(wirePorts, wire),
    );
    this.#departures.opening(peer);
    return peer;
  }

  #sockets(): HttpOrigin {
    this.#origin ??= new HttpOrigin(this.settings, (url) => this.#ports.connectTo(url));
    return this.#origin;
  }

  /** @throws Fault('upstream_overloaded') when every connection is in use */
  #makeRoom(tenant: Tenant): void {
    const { childrenMax, connectionsMax } = this.settings.limits;
    const max = this.settings.transport === 'stdio' ? Math.min(childrenMax, connectionsMax) : connectionsMax;
    const taken = [...this.#links.values()].filter(
      (link) => link.tenant.key !== tenant.key && (link.peer !== null || link.isConnecting),
    );
    if (taken.length + this.#departures.retired < max) return;
    const idle = taken.filter((link) => link.isIdle).sort((a, b) => a.usedAtMs - b.usedAtMs)[0];
    if (idle === undefined) throw new Fault('upstream_overloaded', `all ${max} connections are in use`);
    idle.disconnect(new Fault('upstream_closed', 'the connection made room for another'));
  }

  #isBusy(): boolean {
    for (const link of this.#links.values()) if (link.isBusy) return true;
    return false;
  }

  #scheduleSweep(): void {
    if (this.#callOffSweep !== null || this.#closed) return;
    const everyMs = Math.min(SWEEP_MS_MAX, Math.max(SWEEP_MS_MIN, this.settings.limits.idleMs / 2));
    this.#callOffSweep = this.clock.after(everyMs, () => {
      this.#callOffSweep = null;
      this.#sweep();
      if (this.#links.size > 0 || this.#departures.retired > 0) this.#scheduleSweep();
    });
  }

  #sweep(): void {
    const idleSinceMs = this.clock.monotonicMs() - this.settings.limits.idleMs;
    this.#departures.sweep();
    for (const [key, link] of this.#links) {
      if (link.peer !== null && link.isIdle && link.usedAtMs <= idleSinceMs) {
        link.disconnect(new Fault('upstream_closed', 'the connection was idle'));
      }
      if (link.isEmpty) this.#links.delete(key);
    }
  }
}
