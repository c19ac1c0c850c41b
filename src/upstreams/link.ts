import { Fault } from '../core/fault.ts';
import type { Judged } from '../core/permit.ts';
import type { MirroredParam } from '../mcp/headers.ts';
import { RPC } from '../mcp/json-rpc.ts';
import type { BackOff } from './back-off.ts';
import { fetchOffer } from './catalogue.ts';
import { CatalogueCache, type Fetched } from './catalogue-cache.ts';
import { Gate } from './gate.ts';
import { declaredOf, type Outgoing } from './outgoing.ts';
import type { Introduction } from './introduction.ts';
import { Listening } from './listening.ts';
import type { LinkHome } from './link-home.ts';
import type { Peer } from './peer.ts';
import { afterError, afterFault, type SecondChance } from './second-chance.ts';
import { NotSent } from './transports/wire-faults.ts';
import type { CallPorts, Catalogue, Ears, Subscription, Tenant, UpstreamAnswer } from './upstream.ts';
import { within, type Patience } from './within.ts';

const NONE: readonly MirroredParam[] = [];

/** A connection that lived this long did not crash on start; one that has served a call may have lived shorter. */
const STABLE_MS = 10_000;
const SERVED_MS = 500;

/** What one tenant has with one upstream: at most one live connection, a catalogue, and change notices. */
export class Link {
  readonly tenant: Tenant;
  readonly listening: Listening;
  readonly #site: LinkHome;
  readonly #gate: Gate;
  readonly #restart: BackOff;
  readonly #cache: CatalogueCache;
  #peer: Peer | null = null;
  #introduction: Introduction | null = null;
  #connecting: Promise<Peer> | null = null;
  #openedAtMs = 0;
  #hasServed = false;
  #usedAtMs: number;
  #ended: Fault | null = null;

