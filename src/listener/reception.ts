import { identityOf, type Caller } from '../core/principal.ts';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { JsonObject } from '../core/json.ts';
import { problemOf } from '../core/problem.ts';
import { refuse, type Refusal } from '../core/refusal.ts';
import { Roster } from '../core/roster.ts';
import type { Credential, Door, Recognised } from '../gateway/door.ts';
import { CLIENT_GONE, gatherBody, isJsonBody } from './body.ts';
import { checkBorder, drawBorder, readCredential, type Border } from './border.ts';
import { allowPage, answerPreflight } from './cross-origin.ts';
import { Flood, networkOf } from './flood.ts';
import type { Hall, Watched } from './hall.ts';
import { McpEndpoint } from './mcp-endpoint.ts';
import type { Sender } from './open-exchange.ts';
import { Quota } from './quota.ts';
import { sendAnswer, sendProblem } from './problem.ts';
import { isBodyShort, overloaded, send, sendEmpty, sendJson, sendRefusal, type Headers } from './reply.ts';
import { ADMIN_PATH, findPlace, isDiscovery, pathOf, type Fallback, type Place, type Route } from './routes.ts';
import type { ListenerLimits } from './section.ts';

/** How and where a listener listens. */
export interface ListenerSettings {
  /** Address to bind, such as `127.0.0.1`. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly publicUrl: string | null;
  /** `name` and `version` of the gateway, told to clients where a result brings none. */
  readonly serverInfo: JsonObject;
  readonly limits: ListenerLimits;
  /** `WWW-Authenticate` of a 401; null unless OAuth is configured, because it makes clients start a login. */
  readonly challenge: ((gateway: string) => string) | null;
}

/** What a listener needs beside the gateway. */
export interface ListenerPorts {
  /** Why the gateway is not ready to serve; empty when it is. */
  readiness(): readonly string[];
  readonly routes: readonly Route[];
  readonly fallback?: Fallback;
  /** Who may use routes for administrators; without, nobody. */
  readonly administrators?: Administrators;
  /**
   * Told of every request that was refused before the gateway saw it: for metrics and records. Must not throw.
   * @param caller null as long as nobody was recognised
   */
  refused?(gateway: string | null, address: string, refusal: Refusal, caller: Caller | null): void;
}

/** Knows administrators, and records the failures itself. */
export interface Administrators {
  /** As `Door.recognise`, for the control plane. */
  recognise(credential: Credential, address: string, isFlooding: boolean): Recognised;
  /** Told of a request that was refused at the wire, such as one of a foreign web page. @param caller if recognised */
  refused(address: string, refusal: Refusal, caller: Caller | null): void;
}

export interface Counts {
  readonly inFlight: number;
  /** Of answers that clients have not taken yet. */
  readonly unsentBytes: number;
  readonly streams: number;
  readonly sessions: number;
}

/** Refusals are JSON-RPC errors on the MCP endpoint, problem documents beside it. */
type TellRefusal = (res: ServerResponse, refusal: Refusal, more?: Headers) => void;
const tellByRpc: TellRefusal = (res, refusal, more) => sendRefusal(res, refusal, null, more);
const CLOSING: Headers = { connection: 'close' };

const NOBODY: Recognised = { kind: 'refusal', refusal: refuse('AUTHN_INVALID') };

function otherMethod(res: ServerResponse, allow: string, isControlPlane: boolean): void {
  if (!isControlPlane) return sendEmpty(res, 405, { allow });
  sendAnswer(res, problemOf(405, `this takes ${allow.replaceAll(', ', ' or ')} only`), { allow });
}

const SWEEP_MS = 500;
const DRAIN_CHECK_MS = 20;

/** Receives requests: checks who may come in, and shows them to their place. */
export class Reception {
  readonly #hall: Hall;
  readonly #settings: ListenerSettings;
  readonly #ports: ListenerPorts;
  readonly #border: Border;
  readonly #endpoint: McpEndpoint;
  readonly #flood: Flood;
  readonly #failures: Flood;
  #isDraining = false;
  #stopSweeping: () => void = () => undefined;

