import { Command, InvalidArgumentError } from 'commander';
import type { Settings } from '../config/settings.ts';
import type { Principal } from '../core/principal.ts';
import type { UpstreamSettings } from '../upstreams/upstream.ts';
import { addExamples, type Action } from './command.ts';
import type { Io } from './io.ts';
import { EXIT, UsageError, writeJson, writeTable } from './output.ts';
import { settingsFor, type ConfigOptions } from './settings-for.ts';
import { storeAt } from './store-at.ts';
import { addChangeCommands } from './upstreams/change.ts';
import { visitAsJson, writeVisit } from './upstreams/describe-visit.ts';
import { writeTools } from './upstreams/describe-tools.ts';
import { ToolJudge, type JudgedTool } from './upstreams/judged-tools.ts';
import { mendOf } from './upstreams/mend-of.ts';
import { restartUpstreams } from './upstreams/restart.ts';
import { visitUpstream } from './upstreams/visit-upstream.ts';

interface Common extends ConfigOptions {
  readonly json?: boolean;
}

interface VisitOptions extends Common {
  readonly timeout: number;
}

interface ToolsOptions extends VisitOptions {
  readonly gateway?: string;
  readonly principal: string;
  readonly group: readonly string[];
  readonly role: readonly string[];
}

const EXAMPLES = `
Examples:
  veto upstreams list
  veto upstreams add files --root ./docs -- npx -y @modelcontextprotocol/server-filesystem ./docs
  veto upstreams test files
  veto upstreams tools --principal alice --group dev
  veto upstreams restart files`;

const TIMEOUT_MS = 30_000;

/** `veto upstreams`: the servers behind the gateways. */
export function upstreamsCommand(action: Action): Command {
  const upstreams = new Command('upstreams');
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  configured(upstreams.command('list'))
    .description('list the configured upstreams')
    .action(action((io, options: Common) => listUpstreams(io, options)));
  patient(configured(upstreams.command('test').argument('[names...]', 'default: all')))
    .description('connect to each upstream by itself and tell what it is; exit 1 when one cannot be had')
    .action(action((io, options: VisitOptions, ...names: string[]) => testUpstreams(io, options, names.flat())));
  patient(configured(upstreams.command('tools').argument('[names...]', 'default: all')))
    .description('list tools with what the policy makes of them and how the guards read their arguments')
    .option('--gateway <name>', 'only as this gateway serves them')
    .option('--principal <id>', 'who would call', 'anyone')
    .option('--group <name>', 'a group of the principal; may be repeated', collect, [])
    .option('--role <name>', 'a role of the principal; may be repeated', collect, [])
    .action(action((io, options: ToolsOptions, ...names: string[]) => listTools(io, options, names.flat())));
  configured(upstreams.command('restart').argument('<names...>', 'as configured'))
    .description('let the running gateway end its connections to an upstream and start anew')
    .action(action((io, options: Common, ...names: string[]) => restart(io, options, names.flat())));
  addExamples(upstreams, EXAMPLES);
  addChangeCommands(upstreams, action); // with examples of their own
  return upstreams;
}

function configured(command: Command): Command {
  return command
    .option('--config <file>', 'configuration to read (default: veto.yaml here)')
    .option('--json', 'for machines');
}

function patient(command: Command): Command {
  return command.option('--timeout <ms>', 'how long one upstream may take, in milliseconds', readTimeout, TIMEOUT_MS);
}

function readTimeout(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('write a number of milliseconds.');
  return Number(text);
}

function listUpstreams(io: Io, options: Common): void {
  const { settings } = settingsFor(options, io, {}, 'form');
  const rows = settings.upstreams.map((one) => describe(one, settings));
  if (options.json) return writeJson(io, rows);
  if (rows.length === 0) return io.out('there are no upstreams; add one under `upstreams:` in veto.yaml\n');
  const heading = ['NAME', 'TRANSPORT', 'WHERE', 'ERA', 'ISOLATION', 'GATEWAYS'];
  writeTable(
    io,
    heading,
    rows.map((row) => [row.name, row.transport, row.where, row.era, row.isolation, row.gateways.join(',') || '-']),
  );
}

