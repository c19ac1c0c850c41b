import { isObject, own, type JsonObject, type JsonValue } from '../../core/json.ts';
import type { FoundServer } from './client.ts';

/** Where a client's entry has what every server has; the first name that is there counts. */
export interface EntryKeys {
  readonly env?: string;
  readonly url?: readonly string[];
  /** What a key for an address says of the transport. */
  readonly transportOf?: Readonly<Record<string, FoundServer['transport']>>;
}

/** The entries of a map of servers, such as `mcpServers`; what is no object is left out. */
export function entriesOf(servers: JsonValue | undefined, keys: EntryKeys = {}): FoundServer[] {
  if (!isObject(servers)) return [];
  return Object.entries(servers).flatMap(([name, entry]) => (isObject(entry) ? [entryOf(name, entry, keys)] : []));
}

function entryOf(name: string, entry: JsonObject, keys: EntryKeys): FoundServer {
  const [command = null, ...args] = commandOf(entry);
  const urlKey = (keys.url ?? ['url']).find((key) => typeof own(entry, key) === 'string');
  return {
    name,
    command,
    args,
    env: textsOf(own(entry, keys.env ?? 'env')),
    cwd: textOf(own(entry, 'cwd')),
    url: urlKey === undefined ? null : textOf(own(entry, urlKey)),
    headers: textsOf(own(entry, 'headers')),
    transport: TRANSPORTS[String(own(entry, 'type'))] ?? keys.transportOf?.[urlKey ?? ''] ?? 'auto',
    isEnabled: own(entry, 'disabled') !== true && own(entry, 'enabled') !== false,
  };
}

const TRANSPORTS: Readonly<Record<string, FoundServer['transport']>> = {
  sse: 'sse',
  http: 'streamable-http',
  'streamable-http': 'streamable-http',
  streamableHttp: 'streamable-http',
};

/** `"command": "npx", "args": […]`, `"command": ["npx", …]` or `"command": { "path": "npx", "args": […] }`. */
function commandOf(entry: JsonObject): string[] {
  const command = own(entry, 'command');
  if (isObject(command)) {
    const path = own(command, 'path');
    return typeof path === 'string' ? [path, ...listOf(own(command, 'args'))] : [];
  }
  if (Array.isArray(command)) return listOf(command);
  return typeof command === 'string' ? [command, ...listOf(own(entry, 'args'))] : [];
}

export function textOf(value: JsonValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

export function listOf(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.flatMap((item) => (isObject(item) ? [] : [String(item)])) : [];
}

/** Clients turn numbers and yes or no into text. */
export function textsOf(value: JsonValue | undefined): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, text]) =>
      text === null || text === undefined || typeof text === 'object' ? [] : [[key, String(text)]],
    ),
  );
}
