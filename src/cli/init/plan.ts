import { posix, win32 } from 'node:path';
import { Document, stringify, visit } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { own, type JsonObject } from '../../core/json.ts';
import type { Places } from './client.ts';
import type { BadFile, Search, Sighting } from './find-servers.ts';
import { importServer } from './import-server.ts';
import { anyServer, composePolicies, suggestStarter, type Starter } from './starters.ts';
import { Variables, type Variable } from './variables.ts';

/** A server that is imported. */
export interface PlannedServer {
  readonly name: string;
  readonly clients: readonly string[];
  readonly file: string;
  readonly isProject: boolean;
  readonly entry: JsonObject;
  readonly starter: Starter;
  readonly roots: readonly string[];
}

export interface Skipped {
  readonly name: string;
  readonly file: string;
  readonly why: string;
}

/** Everything that would be written, and what a person should know of it. */
export interface Plan {
  readonly servers: readonly PlannedServer[];
  readonly skipped: readonly Skipped[];
  readonly bad: readonly BadFile[];
  readonly variables: readonly Variable[];
  readonly config: string;
  readonly policies: string;
}

/** @param starterFor what the person chose for a server; null: what suits it */
export function planFiles(search: Search, starterFor: (name: string) => Starter | null, around: Places): Plan {
  const variables = new Variables();
  const servers: PlannedServer[] = [];
  const skipped: Skipped[] = [];
  for (const sighting of search.servers) {
    const { name, file, server } = sighting;
    const why = whyNot(sighting, around);
    const imported = why === null ? importServer(sighting, variables, around) : { kind: 'skipped' as const, why };
    if (imported.kind === 'skipped') skipped.push({ name: server.name, file, why: imported.why });
    else servers.push({ ...govern(sighting, starterFor(name), around), entry: imported.entry });
  }
  return {
    servers,
    skipped,
    bad: search.bad,
    variables: variables.all,
    config: configText(servers),
    policies: servers.length === 0 ? anyServer() : composePolicies(servers),
  };
}

/** What veto.yaml has against a server, one clause; found out apart, so that no variable of it is asked for. */
function whyNot(sighting: Sighting, around: Places): string | null {
  const trial = importServer(sighting, new Variables(), around);
  if (trial.kind === 'skipped') return trial.why;
  const text = stringify({ version: 1, upstreams: { [sighting.name]: trial.entry } });
  const loaded = loadConfig({ file: null, text, folder: around.folder, env: {}, secrets: 'form' });
  return loaded.ok ? null : (loaded.problems[0]?.what ?? 'it does not load');
}

function govern(sighting: Sighting, chosen: Starter | null, around: Places): Omit<PlannedServer, 'entry'> {
  const { name, clients, file, isProject, server } = sighting;
  const suggested = suggestStarter(server);
  const path = around.platform === 'win32' ? win32 : posix;
  const roots = suggested.roots.map((root) => path.resolve(around.folder, server.cwd ?? '', expand(root, around)));
  return { name, clients, file, isProject, starter: chosen ?? suggested.starter, roots };
}

const expand = (path: string, { home }: Places): string =>
  /^~(?=$|[/\\])/.test(path) ? `${home}${path.slice(1)}` : path;

const HEADER = `# Written by \`veto init\`. Every key: docs/reference/configuration.md. Secrets are references (env:NAME, file:path).
`;

function configText(servers: readonly PlannedServer[]): string {
  const upstreams = Object.fromEntries(
    servers.map(({ name, entry, roots }) => [name, roots.length === 0 ? entry : { ...entry, roots: [...roots] }]),
  );
  const document = new Document({
    version: 1,
    listen: '127.0.0.1:8420',
    store: './veto-data',
    profile: 'development',
    gateways: { default: { upstreams: servers.map(({ name }) => name), policies: ['policies.yaml'] } },
    ...(servers.length === 0 ? {} : { upstreams }),
  });
  visit(document, { Seq: (_, list) => void (list.flow = true) });
  return `${HEADER}${document.toString({ lineWidth: 0 })}`;
}

/** How a server is started or reached, for people. */
export function describeEntry(entry: JsonObject): string {
  const [url, command, args] = [own(entry, 'url'), own(entry, 'command'), own(entry, 'args')];
  if (typeof url === 'string') return url;
  return [command, ...(Array.isArray(args) ? args : [])].join(' ');
}
