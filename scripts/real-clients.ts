// `npm run real-clients`: clients that people use, each installed on demand into a temporary folder, connected to a
// gateway in front of a real file-system server. Not part of CI: it fetches several hundred megabytes. Leaves: a table
// for docs/clients.md, and exit code 1 when a client that could be tried does not connect.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGateways, type Gateways } from '../test/support/gateways.ts';
import { runProgram, type Ended } from '../test/support/run-program.ts';
import { claudeCode } from './real-clients/claude-code.ts';
import { geminiCli } from './real-clients/gemini-cli.ts';
import { mcporter } from './real-clients/mcporter.ts';
import { opencode } from './real-clients/opencode.ts';
import type { RealClient, Trial } from './real-clients/real-client.ts';

const CLIENTS: readonly RealClient[] = [claudeCode, mcporter, opencode, geminiCli];
const INSTALL_MS_MAX = 300_000;
const RUN_MS_MAX = 90_000;
const FILES = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js');

/** Installs a package without running its scripts. @returns its folder and version, or why there is none */
async function install(name: string, into: string): Promise<{ folder: string; version: string } | string> {
  await mkdir(into, { recursive: true });
  await writeFile(join(into, 'package.json'), '{"private":true}');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', name];
  const ended = await runProgram('npm', args, { cwd: into, withinMs: INSTALL_MS_MAX }).catch(
    (error: unknown): Ended => ({ code: null, stdout: '', stderr: String(error) }),
  );
  if (ended.code !== 0) return `\`${name}\` could not be installed: ${ended.stderr.trim().split('\n')[0] ?? ''}`;
  const folder = join(into, 'node_modules', name);
  // npm's own file, of a known form.
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  return { folder, version };
}

async function tryOut(client: RealClient, gateways: Gateways, folder: string): Promise<boolean> {
  const skip = (reason: string): boolean => {
    console.log(`| ${client.name} | – | – | skipped: ${reason} | ${today()} |`);
    return true;
  };
  const name = client.package(`${process.platform}-${process.arch}`);
  if (name === null) return skip(`there is no package for ${process.platform}-${process.arch}`);
  const installed = await install(name, join(folder, 'packages'));
  if (typeof installed === 'string') return skip(installed);
  const trial = await trialOf(gateways, join(folder, 'home'), installed.folder);
  const control = await client.attempt({
    ...(await trialOf(gateways, join(folder, 'control'), installed.folder)),
    key: 'a-key-that-opens-nothing',
  });
  // A client that says the same whatever the key is proves nothing.
  if (control.some(({ works }) => works)) throw new Error(`${client.name} says it is connected with a wrong key`);
  const attempts = await client.attempt(trial);
  for (const { transport, works, said } of attempts) {
    console.log(`| ${client.name} | ${installed.version} | ${transport} | ${works ? 'works' : 'FAILS'} | ${today()} |`);
    if (!works) console.error(`\n${client.name}, ${transport}:\n${said}\n`);
  }
  return attempts.every(({ works }) => works);
}

async function trialOf(gateways: Gateways, home: string, packages: string): Promise<Trial> {
  await mkdir(home, { recursive: true });
  const { url, key, pipe } = gateways.at('default');
  const clean = { PATH: process.env['PATH'] ?? '', HOME: home, NO_COLOR: '1', TERM: 'dumb' };
  return {
    url,
    key,
    pipe,
    home,
    packages,
    run: (file, args, env = {}) => {
      const program = /\.[cm]?js$/.test(file) ? [process.execPath, file] : [file];
      const [command = '', ...first] = program;
      return runProgram(command, [...first, ...args], { cwd: home, env: { ...clean, ...env }, withinMs: RUN_MS_MAX });
    },
  };
}

const today = (): string => new Date().toISOString().slice(0, 10);

const folder = await mkdtemp(join(tmpdir(), 'veto-real-clients-'));
const files = { transport: 'stdio', command: process.execPath, args: [FILES, folder] };
const gateways = await startGateways({ default: { upstreams: { files } } });
try {
  console.log('| Client | Version | Transport | Result | Date |\n|---|---|---|---|---|');
  for (const [n, client] of CLIENTS.entries()) {
    if (!(await tryOut(client, gateways, join(folder, String(n))))) process.exitCode = 1;
  }
} finally {
  await gateways.stop();
  await rm(folder, { recursive: true, force: true });
}
