import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Document, isMap, isScalar, isSeq, parseDocument, Scalar, visit, YAMLSeq, type YAMLMap } from 'yaml';
import { invariant } from '../../core/invariant.ts';

/** Starter policies, the most particular first; each is a file in `examples/policies`. */
export const STARTERS = ['filesystem', 'github', 'postgres', 'playwright', 'everything', 'read-only'] as const;

export type Starter = (typeof STARTERS)[number];

/** What a program, package, image or address says of the server that it is. Names that people give say nothing. */
const SIGNS: readonly (readonly [Starter, RegExp])[] = [
  ['filesystem', /(?:^|\/)(?:server-filesystem|mcp-server-filesystem|filesystem-mcp(?:-server)?)(?:@|$)/],
  [
    'github',
    /(?:^|\/)(?:server-github|github-mcp-server|mcp-server-github)(?:[@:]|$)|^https:\/\/api\.githubcopilot\.com\//,
  ],
  ['postgres', /(?:^|\/)(?:server-postgres|postgres-mcp|mcp-server-postgres|mcp-postgres)(?:[@:]|$)/],
  ['playwright', /^@playwright\/mcp(?:@|$)|(?:^|\/)(?:playwright-mcp|mcp-server-playwright|mcp\/playwright)(?:[@:]|$)/],
  ['everything', /(?:^|\/)(?:server-everything|mcp-server-everything)(?:@|$)/],
];
/** `…/node_modules/@modelcontextprotocol/server-filesystem/dist/index.js` is started by its path. */
const INSTALLED = /[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/;

/** What tells the servers apart. */
export interface Described {
  readonly command: string | null;
  readonly args: readonly string[];
  readonly url: string | null;
}

/** The starter that suits a server, and for a file-system server the directories that it is told to serve. */
export function suggestStarter({ command, args, url }: Described): {
  readonly starter: Starter;
  readonly roots: readonly string[];
} {
  const words = [command ?? '', ...args, url ?? ''].map(
    (word) => INSTALLED.exec(word)?.[1]?.replaceAll('\\', '/') ?? word,
  );
  for (const [starter, sign] of SIGNS) {
    const at = words.findIndex((word) => sign.test(word));
    if (at < 0) continue;
    const roots =
      starter === 'filesystem' ? words.slice(at + 1).filter((word) => word !== '' && !word.startsWith('-')) : [];
    // Without directories the policy could not say what may be read.
    return starter === 'filesystem' && roots.length === 0 ? { starter: 'read-only', roots } : { starter, roots };
  }
  return { starter: 'read-only', roots: [] };
}

/** A server with the policy that it gets. */
export interface Governed {
  readonly name: string;
  readonly starter: Starter;
  /** Absolute. */
  readonly roots: readonly string[];
}

const HEADER = ` Written by \`veto init\`: reading is free, changing asks a person, destroying is closed.
   veto policy check policies.yaml     loads it without starting
   veto policy test policies.yaml      runs the tests at its end
 The gateway takes up changes as it runs.`;

/** One policy file for all servers: each rule is its starter's, for that server only. */
export function composePolicies(servers: readonly Governed[]): string {
  const policies = new YAMLSeq();
  const tests = new YAMLSeq();
  for (const server of servers) {
    const starter = readStarter(server.starter);
    if (server.starter === 'filesystem') putRoots(starter, server.roots);
    adopt(starter, server, policies, tests);
  }
  const document = new Document({ version: 1, default: 'deny' });
  document.set('policies', policies);
  document.set('tests', tests);
  document.commentBefore = HEADER;
  return document.toString({ lineWidth: 120 });
}

/** The policy where no server is known yet. */
export const anyServer = (): string => readFileSync(starterFile('read-only'), 'utf8');

const starterFile = (starter: Starter): string =>
  join(import.meta.dirname, '../../../examples/policies', `${starter}.yaml`);

function readStarter(starter: Starter): Document {
  return parseDocument(readFileSync(starterFile(starter), 'utf8'));
}

/** The directory that stands in the starter for those of the server. */
const EXAMPLE_ROOT = '/data';

function putRoots(document: Document, roots: readonly string[]): void {
  const [first = EXAMPLE_ROOT] = roots;
  visit(document, {
    Seq(_, seq) {
      const [only] = seq.items;
      if (seq.items.length !== 1 || !isScalar(only) || only.value !== EXAMPLE_ROOT) return undefined;
      seq.items = roots.map((root) => new Scalar(root));
      return visit.SKIP;
    },
    Scalar(_, scalar) {
      if (typeof scalar.value !== 'string' || !scalar.value.startsWith(`${EXAMPLE_ROOT}/`)) return;
      scalar.value = `${first === '/' ? '' : first}${scalar.value.slice(EXAMPLE_ROOT.length)}`;
    },
  });
}

/** Moves rules and tests over, under names of the server and for it alone. */
function adopt(starter: Document, { name: server, starter: name }: Governed, policies: YAMLSeq, tests: YAMLSeq): void {
  invariant(!starter.has('classes'), 'a starter labels no tools: labels would hold for every server');
  const rules = mapsOf(starter, 'policies');
  for (const [i, rule] of rules.entries()) {
    rule.set('name', `${server}: ${String(rule.get('name'))}`);
    const match = rule.get('match');
    invariant(isMap(match), 'a rule of a starter says what it matches');
    match.set('server', server);
    if (i === 0) rule.commentBefore = ` The starter \`${name}\` for the server \`${server}\`.`;
    rule.spaceBefore = true;
    policies.add(rule);
  }
  for (const test of mapsOf(starter, 'tests')) {
    test.set('name', `${server}: ${String(test.get('name'))}`);
    const [call, expected] = [test.get('call'), test.get('expect')];
    if (isMap(call)) call.set('server', server);
    const rule = isMap(expected) ? expected.get('rule') : undefined;
    if (isMap(expected) && typeof rule === 'string' && !rule.startsWith('('))
      expected.set('rule', `${server}: ${rule}`);
    tests.add(test);
  }
}

function mapsOf(document: Document, key: string): YAMLMap[] {
  const list = document.get(key);
  return isSeq(list) ? list.items.filter(isMap) : [];
}
