import { readFileSync, statSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { Unreadable, type ClientFormat, type ConfigPlace, type FoundServer, type Places } from './client.ts';
import type { Origin } from './import-server.ts';

/** A server with everywhere that it was found in the same words. */
export interface Sighting extends Origin {
  readonly clients: readonly string[];
  readonly isProject: boolean;
}

/** A file that is there and cannot be used. */
export interface BadFile {
  readonly client: string;
  readonly file: string;
  readonly why: string;
}

export interface Search {
  readonly servers: readonly Sighting[];
  readonly bad: readonly BadFile[];
  /** Files that were read. */
  readonly files: readonly string[];
}

/** Larger than any configuration that a person wrote; Claude Code keeps its history in the same file. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** Looks where the clients say that they keep their servers. What is the same in several places is one server. */
export function findServers(clients: readonly ClientFormat[], around: Places): Search {
  const sightings: Sighting[] = [];
  const bad: BadFile[] = [];
  const files: string[] = [];
  for (const client of clients) {
    for (const place of client.places(around)) {
      const read = readPlace(client, place, around);
      if (read === null) continue;
      const file = shown(place.path, around);
      files.push(file);
      if ('why' in read) bad.push({ client: client.name, file, why: read.why });
      else for (const server of read.servers) see(sightings, server, client, { ...place, path: file });
    }
  }
  return { servers: named(sightings), bad, files };
}

type Read = { readonly servers: readonly FoundServer[] } | { readonly why: string };

/** null: there is no such file. */
function readPlace(client: ClientFormat, place: ConfigPlace, around: Places): Read | null {
  try {
    const { size } = statSync(place.path);
    if (size > FILE_BYTES_MAX) return { why: `it is larger than ${FILE_BYTES_MAX} bytes` };
    return { servers: client.read(readFileSync(place.path, 'utf8'), place, around) };
  } catch (error) {
    if (error instanceof Unreadable) return { why: error.message };
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    return code === 'ENOENT' || code === 'ENOTDIR' ? null : { why: `it cannot be read (${code})` };
  }
}

/** `~/.cursor/mcp.json`, `.mcp.json`: as people know it. */
function shown(path: string, { home, folder }: Places): string {
  for (const [base, short] of [
    [folder, ''],
    [home, '~/'],
  ] as const) {
    const prefix = /[/\\]$/.test(base) ? base : `${base}${path[base.length] ?? '/'}`;
    if (path.startsWith(prefix)) return `${short}${path.slice(prefix.length)}`;
  }
  return path;
}

function see(sightings: Sighting[], server: FoundServer, client: ClientFormat, { path, isProject }: ConfigPlace): void {
  const at = sightings.findIndex((one) => isSame(one.server, server));
  const known = sightings[at];
  if (known === undefined) {
    const { reference, title } = client;
    sightings.push({ server, name: server.name, file: path, reference, clients: [title], isProject });
  } else if (!known.clients.includes(client.title)) {
    sightings[at] = { ...known, clients: [...known.clients, client.title] };
  }
}

function isSame(one: FoundServer, other: FoundServer): boolean {
  return isDeepStrictEqual({ ...one, name: '', transport: '' }, { ...other, name: '', transport: '' });
}

/** Names that veto.yaml allows, each once. */
function named(sightings: readonly Sighting[]): Sighting[] {
  const taken = new Set<string>();
  return sightings.map((sighting) => {
    const name = unused(safeName(sighting.server.name), taken);
    taken.add(name);
    return { ...sighting, name };
  });
}

const NAME_CHARACTERS_MAX = 48;

/** `My Server (v2)` is `my-server-v2`. */
export function safeName(text: string): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const name = plain
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, NAME_CHARACTERS_MAX)
    .replace(/-+$/, '');
  return name === '' ? 'server' : name;
}

function unused(name: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? name : `${name}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}
