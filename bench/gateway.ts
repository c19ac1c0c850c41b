/**
 * The whole path against a bare forwarder, in one interleaved run: CPU per call and added latency as ratios.
 * `--modern`: on the wire of 2026-07-28. `--list`: `tools/list` of 1,000 tools in place of calls.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { compiled, cpuSeconds, freePort, listens, load, median, pinned, TARGET_CORE, type LoadReport } from './rig.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
const IS_LIST = process.argv.includes('--list');
const TOOLS = IS_LIST ? 1_000 : 50;
const WARM_UP_CALLS = IS_LIST ? 2_000 : 60_000;
const KEY = `veto_0123456789abcdef_${'A'.repeat(43)}`;
/** The founding page's kind of rule: an allow with an argument pattern, and a restriction beside it. */
const POLICY = `version: 1
default: deny
policies:
  - name: Echo anything but paths of the system
    match: { tool: echo, arguments: { text: "^(?!/etc|/root|/home)" } }
    action: allow
  - name: No destructive words at the start
    match: { tool: echo, arguments: { text: "^(rm -rf|DROP|truncate).*$" } }
    action: deny
  - name: Lists and reads
    match: { tool: [read_file, sleep, progress${IS_LIST ? ', "*"' : ''}] }
    action: allow
`;

interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly child: ChildProcess | null;
}

interface Round {
  readonly sat: LoadReport;
  readonly cpuUs: number;
  readonly c1: LoadReport;
}

function startVeto(port: number, upstreamUrl: string, durability: string): ChildProcess {
  const directory = mkdtempSync(join(tmpdir(), 'veto-bench-'));
  writeFileSync(join(directory, 'policies.yaml'), POLICY);
  const config = {
    version: 1,
    listen: `127.0.0.1:${port}`,
    store: './data',
    audit: { durability },
    gateways: { default: { upstreams: ['up'], policies: ['policies.yaml'] } },
    upstreams: { up: { transport: 'streamable-http', url: upstreamUrl } },
    keys: [{ name: 'bench', gateway: 'default', secret: 'env:BENCH_KEY', principal: { id: 'bench' } }],
  };
  writeFileSync(join(directory, 'veto.yaml'), JSON.stringify(config));
  const command = join(import.meta.dirname, '../veto');
  return pinned(TARGET_CORE, command, ['serve', '--config', join(directory, 'veto.yaml')], { BENCH_KEY: KEY });
}

async function measure(program: string, target: Target, era: string): Promise<Round> {
  const { url, headers, child } = target;
  const common = ['--era', era, '--mode', IS_LIST ? 'list' : 'call', '--req', 200];
  const before = child?.pid === undefined ? 0 : cpuSeconds(child.pid);
  const sat = await load(program, { url, headers, args: [...common, '--c', 32, '--duration', 2.5, '--warmup', 0] });
  const spent = child?.pid === undefined ? 0 : cpuSeconds(child.pid) - before;
  const c1 = await load(program, { url, headers, args: [...common, '--c', 1, '--duration', 1.5, '--warmup', 0.3] });
  return { sat, c1, cpuUs: (spent / sat.verified) * 1e6 };
}

async function run(): Promise<void> {
  const programs = compiled();
  if (!programs) return console.log('skipped: the load generator and upstream in C are not beside this repository');
  const era = process.argv.includes('--modern') ? 'modern' : 'legacy';
  const upstreamPort = await freePort();
  const upstream = pinned('1', programs.upstream, [
    '--port',
    String(upstreamPort),
    '--tools',
    String(TOOLS),
    '--session',
    'issue',
    '--answer',
    'json',
  ]);
  const upstreamUrl = `http://127.0.0.1:${upstreamPort}/mcp`;
  await listens(upstreamPort);
  const forwarderPort = await freePort();
  const forwarder = pinned(TARGET_CORE, process.execPath, [join(import.meta.dirname, 'forwarder.ts')], {
    PORT: String(forwarderPort),
    UPSTREAM_URL: upstreamUrl,
  });
  const targets: Target[] = [
    { name: 'direct', url: upstreamUrl, headers: [], child: null },
    { name: 'forwarder', url: `http://127.0.0.1:${forwarderPort}/mcp`, headers: [], child: forwarder },
  ];
  await listens(forwarderPort);
  for (const durability of ['normal', 'full']) {
    const port = await freePort();
    const child = startVeto(port, upstreamUrl, durability);
    await listens(port);
    targets.push({
      name: `veto ${durability}`,
      url: `http://127.0.0.1:${port}/v1/mcp/default`,
      headers: [`X-Veto-API-Key: ${KEY}`],
      child,
    });
  }
  const rounds = new Map<string, Round[]>(targets.map(({ name }) => [name, []]));
  // Until the compiler has seen enough: a gateway runs for days.
  for (const { url, headers } of targets) {
    const args = [
      '--era',
      era,
      '--mode',
      IS_LIST ? 'list' : 'call',
      '--req',
      200,
      '--c',
      32,
      '--calls',
      WARM_UP_CALLS,
      '--duration',
      60,
      '--warmup',
      0,
    ];
    await load(programs.load, { url, headers, args });
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const target of targets) rounds.get(target.name)?.push(await measure(programs.load, target, era));
  }
  report(rounds, era);
  for (const child of [upstream, ...targets.map((target) => target.child)]) child?.kill('SIGTERM');
}

function report(rounds: ReadonlyMap<string, readonly Round[]>, era: string): void {
  const of = (name: string, value: (round: Round) => number) => median((rounds.get(name) ?? []).map(value));
  const p50 = (round: Round) => round.c1.latency_us.p50;
  const p99 = (round: Round) => round.c1.latency_us.p99;
  const added = (name: string, value: (round: Round) => number) => of(name, value) - of('direct', value);
  const base = { cpu: of('forwarder', (r) => r.cpuUs), p50: added('forwarder', p50) };
  console.log(
    `${era} era, ${IS_LIST ? `tools/list of ${TOOLS}` : '200 B echo'}, medians of ${ROUNDS} interleaved rounds`,
  );
  for (const name of rounds.keys()) {
    const cpu = of(name, (r) => r.cpuUs);
    const errors = (rounds.get(name) ?? []).reduce((sum, r) => sum + r.sat.errors + r.c1.errors, 0);
    const first = (rounds.get(name) ?? []).find((r) => r.sat.first_error)?.sat.first_error ?? '';
    console.log(
      `${name.padEnd(12)} CPU ${cpu.toFixed(0).padStart(4)} µs/call (× forwarder ${(cpu / base.cpu).toFixed(2)})  ` +
        `added p50 ${added(name, p50).toFixed(0).padStart(5)} µs (× ${(added(name, p50) / base.p50).toFixed(2)})  ` +
        `p99 ${added(name, p99).toFixed(0)} µs  ${of(name, (r) => r.sat.per_s).toFixed(0)} calls/s  ` +
        `errors ${errors} ${first}`,
    );
  }
}

await run();
