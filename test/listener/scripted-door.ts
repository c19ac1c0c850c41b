import type { Cancellation } from '../../src/core/cancellation.ts';
import type { Client } from '../../src/core/call.ts';
import { ClientError, type Answer, type ClientSession, type Exchange } from '../../src/core/exchange.ts';
import { isObject, own, type JsonObject } from '../../src/core/json.ts';
import type { Caller } from '../../src/core/principal.ts';
import { refuse } from '../../src/core/refusal.ts';
import type { Credential, Door, Introduction, Recognised } from '../../src/gateway/door.ts';

/** One thing a scripted tool does, in order. Arguments of `tools/call` carry a list of them as `script`. */
export type Step =
  | { readonly do: 'notify'; readonly method: string; readonly params: JsonObject }
  | { readonly do: 'ask'; readonly method: string; readonly params: JsonObject }
  /** Waits until the test says `door.release(name)`, or the call is cancelled. */
  | { readonly do: 'wait'; readonly name: string }
  | { readonly do: 'result'; readonly result: JsonObject }
  /** A result with a text of so many characters. */
  | { readonly do: 'large'; readonly chars: number }
  | { readonly do: 'error'; readonly code: number; readonly status: number }
  | { readonly do: 'throw' };

export interface Seen {
  readonly method: string;
  readonly principal: string;
  readonly exchange: Exchange;
}

const TOOL: JsonObject = { name: 'run', description: 'follows its script', inputSchema: { type: 'object' } };
const MARKED: JsonObject = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    deep: { type: 'object', properties: { dry: { type: 'boolean', 'x-mcp-header': 'Dry' } } },
  },
};

/** A gateway whose behaviour is data: what it does with a call stands in the call. Keys are `key-PRINCIPAL`. */
export class ScriptedDoor implements Door {
  readonly seen: Seen[] = [];
  readonly notices: { method: string; params: JsonObject; session: string | null }[] = [];
  readonly attached: { session: ClientSession; caller: Caller }[] = [];
  readonly closed: string[] = [];
  readonly cancelled: unknown[] = [];
  readonly answers: unknown[] = [];
  /** How often the listener said that an address failed too often. */
  flooding = 0;
  readonly revoked = new Set<string>();
  readonly #waiting = new Map<string, (() => void)[]>();

  has(gateway: string): boolean {
    return gateway === 'default' || gateway === 'other';
  }

  async recognise(
    _gateway: string,
    credential: Credential,
    _address: string,
    isFlooding: boolean,
  ): Promise<Recognised> {
    if (isFlooding) this.flooding++;
    const key = credential.apiKey ?? credential.bearer;
    if (key === null) return { kind: 'refusal', refusal: refuse('AUTHN_REQUIRED') };
    const id = /^key-([a-z]+)$/.exec(key)?.[1];
    if (id === undefined || this.revoked.has(id)) return { kind: 'refusal', refusal: refuse('AUTHN_INVALID') };
    return { kind: 'caller', caller: this.callerOf(id) };
  }

  callerOf(id: string): Caller {
    const principal = { id, kind: 'user' as const, groups: [], roles: [], attributes: {} };
    return { principal, keyId: `k-${id}`, authenticatedBy: 'api-key', isValid: () => !this.revoked.has(id) };
  }

  async introduce(exchange: Exchange): Promise<Introduction> {
    this.#see(exchange);
    return {
      capabilities: { tools: { listChanged: true }, resources: { subscribe: true }, logging: {} },
      serverInfo: { name: 'scripted', version: '1.0.0' },
      instructions: 'follow the script',
    };
  }

  mirrored(_exchange: Exchange, tool: string): JsonObject | null {
    return tool === 'marked' ? MARKED : null;
  }

  async answer(exchange: Exchange): Promise<Answer> {
    this.#see(exchange);
    exchange.signal.addEventListener('abort', () => this.cancelled.push(exchange.requestId));
    switch (exchange.method) {
      case 'tools/list':
        return { kind: 'result', result: { tools: [TOOL] } };
      case 'tools/call':
        return this.#call(exchange);
      case 'subscriptions/listen':
        return this.#listen(exchange);
      default:
        return { kind: 'result', result: { echoed: exchange.method } };
    }
  }

  notified(_gateway: string, _caller: Caller, session: ClientSession | null, method: string, params: JsonObject): void {
    this.notices.push({ method, params, session: session?.handle ?? null });
  }

  attach(_gateway: string, caller: Caller, _client: Client, session: ClientSession): void {
    this.attached.push({ session, caller });
    session.onClose(() => this.closed.push(session.handle));
  }

  /** Lets every call go on that waits for `name`. */
  release(name: string): void {
    for (const go of this.#waiting.get(name) ?? []) go();
    this.#waiting.delete(name);
  }

  isWaiting(name: string): boolean {
    return this.#waiting.has(name);
  }

  #see(exchange: Exchange): void {
    this.seen.push({ method: exchange.method, principal: exchange.caller.principal.id, exchange });
  }

  async #call(exchange: Exchange): Promise<Answer> {
    const args = own(exchange.params, 'arguments');
    const script = isObject(args) ? own(args, 'script') : undefined;
    for (const step of (Array.isArray(script) ? script : []) as unknown as Step[]) {
      const answer = await this.#step(step, exchange);
      if (answer !== null) return answer;
    }
    return { kind: 'result', result: { content: [{ type: 'text', text: JSON.stringify(args ?? null) }] } };
  }

  async #step(step: Step, exchange: Exchange): Promise<Answer | null> {
    switch (step.do) {
      case 'notify':
        exchange.notify(step.method, step.params);
        return null;
      case 'ask':
        await this.#ask(step.method, step.params, exchange);
        return null;
      case 'wait':
        await this.#wait(step.name, exchange.signal);
        return null;
      case 'result':
        return { kind: 'result', result: step.result };
      case 'large':
        return { kind: 'result', result: { content: [{ type: 'text', text: 'x'.repeat(step.chars) }] } };
      case 'error':
        return { kind: 'error', error: { code: step.code, message: 'as scripted' }, httpStatus: step.status };
      case 'throw':
        throw new Error('a bug, as scripted');
    }
  }

  async #ask(method: string, params: JsonObject, exchange: Exchange): Promise<void> {
    if (exchange.ask === null) return;
    try {
      this.answers.push(await exchange.ask(method, params, exchange.signal));
    } catch (error) {
      this.answers.push(error instanceof ClientError ? error.error : String(error));
    }
  }

  #wait(name: string, signal: Cancellation): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async #listen(exchange: Exchange): Promise<Answer> {
    const notifications = own(exchange.params, 'notifications') ?? {};
    exchange.notify('notifications/subscriptions/acknowledged', { notifications });
    exchange.notify('notifications/tools/list_changed', {});
    await this.#wait('listen', exchange.signal);
    return { kind: 'result', result: {} };
  }
}