  constructor(settings: ListenerSettings, door: Door, clock: Clock, ports: ListenerPorts) {
    const { limits, publicUrl } = settings;
    this.#settings = settings;
    this.#ports = ports;
    this.#border = drawBorder(settings.host, publicUrl, limits.allowedOrigins, limits.allowedHosts);
    this.#hall = {
      door,
      clock,
      limits,
      serverInfo: settings.serverInfo,
      inFlight: new Quota(limits.inFlightMax, limits.inFlightPerPrincipalMax),
      streams: new Quota(limits.streamsMax, limits.streamsPerPrincipalMax),
      unsent: new Quota(limits.unsentBytesTotalMax, limits.unsentBytesPerPrincipalMax),
      watched: new Roster<Watched>(),
      refused: (gateway, address, refusal, caller) => ports.refused?.(gateway, address, refusal, caller),
    };
    const basePath = publicUrl === null ? '' : new URL(publicUrl).pathname.replace(/\/+$/, '');
    this.#endpoint = new McpEndpoint(this.#hall, basePath);
    this.#flood = new Flood(clock, limits.floodPerSecondMax, limits.floodBurstMax);
    this.#failures = new Flood(clock, limits.failedAuthenticationsPerSecondMax, limits.failedAuthenticationsBurstMax);
  }

  /** Serves one request. Never throws. */
  serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    return this.#serve(req, res).catch(() => {
      const tell = req.url?.startsWith(ADMIN_PATH) ? sendProblem : tellByRpc;
      if (res.headersSent) res.destroy();
      else tell(res, refuse('INTERNAL'));
    });
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = pathOf(req.url ?? '');
    const place = findPlace(req.method ?? '', path, this.#ports.routes);
    if (place.kind === 'health') return send(res, 200, 'text/plain', 'ok\n');
    if (place.kind === 'ready') return this.#ready(res);
    const isControlPlane = path.startsWith(ADMIN_PATH);
    const tell = place.kind === 'route' || isControlPlane ? sendProblem : tellByRpc;
    const trespass = checkBorder(req, this.#border, isControlPlane);
    if (trespass !== null) return this.#trespass(res, trespass, tell, isControlPlane);
    if (this.#isDraining) return this.#refuse(res, null, overloaded('time: it is stopping'), tell, CLOSING);
    if (req.headers.origin !== undefined) {
      if (answerPreflight(req, res)) return;
      allowPage(req, res);
    }
    if (place.kind === 'nowhere') return this.#nowhere(req, res, path);
    if (place.kind === 'other method') return otherMethod(res, place.allow, isControlPlane);
    if (place.kind === 'route') return this.#route(req, res, place);
    const sender = await this.#admit(req, res, place.gateway);
    if (sender === null) return;
    if (place.kind === 'mcp') await this.#endpoint.serve(sender, res);
    else await this.#endpoint.serveMessages(sender, res);
  }

  #trespass(res: ServerResponse, trespass: Refusal, tell: TellRefusal, isControlPlane: boolean): void {
    const address = res.req.socket.remoteAddress ?? '';
    const isWorthARecord = isControlPlane && this.#failures.count(networkOf(address)) === 0;
    if (isWorthARecord) this.#ports.administrators?.refused(address, trespass, null);
    this.#refuse(res, null, trespass, tell);
  }

  /**
   * Finds out who sends; answers by itself, and gives null, when that is nobody who may.
   * @param gateway null: the control plane
   */
  async #admit(
    req: IncomingMessage,
    res: ServerResponse,
    gateway: string | null,
    tell: TellRefusal = tellByRpc,
  ): Promise<Sender | null> {
    const { door } = this.#hall;
    const { administrators } = this.#ports;
    const turnAway = (refusal: Refusal): null => this.#turnAway(res, gateway, refusal, tell);
    const address = req.socket.remoteAddress ?? '';
    if (gateway === null ? administrators === undefined : !door.has(gateway)) {
      return turnAway(refuse('GATEWAY_UNKNOWN'));
    }
    const network = networkOf(address);
    const isTired = this.#failures.waitMs(network) > 0;
    const credential = readCredential(req);
    const recognised =
      gateway === null
        ? (administrators?.recognise(credential, address, isTired) ?? NOBODY)
        : await door.recognise(gateway, credential, address, isTired);
    if (recognised.kind === 'refusal') {
      const refusedMs = this.#failures.count(network);
      if (refusedMs > 0) return turnAway(refuse('FLOOD', undefined, { retryAfterMs: refusedMs }));
      return turnAway(recognised.refusal);
    }
    const { caller } = recognised;
    const waitMs = this.#flood.count(caller.keyId ?? identityOf(caller.principal));
    if (waitMs > 0) return turnAway(refuse('FLOOD', undefined, { retryAfterMs: waitMs }));
    return { gateway: gateway ?? '', caller, address };
  }

  #turnAway(res: ServerResponse, gateway: string | null, refusal: Refusal, tell: TellRefusal): null {
    const { challenge } = this.#settings;
    const asked = refusal.code === 'AUTHN_REQUIRED' && gateway !== null ? challenge?.(gateway) : undefined;
    this.#refuse(res, gateway, refusal, tell, asked === undefined ? {} : { 'www-authenticate': asked });
    return null;
  }

  #refuse(res: ServerResponse, gateway: string | null, refusal: Refusal, tell: TellRefusal, more?: Headers): void {
    this.#hall.refused(gateway, res.req.socket.remoteAddress ?? '', refusal, null);
    tell(res, refusal, more);
  }

  #ready(res: ServerResponse): void {
    const reasons = this.#isDraining ? ['the gateway is stopping'] : this.#ports.readiness();
    const status = reasons.length === 0 ? 200 : 503;
    sendJson(res, status, JSON.stringify({ ready: reasons.length === 0, reasons }));
  }

  #nowhere(req: IncomingMessage, res: ServerResponse, path: string): void {
    const { fallback } = this.#ports;
    if (path.startsWith(ADMIN_PATH)) return sendAnswer(res, problemOf(404, 'there is nothing here'));
    if (fallback !== undefined && !isDiscovery(path)) return fallback(req, res);
    send(res, 404, 'text/plain', 'not found\n', isBodyShort(req) ? {} : { connection: 'close' });
  }

  async #route(req: IncomingMessage, res: ServerResponse, place: Extract<Place, { kind: 'route' }>): Promise<void> {
    const { route, params } = place;
    const gateway = params['gateway'] ?? null;
    let sender: Sender | null = null;
    if (route.access !== 'open') {
      const isAdmin = route.access === 'admin';
      if (!isAdmin && gateway === null) return sendEmpty(res, 404);
      sender = await this.#admit(req, res, isAdmin ? null : gateway, sendProblem);
      if (sender === null) return;
    }
    const body = await gatherBody(req, this.#endpoint.gauge);
    if (body === CLIENT_GONE) return;
    const address = req.socket.remoteAddress ?? '';
    const caller = sender?.caller ?? null;
    if (!Buffer.isBuffer(body)) {
      if (route.access === 'admin') this.#ports.administrators?.refused(address, body, caller);
      return this.#refuse(res, gateway, body, sendProblem);
    }
    const query = req.url?.split('?').slice(1).join('?') ?? '';
    const request = { gateway, params, query, caller, body, isJson: isJsonBody(req), address };
    sendAnswer(res, await route.handle(request), { 'cache-control': 'no-store' });
  }

  counts(): Counts {
    const sessions = this.#endpoint.streamable.sessions.size + this.#endpoint.sse.sessions.size;
    const { inFlight, streams, unsent } = this.#hall;
    return { inFlight: inFlight.total, streams: streams.total, sessions, unsentBytes: unsent.total };
  }

  /** Looks after everything open, twice a second: one timer for all of it. */
  startSweeping(): void {
    this.#stopSweeping = this.#hall.clock.after(SWEEP_MS, () => {
      for (const watched of this.#hall.watched.all()) watched.sweep();
      this.#endpoint.streamable.sweep();
      this.startSweeping();
    });
  }

  async drain(): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    const { clock, limits, inFlight, watched } = this.#hall;
    for (const open of watched.all()) open.drain();
    const untilMs = clock.monotonicMs() + limits.drainMs;
    while (inFlight.total > 0 && clock.monotonicMs() < untilMs) {
      await new Promise<void>((resolve) => clock.after(DRAIN_CHECK_MS, resolve));
    }
    this.#stopSweeping();
    this.#endpoint.streamable.sessions.close();
    this.#endpoint.sse.sessions.close();
    await new Promise<void>((resolve) => clock.after(DRAIN_CHECK_MS, resolve));
  }
}