function describe(upstream: UpstreamSettings, { gateways }: Settings) {
  const { name, transport, command, args, url, era, isolation } = upstream;
  const where = command === null ? (url ?? '') : [command, ...args].join(' ');
  const serving = gateways.filter((gateway) => gateway.upstreams.includes(name)).map((gateway) => gateway.name);
  return { name, transport, where, era, isolation, gateways: serving };
}

async function testUpstreams(io: Io, options: VisitOptions, names: readonly string[]): Promise<number> {
  const { settings } = settingsFor(options, io);
  const chosen = choose(settings, names);
  if (chosen.length === 0) io.err('there are no upstreams; add one under `upstreams:` in veto.yaml\n');
  let failures = 0;
  await visiting(io, options, chosen, (upstream, visit) => {
    if (visit.fault !== null) failures++;
    if (options.json) writeJson(io, visitAsJson(upstream, visit));
    else writeVisit(io, upstream, visit);
  });
  return failures === 0 ? EXIT.fine : EXIT.finding;
}

type Visited = (upstream: UpstreamSettings, visit: Awaited<ReturnType<typeof visitUpstream>>) => void;

/** Visits all at once, and tells in the order of the configuration. */
async function visiting(
  io: Io,
  { timeout }: VisitOptions,
  upstreams: readonly UpstreamSettings[],
  visited: Visited,
): Promise<void> {
  if (io.colour) io.err(`connecting to ${upstreams.map(({ name }) => name).join(', ')} …\n`);
  const leave = io.stay();
  const visits = upstreams.map((upstream) => visitUpstream(upstream, io, timeout));
  try {
    for (const [i, visit] of visits.entries()) {
      const upstream = upstreams[i];
      if (upstream !== undefined) visited(upstream, await visit);
    }
  } finally {
    leave();
  }
}

async function listTools(io: Io, options: ToolsOptions, names: readonly string[]): Promise<number> {
  const { settings } = settingsFor(options, io);
  if (options.gateway !== undefined && !settings.gateways.some(({ name }) => name === options.gateway)) {
    throw new UsageError(`there is no gateway \`${options.gateway}\` in the configuration`);
  }
  const judge = new ToolJudge(settings, principalOf(options), io.clock.nowMs());
  const tools: JudgedTool[] = [];
  let failures = 0;
  await visiting(io, options, choose(settings, names), (upstream, { catalogue, fault }) => {
    if (fault !== null) {
      failures++;
      io.err(`\`${upstream.name}\` cannot be had: ${fault.message}; ${mendOf(fault, upstream)}\n`);
    }
    for (const gateway of settings.gateways) {
      if (!gateway.upstreams.includes(upstream.name)) continue;
      if (options.gateway !== undefined && options.gateway !== gateway.name) continue;
      for (const tool of catalogue?.tools ?? []) tools.push(judge.judge(gateway.name, upstream, tool));
    }
  });
  if (options.json) for (const tool of tools) writeJson(io, tool);
  else writeTools(io, tools);
  return failures === 0 ? EXIT.fine : EXIT.finding;
}

function principalOf({ principal: id, group: groups, role: roles }: ToolsOptions): Principal {
  return { id, kind: 'user', groups, roles, attributes: {} };
}

async function restart(io: Io, options: Common, names: readonly string[]): Promise<number> {
  const { settings } = settingsFor(options, io, {}, 'form');
  const chosen = choose(settings, names).map(({ name }) => name);
  const { directory } = storeAt(options, io);
  return restartUpstreams(io, directory, chosen, options.json ?? false);
}

/** Upstreams by name, all when none is named. @throws UsageError for names that nothing has */
function choose({ upstreams }: Settings, names: readonly string[]): readonly UpstreamSettings[] {
  for (const name of names) {
    if (upstreams.some((one) => one.name === name)) continue;
    const known = upstreams.map((one) => `\`${one.name}\``).join(', ') || 'none';
    throw new UsageError(`there is no upstream \`${name}\`; the configuration has ${known}`);
  }
  return names.length === 0 ? upstreams : upstreams.filter(({ name }) => names.includes(name));
}
