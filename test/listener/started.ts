import { systemClock } from '../../src/core/clock.ts';
import type { ListenerPorts, ListenerSettings } from '../../src/listener/reception.ts';
import { listenerLimits, type ListenerSection } from '../../src/listener/section.ts';
import { startListener, type Listener } from '../../src/listener/server.ts';
import { ScriptedDoor } from './scripted-door.ts';

export interface Started {
  readonly door: ScriptedDoor;
  readonly listener: Listener;
  /** Of the gateway `default`. */
  readonly url: string;
  readonly refused: string[];
}

/** A listener on a free port in front of a scripted gateway. */
export async function start(
  section: Partial<ListenerSection> = {},
  settings: Partial<ListenerSettings> = {},
  ports: Partial<ListenerPorts> = {},
): Promise<Started> {
  const door = new ScriptedDoor();
  const refused: string[] = [];
  const limits = listenerLimits({ drain_ms: 200, ...section });
  const listener = await startListener(
    {
      host: '127.0.0.1',
      port: 0,
      publicUrl: null,
      serverInfo: { name: 'veto', version: '0.0.0' },
      limits,
      challenge: null,
      ...settings,
    },
    door,
    systemClock,
    { readiness: () => [], routes: [], refused: (_g, _a, refusal) => refused.push(refusal.code), ...ports },
  );
  return { door, listener, url: `${listener.url}/v1/mcp/default`, refused };
}

const KEY = { 'x-veto-api-key': 'key-alice' };

export const MODERN_META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': {},
};

interface PostOptions {
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

/** POSTs any body as JSON with alice's key. */
export function post(url: string, body: unknown, options: PostOptions = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...KEY,
      ...options.headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** A well-formed request of the 2026-07-28 wire with its headers. */
export function modern(
  url: string,
  method: string,
  params: Record<string, unknown> = {},
  options: PostOptions & { readonly id?: string | number; readonly meta?: Record<string, unknown> } = {},
): Promise<Response> {
  const name = params['name'] ?? params['uri'];
  const headers = {
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
    ...options.headers,
  };
  const body = {
    jsonrpc: '2.0',
    id: options.id ?? 1,
    method,
    params: { ...params, _meta: { ...MODERN_META, ...options.meta } },
  };
  return post(url, body, { ...options, headers });
}

/** Opens a session of an older revision and gives the headers that it needs. */
export async function initialize(
  url: string,
  revision = '2025-11-25',
  headers: Record<string, string> = {},
): Promise<{ 'mcp-session-id': string; 'mcp-protocol-version': string }> {
  const params = { protocolVersion: revision, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  const response = await post(url, { jsonrpc: '2.0', id: 0, method: 'initialize', params }, { headers });
  const session = response.headers.get('mcp-session-id');
  const body = (await response.json()) as { result?: { protocolVersion: string } };
  if (session === null || body.result === undefined) throw new Error(`not initialized: ${JSON.stringify(body)}`);
  return { 'mcp-session-id': session, 'mcp-protocol-version': body.result.protocolVersion };
}

export interface ReadEvent {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string;
}

/** Reads events of a stream until `enough` of them came or it ended. */
export async function* events(response: Response): AsyncGenerator<ReadEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const block = text.slice(0, end);
      text = text.slice(end + 2);
      const field = (name: string): string | null => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? null;
      if (!block.startsWith(':')) yield { id: field('id'), event: field('event'), data: field('data') ?? '' };
    }
  }
}

/** The JSON messages of a stream, to its end or to `count` of them; priming events carry none. */
export async function messages(response: Response, count = Infinity): Promise<Record<string, unknown>[]> {
  const found: Record<string, unknown>[] = [];
  for await (const event of events(response)) {
    if (event.data === '') continue;
    found.push(JSON.parse(event.data) as Record<string, unknown>);
    if (found.length >= count) break;
  }
  return found;
}

const WAIT_STEP_MS = 5;
const WAIT_MAX_MS = 5000;

/** Waits until something became true, bounded. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let waitedMs = 0; !condition(); waitedMs += WAIT_STEP_MS) {
    if (waitedMs > WAIT_MAX_MS) throw new Error(`waited too long until ${what}`);
    await new Promise<void>((resolve) => systemClock.after(WAIT_STEP_MS, resolve));
  }
}