  constructor(site: LinkHome, tenant: Tenant) {
    const { limits } = site.settings;
    this.tenant = tenant;
    this.#site = site;
    this.#usedAtMs = site.clock.monotonicMs();
    this.#gate = new Gate(limits.inFlightMax, limits.queueMax, site.clock);
    this.#restart = site.backOff(1);
    this.#cache = new CatalogueCache(site.clock, limits.catalogueTtlMs, site.backOff(0), site.versions, () =>
      this.#fetch(),
    );
    this.listening = new Listening({
      clock: site.clock,
      backOff: site.backOff(0),
      reach: () => this.#reach({ signal: null, deadlineMs: site.clock.monotonicMs() + limits.startTimeoutMs }),
      listChanged: () => this.#cache.invalidate(),
      mayBeAsked: Object.keys(tenant.capabilities).length > 0,
      note: (note) => site.note(note),
    });
  }

  get peer(): Peer | null {
    return this.#peer;
  }

  get isConnecting(): boolean {
    return this.#connecting !== null;
  }

  get usedAtMs(): number {
    return this.#usedAtMs;
  }

  /** Calls are under way or waiting. */
  get isBusy(): boolean {
    return this.#gate.busy;
  }

  /** Nothing is under way and nobody listens. */
  get isIdle(): boolean {
    return !this.#gate.busy && !this.isConnecting && !this.listening.isWanted && (this.#peer?.inFlight ?? 0) === 0;
  }

  /** Nothing is left that would have to be fetched again. */
  get isEmpty(): boolean {
    return this.isIdle && this.#peer === null && !this.#cache.isFresh && this.#restart.waitMs() === 0;
  }

  /** The catalogue, if it is fresh. */
  known(): Catalogue | null {
    this.#usedAtMs = this.#site.clock.monotonicMs();
    return this.#cache.known();
  }

  catalogue(): Promise<Catalogue> {
    this.#usedAtMs = this.#site.clock.monotonicMs();
    return this.#cache.get();
  }

  subscribe(ears: Ears): Subscription {
    return this.listening.add(ears);
  }

  /** The fast way is the first line: a connection with room sends at once. */
  forward(judged: Judged, tenant: Tenant, ports: CallPorts): Promise<UpstreamAnswer> {
    const call: Outgoing = { judged, tenant, ports };
    const peer = this.#peer;
    this.#usedAtMs = this.#site.clock.monotonicMs();
    if (peer !== null && peer.isOpen && this.#gate.tryEnter()) return this.#send(peer, call, true);
    return this.#enter(call);
  }

  /** Ends the connection; requests under way fail with `fault`. */
  disconnect(fault: Fault): void {
    const peer = this.#peer;
    this.#peer = null;
    if (peer !== null) this.#site.discard(peer, fault);
  }

  /** Ends everything. */
  end(fault: Fault): void {
    this.#ended = fault;
    this.listening.end();
    this.disconnect(fault);
  }

  /** The catalogue may not be asked for again before its time, except after this. */
  forget(): void {
    this.#restart.succeeded();
    this.#cache.invalidate();
  }

  async #enter(call: Outgoing): Promise<UpstreamAnswer> {
    await this.#gate.enter(call.ports);
    let peer: Peer;
    try {
      peer = await this.#reach(call.ports);
    } catch (error) {
      this.#gate.leave();
      throw error;
    }
    return this.#send(peer, call, true);
  }

  #send(peer: Peer, call: Outgoing, first: boolean): Promise<UpstreamAnswer> {
    const { judged, tenant, ports } = call;
    const flight = peer.send({
      method: judged.call.method,
      params: judged.params,
      meta: ports.meta,
      capabilities: declaredOf(tenant),
      deadlineMs: ports.deadlineMs,
      signal: ports.signal,
      ear: ports,
      mirrored: peer.wire.mirrors && judged.call.method === 'tools/call' ? this.#cache.mirrored(judged) : NONE,
    });
    return flight.answer.then(
      (answer) => {
        if (answer.kind === 'error' && first) return this.#refused(peer, call, answer);
        this.#gate.leave();
        this.#hasServed = true;
        return answer;
      },
      (error: unknown) => this.#failed(peer, call, first, error),
    );
  }

  /** An error answer: final, unless it says that our picture of the server is wrong; then once more. */
  async #refused(
    peer: Peer,
    call: Outgoing,
    answer: Extract<UpstreamAnswer, { kind: 'error' }>,
  ): Promise<UpstreamAnswer> {
    const { code } = answer.error;
    if (code === RPC.invalidParams || code === RPC.methodNotFound) this.#cache.doubt();
    return this.#again(peer, call, afterError(code, peer.dialect.era), () => answer);
  }

  async #failed(peer: Peer, call: Outgoing, first: boolean, error: unknown): Promise<UpstreamAnswer> {
    if (error instanceof NotSent) this.#unreachable(peer, error);
    const { method } = call.judged.call;
    const chance = first ? afterFault(error, method, peer.dialect.era, peer.wire.name) : null;
    return this.#again(peer, call, chance, () => {
      throw error;
    });
  }

  /** Puts right what was wrong and sends the same call once more; otherwise it ends here. */
  async #again(
    peer: Peer,
    call: Outgoing,
    chance: SecondChance | null,
    otherwise: () => UpstreamAnswer,
  ): Promise<UpstreamAnswer> {
    if (chance === null || (chance === 'probe-again' && !this.#site.contradict(peer))) {
      this.#gate.leave();
      return otherwise();
    }
    let next: Peer;
    try {
      if (chance === 'refresh-list') await this.#refresh(call.ports);
      if (chance === 'new-session' || !this.#site.stands(peer)) this.#retire(peer);
      next = await this.#reach(call.ports);
    } catch (error) {
      this.#gate.leave();
      if (!(error instanceof Fault)) throw error;
      return otherwise();
    }
    return this.#send(next, call, false);
  }

  async #refresh(patience: Patience): Promise<void> {
    this.#cache.invalidate();
    await within(this.#cache.get(), patience, this.#site.clock, 'refreshing the list of tools');
  }

  /** The host is not to be had: until the back-off is over, calls fail at once. */
  #unreachable(peer: Peer, fault: Fault): void {
    this.#site.unreachable(fault);
    this.#retire(peer);
  }

  /** No new calls on this connection; the calls under way may end. */
  #retire(peer: Peer): void {
    if (this.#peer !== peer) return;
    this.#peer = null;
    this.#site.retire(peer);
    this.listening.detached();
  }

  #reach(patience: Patience): Promise<Peer> {
    if (this.#peer?.isOpen === true) return Promise.resolve(this.#peer);
    if (this.#connecting === null) {
      const connecting = this.#connect();
      this.#connecting = connecting;
      const done = connecting.finally(() => {
        if (this.#connecting === connecting) this.#connecting = null;
      });
      done.catch(() => undefined);
    }
    return within(this.#connecting, patience, this.#site.clock, 'connecting');
  }

  async #connect(): Promise<Peer> {
    const before = this.#whyEnded();
    if (before !== null) throw before;
    this.#restart.check();
    const { peer, introduction } = await this.#site.connect(this.tenant, {
      notice: (method, params) => this.listening.deliver(method, params),
      closed: (from, fault) => this.#closed(from, fault),
    });
    const ended = this.#whyEnded();
    if (ended !== null) {
      this.#site.discard(peer, ended);
      throw ended;
    }
    this.#peer = peer;
    this.#introduction = introduction;
    this.#openedAtMs = this.#site.clock.monotonicMs();
    this.#hasServed = false;
    this.listening.attached(peer);
    return peer;
  }

  /** Asked again after every wait: the compiler must not remember the answer. */
  #whyEnded(): Fault | null {
    return this.#ended;
  }

  #closed(peer: Peer, fault: Fault): void {
    this.#site.discard(peer, fault);
    if (this.#peer !== peer) return;
    this.#peer = null;
    const livedMs = this.#site.clock.monotonicMs() - this.#openedAtMs;
    if (livedMs > STABLE_MS || (this.#hasServed && livedMs > SERVED_MS)) this.#restart.succeeded();
    this.#restart.failed(fault);
    this.#site.crashed(fault);
    this.listening.detached();
  }

  /** Once more where the server refused the list because our picture of it is wrong, such as a session it forgot. */
  async #fetch(): Promise<Fetched> {
    const { clock, settings } = this.#site;
    const deadlineMs = clock.monotonicMs() + settings.limits.startTimeoutMs + settings.timeoutMs;
    for (let first = true; ; first = false) {
      const peer = await this.#reach({ signal: null, deadlineMs });
      try {
        const introduction = await this.#site.introduced(peer, this.#introduction);
        const offer = await fetchOffer(peer, introduction, settings.limits, deadlineMs, (note) =>
          this.#site.note(note),
        );
        return { offer, introduction };
      } catch (error) {
        const chance = first ? afterFault(error, 'tools/list', peer.dialect.era, peer.wire.name) : null;
        if (chance === null || (chance === 'probe-again' && !this.#site.contradict(peer))) throw error;
        if (chance === 'new-session' || !this.#site.stands(peer)) this.#retire(peer);
      }
    }
  }
}
