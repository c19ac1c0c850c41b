import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../support/processes.ts';

const SUITE = fileURLToPath(
  new URL('../peers/node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
);
const INJECT = fileURLToPath(new URL('./inject-header.mjs', import.meta.url));

/** Verdicts of one run of the official suite. */
export interface Verdicts {
  readonly scored: ReadonlyMap<string, boolean>;
  readonly notScored: ReadonlyMap<string, boolean>;
  /** The whole report, for a failing test's message. */
  readonly log: string;
}

/**
 * Runs the official server suite against a URL, at the frozen requirements of one revision. The suite has no option
 * for request headers, so a preload adds them (`inject-header.mjs`).
 * @param url on `localhost`: the DNS-rebinding scenario fails on any other
 */
export async function runSuite(url: string, revision: string, headers: Record<string, string>): Promise<Verdicts> {
  const output = await mkdtemp(join(tmpdir(), 'veto-suite-'));
  const args = ['--import', INJECT, SUITE, 'server', '--url', url, '-o', output, '--requirements', revision];
  const env = { ...process.env, INJECT_ORIGIN: new URL(url).origin, INJECT_HEADERS: JSON.stringify(headers) };
  const running = start(process.execPath, args, { env });
  let log = '';
  running.child.stdout?.setEncoding('utf8').on('data', (text: string) => (log += text));
  await new Promise((resolve) => running.child.once('close', resolve));
  await rm(output, { recursive: true, force: true });
  return { ...read(log), log: log + running.stderr() };
}

/** The suite prints a line a scenario and then, apart, which ones its revision does not count. */
function read(log: string): Omit<Verdicts, 'log'> {
  const verdicts = new Map<string, boolean>();
  const apart = new Set<string>();
  let inApart = false;
  // eslint-disable-next-line no-control-regex -- colours
  for (const line of log.replace(/\u001b\[[0-9;]*m/g, '').split('\n')) {
    inApart ||= line.startsWith('Not scored for ');
    const verdict = /^([✓✗~⚠]) (\S+): (\d+) passed, (\d+) failed/.exec(line);
    if (verdict?.[2]) verdicts.set(verdict[2], verdict[1] === '✓' && verdict[4] === '0');
    const name = inApart ? /^ {2}[✓✗~⚠] (\S+) \(/.exec(line)?.[1] : undefined;
    if (name) apart.add(name);
  }
  const pick = (wanted: boolean) => new Map([...verdicts].filter(([name]) => apart.has(name) === wanted));
  return { scored: pick(false), notScored: pick(true) };
}

export function failed(verdicts: ReadonlyMap<string, boolean>): string[] {
  return [...verdicts].filter(([, passed]) => !passed).map(([name]) => name);
}
