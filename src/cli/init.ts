import { existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { GUARDED } from '../gateway/guarded.ts';
import { warmGuards } from '../guards/guards.ts';
import { loadPolicies } from '../policy/load.ts';
import { describeProblem } from '../policy/problem.ts';
import type { Action } from './command.ts';
import type { Places } from './init/client.ts';
import { CLIENTS } from './init/clients.ts';
import { findServers, type Search } from './init/find-servers.ts';
import { planAsJson, writePlan, writeSteps } from './init/describe-plan.ts';
import { planFiles, type Plan } from './init/plan.ts';
import { STARTERS, type Starter } from './init/starters.ts';
import type { Io } from './io.ts';
import { EXIT, UsageError, writeJson } from './output.ts';
import { settingsFor } from './settings-for.ts';

interface InitOptions {
  readonly from?: readonly string[];
  readonly import: boolean;
  readonly only?: readonly string[];
  readonly starter: readonly Choice[];
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** A starter for one server, or for all. */
interface Choice {
  readonly server: string | null;
  readonly starter: Starter;
}

const EXAMPLES = `
Examples:
  veto init
  veto init --dry-run --json
  veto init --from cursor claude-code --only files github --yes
  veto init --starter read-only --starter files=filesystem
  veto init --no-import

Starters: ${STARTERS.join(', ')}. Each server gets the one that suits it unless you say otherwise.
Values of variables and headers that could be secrets are not copied: they become references (env:NAME), and you are
told which variables to set.`;

const FILES = { config: 'veto.yaml', policies: 'policies.yaml' } as const;

/** `veto init`: writes veto.yaml and policies.yaml here, with the servers that clients on this machine use. */
export function initCommand(action: Action): Command {
  return new Command('init')
    .addOption(
      new Option('--from <client...>', 'import only from these clients').choices(CLIENTS.map(({ name }) => name)),
    )
    .option('--no-import', 'import nothing')
    .option('--only <server...>', 'import only these servers')
    .option('--starter <[server=]starter>', 'a starter policy, for all or one server; may be repeated', choose, [])
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--force', 'overwrite the files that are there')
    .option('--yes', 'do not ask')
    .option('--json', 'for machines; does not ask')
    .addHelpText('after', EXAMPLES)
    .action(action((io, options: InitOptions) => initialise(io, options, process.platform)));
}

function choose(text: string, before: readonly Choice[]): Choice[] {
  const at = text.indexOf('=');
  const server = at < 0 ? null : text.slice(0, at);
  const starter = STARTERS.find((name) => name === text.slice(at + 1));
  if (starter === undefined) throw new InvalidArgumentError(`the starters are ${STARTERS.join(', ')}.`);
  return [...before, { server, starter }];
}

async function initialise(io: Io, options: InitOptions, platform: NodeJS.Platform): Promise<number> {
  const home = io.env['HOME'] ?? io.env['USERPROFILE'] ?? homedir();
  const around: Places = { home, platform, env: io.env, folder: io.folder };
  const plan = planFiles(search(options, around), starterFor(options.starter), around);
  checkChoices(options, plan);
  if (options.dryRun) return tell(io, options, plan, false);
  refuseToOverwrite(io, options);
  await checkPolicies(plan);
  if (!options.json) writePlan(io, plan);
  if (!(await isAgreed(io, options))) {
    io.out('nothing was written\n');
    return EXIT.finding;
  }
  for (const key of ['policies', 'config'] as const) write(io, FILES[key], plan[key], options.force ?? false);
  settingsFor({ config: FILES.config }, io, {}, 'form'); // what was written must load
  if (options.json) writeJson(io, planAsJson(plan, true));
  else writeSteps(io, plan);
  return EXIT.fine;
}

function tell(io: Io, options: InitOptions, plan: Plan, isWritten: boolean): number {
  if (options.json) writeJson(io, planAsJson(plan, isWritten));
  else {
    writePlan(io, plan);
    io.out(`\n# ${FILES.config}\n${plan.config}\n# ${FILES.policies}\n${plan.policies}`);
  }
  return EXIT.fine;
}

function search({ from, only, import: imports }: InitOptions, around: Places): Search {
  if (!imports) return { servers: [], bad: [], files: [] };
  const clients = CLIENTS.filter(({ name }) => from?.includes(name) ?? true);
  const found = findServers(clients, around);
  if (only === undefined) return found;
  const missing = only.filter((name) => !found.servers.some((server) => server.name === name));
  if (missing.length > 0) {
    const known = found.servers.map(({ name }) => `\`${name}\``).join(', ') || 'none';
    throw new UsageError(`there is no server \`${missing.join('`, `')}\` to import; found: ${known}`);
  }
  return { ...found, servers: found.servers.filter(({ name }) => only.includes(name)) };
}

function starterFor(choices: readonly Choice[]): (name: string) => Starter | null {
  const forAll = choices.findLast(({ server }) => server === null)?.starter ?? null;
  return (name) => choices.findLast(({ server }) => server === name)?.starter ?? forAll;
}

function checkChoices({ starter: choices }: InitOptions, { servers }: Plan): void {
  for (const { server } of choices) {
    if (server === null || servers.some(({ name }) => name === server)) continue;
    throw new UsageError(`\`--starter ${server}=…\` names no imported server; \`veto init --dry-run\` lists them`);
  }
  const rootless = servers.find(({ starter, roots }) => starter === 'filesystem' && roots.length === 0);
  if (rootless === undefined) return;
  const mend = 'the starter `filesystem` reads them from the arguments; use `read-only`';
  throw new UsageError(`the directories that \`${rootless.name}\` serves are not known; ${mend}`);
}

function refuseToOverwrite(io: Io, { force }: InitOptions): void {
  if (force) return;
  const there = Object.values(FILES).filter((file) => existsSync(join(io.folder, file)));
  if (there.length === 0) return;
  const mend = '`--force` overwrites, `--dry-run` shows what would be written, `veto upstreams add` adds a server';
  throw new UsageError(`\`${there.join('` and `')}\` ${there.length === 1 ? 'is' : 'are'} here already; ${mend}`);
}

/** What was composed must load: a directory can have a name that no rule can hold. */
async function checkPolicies({ policies }: Plan): Promise<void> {
  await warmGuards();
  const loaded = loadPolicies([{ name: FILES.policies, text: policies }], { ...GUARDED, profile: 'development' });
  if (!loaded.ok) throw new UsageError(loaded.problems.map(describeProblem).join('\n'));
}

/** Asks on a terminal only. */
async function isAgreed(io: Io, { yes, json }: InitOptions): Promise<boolean> {
  if (yes || json || !('isTTY' in io.input) || io.input.isTTY !== true) return true;
  const terminal = createInterface({ input: io.input, output: io.output });
  try {
    const answer = await terminal.question(`write ${FILES.config} and ${FILES.policies} here? [Y/n] `, {
      signal: io.signal,
    });
    return /^(?:y|yes)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

function write(io: Io, file: string, text: string, force: boolean): void {
  try {
    writeFileSync(join(io.folder, file), text, { flag: force ? 'w' : 'wx' });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new UsageError(`\`${file}\` cannot be written (${code}); run \`veto init\` in a folder of your own`);
  }
}
