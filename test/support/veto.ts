import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { lineOf, start, type Running } from './processes.ts';

/** The command line of this checkout. */
export const CLI = fileURLToPath(new URL('../../src/cli/veto.ts', import.meta.url));

/** A real `veto serve` with its own directory. */
export interface VetoProcess {
  readonly url: string;
  /** Of the gateway `default`. */
  readonly mcpUrl: string;
  readonly key: string;
  readonly headers: { readonly 'x-veto-api-key': string };
  readonly directory: string;
  readonly running: Running;
  /** Runs another `veto` command against the same configuration; its output and exit code. */
  cli(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Ends the process and starts another one over the same directory, at another port. */
  restart(): Promise<VetoProcess>;
  stop(): Promise<void>;
}

export interface VetoSetup {
  readonly upstreams: Record<string, object>;
  /** The policy file's text; everything is allowed when left out. */
  readonly policy?: string;
  readonly more?: object;
  readonly env?: NodeJS.ProcessEnv;
}

export const ALLOW_ALL = 'version: 1\ndefault: allow\npolicies: []\n';

/** Writes a configuration, makes a key by the command line, and starts the gateway. */
export async function startVeto(setup: VetoSetup): Promise<VetoProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'veto-test-'));
  const config = join(directory, 'veto.yaml');
  await writeFile(join(directory, 'policies.yaml'), setup.policy ?? ALLOW_ALL);
  const text = stringify({
    version: 1,
    listen: '127.0.0.1:0',
    store: './veto-data',
    gateways: { default: { upstreams: Object.keys(setup.upstreams), policies: ['policies.yaml'] } },
    upstreams: setup.upstreams,
    ...setup.more,
  });
  await writeFile(config, text);
  const env = { ...process.env, ...setup.env };
  const cli = (...args: string[]) => runCli([...args, '--config', config], directory, env);
  const created = await cli('keys', 'create', 'test', '--gateway', 'default', '--principal', 'tester', '--json');
  if (created.code !== 0) throw new Error(`no key: ${created.stderr}`);
  const { key } = JSON.parse(created.stdout) as { key: string };
  const serve = async (): Promise<VetoProcess> => {
    const running = start(process.execPath, [CLI, 'serve', '--config', config], { cwd: directory, env });
    const [, url = ''] = await lineOf(running, /(http:\/\/[^\s/]+)/, 'stdout');
    return {
      url,
      key,
      directory,
      running,
      cli,
      mcpUrl: `${url}/v1/mcp/default`,
      headers: { 'x-veto-api-key': key },
      async restart() {
        await running.stop();
        return serve();
      },
      async stop() {
        await running.stop();
        await rm(directory, { recursive: true, force: true });
      },
    };
  };
  return serve();
}

/** Runs one command to its end. */
export async function runCli(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const running = start(process.execPath, [CLI, ...args], { cwd, env });
  let stdout = '';
  running.child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  const code = await new Promise<number | null>((resolve) => running.child.once('close', resolve));
  return { code, stdout, stderr: running.stderr() };
}
