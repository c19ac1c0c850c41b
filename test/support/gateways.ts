import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { lineOf, start, type Running } from './processes.ts';
import { ALLOW_ALL, CLI, runCli } from './veto.ts';

/** What one gateway of the process has behind it. Names of upstreams are shared by all gateways. */
export interface GatewaySetup {
  readonly upstreams: Readonly<Record<string, object>>;
  /** The policy file's text; everything is allowed when left out. */
  readonly policy?: string;
}

/** How clients reach one gateway. */
export interface Entrance {
  readonly gateway: string;
  readonly url: string;
  readonly key: string;
  readonly headers: { readonly 'x-veto-api-key': string };
  /** What a client starts to speak to it over stdio: a gateway of the same configuration with a store of its own. */
  stdio(): StdioProgram;
  /** What a client starts to speak to this very process over stdio. */
  readonly pipe: StdioProgram;
}

export interface StdioProgram {
  readonly command: string;
  readonly args: string[];
  readonly env: Record<string, string>;
}

/** One real `veto serve` with several gateways. */
export interface Gateways {
  readonly url: string;
  readonly directory: string;
  readonly running: Running;
  at(gateway: string): Entrance;
  /** The key of a second principal for a gateway. */
  secondKey(gateway: string): string;
  /** Replaces the policy file of a gateway, which is watched. */
  setPolicy(gateway: string, text: string): Promise<void>;
  cli(...args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Records as `veto audit query --json` gives them, oldest first. */
  audit(...filters: string[]): Promise<AuditLine[]>;
  stop(): Promise<void>;
}

export type AuditLine = Readonly<Record<string, unknown>> & { readonly kind: string; readonly callId: string };

interface Key {
  readonly gateway: string;
  readonly principal: string;
  readonly variable: string;
  readonly text: string;
}

/** Writes a configuration with declared keys (no command has to run first) and starts the gateway. */
export async function startGateways(
  setups: Readonly<Record<string, GatewaySetup>>,
  more: object = {},
): Promise<Gateways> {
  const directory = await mkdtemp(join(tmpdir(), 'veto-e2e-'));
  const config = join(directory, 'veto.yaml');
  const keys = Object.keys(setups).flatMap((gateway, n) => [keyOf(gateway, 'alice', n), keyOf(gateway, 'bob', n)]);
  for (const [gateway, { policy }] of Object.entries(setups)) {
    await writeFile(join(directory, `${gateway}.yaml`), policy ?? ALLOW_ALL);
  }
  await writeFile(config, configOf(setups, keys, { store: './veto-data', ...more }));
  const secrets = Object.fromEntries(keys.map(({ variable, text }) => [variable, text]));
  const env = { ...process.env, ...secrets };
  const running = start(process.execPath, [CLI, 'serve', '--config', config], { cwd: directory, env });
  const [, url = ''] = await lineOf(running, /(http:\/\/[^\s/]+)/, 'stdout');
  const cli = (...args: string[]) => runCli([...args, '--config', config], directory, env);
  let programs = 0;
  const keyFor = (gateway: string, principal: string): string => {
    const key = keys.find((each) => each.gateway === gateway && each.principal === principal);
    if (!key) throw new Error(`no gateway ${gateway}`);
    return key.text;
  };
  return {
    url,
    directory,
    running,
    cli,
    at(gateway) {
      const key = keyFor(gateway, 'alice');
      return {
        gateway,
        key,
        url: `${url}/v1/mcp/${gateway}`,
        headers: { 'x-veto-api-key': key },
        pipe: {
          command: process.execPath,
          args: [CLI, 'stdio', '--url', `${url}/v1/mcp/${gateway}`],
          env: { PATH: process.env['PATH'] ?? '', VETO_API_KEY: key },
        },
        stdio() {
          const own = join(directory, `stdio-${++programs}.yaml`);
          writeFileSync(own, configOf(setups, keys, { store: `./stdio-${programs}`, ...more }));
          return {
            command: process.execPath,
            args: [CLI, 'stdio', '--config', own, '--gateway', gateway],
            env: { PATH: process.env['PATH'] ?? '', ...secrets },
          };
        },
      };
    },
    secondKey: (gateway) => keyFor(gateway, 'bob'),
    setPolicy: (gateway, text) => writeFile(join(directory, `${gateway}.yaml`), text),
    async audit(...filters) {
      const { code, stdout, stderr } = await cli('audit', 'query', '--json', '--limit', '100000', ...filters);
      if (code !== 0) throw new Error(`veto audit query failed: ${stderr}`);
      // Lines of our own command, one record each.
      return stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as AuditLine]));
    },
    async stop() {
      await running.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function keyOf(gateway: string, principal: string, n: number): Key {
  const variable = `VETO_TEST_KEY_${principal.toUpperCase()}_${n}`;
  return { gateway, principal, variable, text: randomBytes(32).toString('base64url') };
}

function configOf(setups: Readonly<Record<string, GatewaySetup>>, keys: readonly Key[], more: object): string {
  const gateways = Object.entries(setups).map(([name, { upstreams }]) => [
    name,
    { upstreams: Object.keys(upstreams), policies: [`${name}.yaml`] },
  ]);
  return stringify({
    version: 1,
    listen: '127.0.0.1:0',
    gateways: Object.fromEntries(gateways),
    upstreams: Object.assign({}, ...Object.values(setups).map(({ upstreams }) => upstreams)),
    keys: keys.map(({ gateway, principal, variable }) => ({
      name: `${gateway}-${principal}`,
      gateway,
      secret: `env:${variable}`,
      principal: { id: principal },
    })),
    ...more,
  });
}
