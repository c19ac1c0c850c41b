import { own, type JsonObject } from '../../core/json.ts';
import type { Message } from '../../mcp/json-rpc.ts';
import { notificationText, requestText } from '../../mcp/server-messages.ts';
import type { End, Headers } from './gateway-http.ts';
import type { BridgePorts } from './ports.ts';

/** URIs that are subscribed to again; a client with more has to notice by itself. */
const SUBSCRIPTIONS_MAX = 1024;

/** The session at the gateway, and what it takes to open it anew. */
export class Session {
  id: string | null = null;
  revision: string | null = null;
  /** Whether the gateway forgot it, and no new one took its place yet. */
  isLost = false;
  readonly #ports: BridgePorts;
  #opening: JsonObject | null = null;
  #level: JsonObject | null = null;
  readonly #subscribed = new Map<string, JsonObject>();
  #renewal: Promise<boolean> | null = null;

  constructor(ports: BridgePorts) {
    this.#ports = ports;
  }

  /** Whether the client said `initialize` and was not refused. */
  get isOpen(): boolean {
    return this.#opening !== null;
  }

  headers(): Headers {
    return {
      ...(this.id === null ? {} : { 'mcp-session-id': this.id }),
      ...(this.revision === null ? {} : { 'mcp-protocol-version': this.revision }),
    };
  }

  /** The client says `initialize`. */
  begin(params: JsonObject): void {
    this.#opening = params;
  }

  /** The gateway refused `initialize`; the client may try again. */
  fail(): void {
    this.#opening = null;
    this.id = null;
  }

  /** The gateway gave the session a name. */
  name(id: string | null): void {
    this.id = id;
  }

  /** The gateway answered `initialize`. */
  agree(result: JsonObject): void {
    const revision = own(result, 'protocolVersion');
    this.revision = typeof revision === 'string' ? revision : null;
  }

  /** Keeps what a new session has to be told again. */
  remember(method: string, params: JsonObject): void {
    const uri = own(params, 'uri');
    if (method === 'logging/setLevel') this.#level = params;
    else if (typeof uri !== 'string') return;
    else if (method === 'resources/unsubscribe') this.#subscribed.delete(uri);
    else if (method === 'resources/subscribe' && this.#subscribed.size < SUBSCRIPTIONS_MAX) {
      this.#subscribed.set(uri, params);
    }
  }

  /**
   * Opens a session like the lost one, once however many exchanges find out.
   * @param lost the session that an exchange was refused for; null when it is known to be lost
   * @returns whether there is a session again
   */
  renew(lost: string | null): Promise<boolean> {
    if (this.#renewal !== null) return this.#renewal;
    if (lost !== null && lost !== this.id) return Promise.resolve(!this.isLost);
    this.isLost = true;
    this.#renewal = this.#reopen().then((isBack) => {
      this.#renewal = null;
      this.isLost = !isBack;
      return isBack;
    });
    return this.#renewal;
  }

  async #reopen(): Promise<boolean> {
    const agreed = this.revision;
    if (this.#opening === null || agreed === null) return false;
    this.id = null;
    this.revision = null;
    const opened = await this.#ask('initialize', { ...this.#opening, protocolVersion: agreed });
    this.revision = agreed;
    if (opened === null || this.id === null) return false;
    if (own(opened, 'protocolVersion') !== agreed) {
      this.#ports.report('the gateway speaks another revision than before; the client has to start anew');
      this.fail();
      return false;
    }
    await this.#post(notificationText('notifications/initialized', {}), () => undefined);
    if (this.#level !== null) await this.#ask('logging/setLevel', this.#level);
    for (const params of this.#subscribed.values()) await this.#ask('resources/subscribe', params);
    this.#ports.report('the gateway had forgotten the session; opened a new one');
    return true;
  }

  /** A request on the client's behalf. @returns its result; null when there was none */
  async #ask(method: string, params: JsonObject): Promise<JsonObject | null> {
    const id = this.#ports.ownId();
    let result: JsonObject | null = null;
    await this.#post(requestText(id, method, params), (message) => {
      if (message.kind === 'result' && message.id === id) result = message.result;
    });
    return result;
  }

  #post(body: string, heard: (message: Message) => void): Promise<End> {
    return new Promise((resolve) => {
      this.#ports.http.exchange('POST', this.headers(), body, {
        accepted: (session) => {
          if (session !== null) this.name(session);
        },
        message: heard,
        ended: resolve,
      });
    });
  }

  /** Tells the gateway that the session is over, without waiting for ever. */
  async end(): Promise<void> {
    if (this.id === null) return;
    const { http, clock, limits } = this.#ports;
    await new Promise<void>((resolve) => {
      const exchange = http.exchange('DELETE', this.headers(), null, {
        message: () => undefined,
        ended: () => resolve(),
      });
      clock.after(limits.farewellMs, () => {
        exchange.close();
        resolve();
      });
    });
  }
}
