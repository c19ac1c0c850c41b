import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client';
import { StdioClientTransport as StdioV2 } from '@modelcontextprotocol/client/stdio';
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StdioClientTransport as StdioV1 } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport as TransportV1 } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ResultSchema, type ClientCapabilities, type Request, type Tool } from '@modelcontextprotocol/sdk/types.js';
import type { JsonObject } from '../../src/core/json.ts';
import type { Entrance } from '../support/gateways.ts';

/** What the client of a test declares and does. */
export interface Manners {
  readonly name?: string;
  readonly capabilities?: ClientCapabilities;
  /** Answers what the server asks: `elicitation/create`, `sampling/createMessage`, `roots/list`. */
  readonly answer?: (method: string, params: JsonObject) => JsonObject | Promise<JsonObject>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onprogress?: (progress: {
    progress: number;
    total?: number | undefined;
    message?: string | undefined;
  }) => void;
  readonly meta?: JsonObject;
}

/** A real client of one of the SDKs, connected; the same words for all of them. */
export interface Talker {
  readonly era: 'legacy' | 'modern';
  readonly serverInfo: JsonObject;
  readonly capabilities: JsonObject;
  /** Notifications heard so far, in order. */
  readonly heard: readonly { readonly method: string; readonly params: JsonObject }[];
  tools(): Promise<Tool[]>;
  call(name: string, args?: JsonObject, options?: CallOptions): Promise<JsonObject>;
  /** Any other request; the result as it is. */
  request(method: string, params?: JsonObject): Promise<JsonObject>;
  /** From now on hears of changed lists, and of updates of these resources. */
  watch(uris: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export type Connect = (entrance: Entrance, manners?: Manners) => Promise<Talker>;

/** The text of a result's first part. */
export function textOf(result: JsonObject): string {
  const [part] = Array.isArray(result['content']) ? (result['content'] as JsonObject[]) : [];
  return typeof part?.['text'] === 'string' ? part['text'] : '';
}

type Heard = { method: string; params: JsonObject }[];

async function talkV1(transport: TransportV1, manners: Manners): Promise<Talker> {
  const heard: Heard = [];
  const info = { name: manners.name ?? 'sdk-v1', version: '1.32.2' };
  const client = new ClientV1(info, { capabilities: manners.capabilities ?? {} });
  client.fallbackNotificationHandler = async ({ method, params }) => {
    heard.push({ method, params: (params ?? {}) as JsonObject });
  };
  client.fallbackRequestHandler = async ({ method, params }) => answered(manners, method, params);
  await client.connect(transport);
  const request = async (method: string, params: JsonObject = {}): Promise<JsonObject> =>
    (await client.request({ method, params } as Request, ResultSchema)) as JsonObject;
  return {
    era: 'legacy',
    serverInfo: (client.getServerVersion() ?? {}) as JsonObject,
    capabilities: (client.getServerCapabilities() ?? {}) as JsonObject,
    heard,
    tools: async () => (await client.listTools()).tools,
    async call(name, args = {}, { signal, onprogress, meta } = {}) {
      const params = { name, arguments: args, ...(meta ? { _meta: meta } : {}) };
      const options = { ...(signal ? { signal } : {}), ...(onprogress ? { onprogress } : {}) };
      return (await client.callTool(params, undefined, options)) as JsonObject;
    },
    request,
    async watch(uris) {
      for (const uri of uris) await client.subscribeResource({ uri });
    },
    close: () => client.close(),
  };
}

/** The two transports of SDK v2 that these tests use. */
type TransportV2 = HttpV2 | StdioV2;

async function talkV2(transport: TransportV2, mode: 'legacy' | 'auto', manners: Manners): Promise<Talker> {
  const heard: Heard = [];
  const info = { name: manners.name ?? 'sdk-v2', version: '2.4.0' };
  const client = new ClientV2(info, {
    capabilities: (manners.capabilities ?? {}) as NonNullable<
      ConstructorParameters<typeof ClientV2>[1]
    >['capabilities'] &
      object,
    versionNegotiation: { mode },
  });
  client.fallbackNotificationHandler = async ({ method, params }) => {
    heard.push({ method, params: (params ?? {}) as JsonObject });
  };
  for (const [method, capability] of ANSWERABLE) {
    if (manners.capabilities?.[capability] === undefined) continue;
    client.setRequestHandler(method, async ({ params }) => (await answered(manners, method, params)) as never);
  }
  await client.connect(transport);
  const era = client.getProtocolEra() === 'modern' ? 'modern' : 'legacy';
  return {
    era,
    serverInfo: (client.getServerVersion() ?? {}) as JsonObject,
    capabilities: (client.getServerCapabilities() ?? {}) as JsonObject,
    heard,
    tools: async () => (await client.listTools(undefined, { cacheMode: 'bypass' })).tools as Tool[],
    async call(name, args = {}, { signal, onprogress, meta } = {}) {
      const params = { name, arguments: args, ...(meta ? { _meta: meta } : {}) };
      const options = { ...(signal ? { signal } : {}), ...(onprogress ? { onprogress } : {}) };
      return (await client.callTool(params as never, options)) as JsonObject;
    },
    async request(method, params = {}) {
      return (await client.request({ method, params } as never)) as JsonObject;
    },
    async watch(uris) {
      if (era === 'legacy') for (const uri of uris) await client.subscribeResource({ uri });
      else {
        await client.listen({
          toolsListChanged: true,
          promptsListChanged: true,
          resourcesListChanged: true,
          resourceSubscriptions: [...uris],
        });
      }
    },
    close: () => client.close(),
  };
}

const ANSWERABLE = [
  ['elicitation/create', 'elicitation'],
  ['sampling/createMessage', 'sampling'],
  ['roots/list', 'roots'],
] as const;

async function answered(manners: Manners, method: string, params: unknown): Promise<JsonObject> {
  if (!manners.answer) throw new Error(`nobody expected \`${method}\``);
  return manners.answer(method, (params ?? {}) as JsonObject);
}

const withKey = ({ headers }: Entrance) => ({ requestInit: { headers } });

/** Every wire that a client can use, by the SDK that speaks it. */
export const WIRES: ReadonlyMap<string, Connect> = new Map<string, Connect>([
  [
    'SDK v1 over Streamable HTTP',
    (to, manners = {}) => talkV1(new HttpV1(new URL(to.url), withKey(to)) as TransportV1, manners),
  ],
  // oxlint-disable-next-line typescript/no-deprecated -- the wire of 2024-11-05 is promised, so it is tried
  ['SDK v1 over HTTP+SSE', (to, manners = {}) => talkV1(new SSEClientTransport(new URL(to.url), withKey(to)), manners)],
  ['SDK v1 over stdio', (to, manners = {}) => talkV1(new StdioV1({ ...to.stdio(), stderr: 'ignore' }), manners)],
  ['SDK v1 through a pipe', (to, manners = {}) => talkV1(new StdioV1({ ...to.pipe, stderr: 'ignore' }), manners)],
  [
    'SDK v2, legacy, over Streamable HTTP',
    (to, manners = {}) => talkV2(new HttpV2(new URL(to.url), withKey(to)), 'legacy', manners),
  ],
  [
    'SDK v2, auto, over Streamable HTTP',
    (to, manners = {}) => talkV2(new HttpV2(new URL(to.url), withKey(to)), 'auto', manners),
  ],
  [
    'SDK v2, auto, over stdio',
    (to, manners = {}) => talkV2(new StdioV2({ ...to.stdio(), stderr: 'ignore' }), 'auto', manners),
  ],
  [
    'SDK v2, auto, through a pipe',
    (to, manners = {}) => talkV2(new StdioV2({ ...to.pipe, stderr: 'ignore' }), 'auto', manners),
  ],
]);

/** The wire of that name. */
export function wire(name: string): Connect {
  const connect = WIRES.get(name);
  if (!connect) throw new Error(`no wire ${name}`);
  return connect;
}
