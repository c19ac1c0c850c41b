/**
 * What integrity costs: processor time, because a shared machine is noisy. Cold figures come from fresh processes,
 * engine warm-up included; the definitions are made here, honest, 1,000 of about 600 characters, no two alike.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createIntegrity } from '../src/integrity/integrity.ts';
import { inspectDefinition } from '../src/integrity/inspect.ts';
import type { Offer } from '../src/integrity/offer.ts';
import { judgeResult, RESULT_CHARS_MAX } from '../src/integrity/results.ts';
import { integritySection } from '../src/integrity/section.ts';
import { MemoryPinStore } from '../src/store/memory/pins.ts';

const VERBS = ['get', 'list', 'create', 'update', 'delete', 'search', 'export', 'archive', 'merge', 'resolve'];
const THINGS = [
  'invoice',
  'branch',
  'issue',
  'dashboard',
  'customer',
  'pipeline',
  'document',
  'calendar',
  'token',
  'alert',
];

function tool(i: number, sentences: number): Offer['tools'][number] {
  const verb = VERBS[i % 10] ?? '';
  const thing = THINGS[Math.floor(i / 10) % 10] ?? '';
  const name = `${verb}_${thing}_${i}`;
  const said = Array.from(
    { length: sentences },
    (_, k) => `Use this for ${thing} number ${i + k} when the workspace has more than ${k} of them, sorted by date.`,
  );
  const text = (what: string) => ({
    type: 'string',
    description: `The ${what} of the ${thing}, as ${verb} number ${i} has it.`,
  });
  const properties = { id: text('identifier'), workspace: text('workspace'), limit: { type: 'integer', maximum: 100 } };
  const inputSchema = { type: 'object', properties, required: ['id'] };
  const description = `Lets you ${verb} a ${thing} by its id. You must have access to the workspace. ${said.join(' ')}`;
  return { kind: 'tool', name, body: { name, description, inputSchema } };
}

const offerOf = (tools: Offer['tools']): Offer => {
  const rest = { capabilities: {}, instructions: null, prompts: [], resources: [], templates: [] };
  return { serverInfo: { name: 'bench' }, tools, ...rest };
};

async function cpuMs(run: () => unknown): Promise<number> {
  const started = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(started);
  return (user + system) / 1000;
}

const room = () => createIntegrity(new MemoryPinStore(), () => integritySection.parse({}));
const occasion = { agent: 'bench', nowMs: 0 };
const thousand = (): Offer => offerOf(Array.from({ length: 1000 }, (_, i) => tool(i, 3)));

async function report(): Promise<void> {
  const runs = Array.from({ length: 5 }, () => {
    const { stdout } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), '--cold-list'], {
      encoding: 'utf8',
    });
    return JSON.parse(stdout) as { cpu: number; wall: number };
  }).sort((a, b) => a.cpu - b.cpu);
  const median = runs[2] ?? { cpu: 0, wall: 0 };
  row('list of 1,000 tools, cold process (CPU)', median.cpu, 150);
  row('the same (wall)', median.wall, 150);
  const integrity = room();
  const offer = thousand();
  await integrity.admit('g', 'u', offer, occasion);
  row(
    'the same list fetched again, known pins',
    await best(() => integrity.admit('g', 'u', thousand(), occasion)),
    150,
  );
  row('nothing changed (same catalogue)', await best(() => integrity.recall('g', 'u', offer)), 1);
  let i = 2000;
  row('list of 1,000 tools, warm', await best(() => room().admit('g', 'u', thousand(), occasion)), 150);
  const long = Array.from({ length: 400 }, () => tool(i++, 12));
  const chars = long.reduce((sum, one) => sum + JSON.stringify(one.body).length, 0);
  const each = (await best(() => long.forEach((one) => inspectDefinition('tool', one.name, one.body)))) / chars;
  row('a definition, per 1,500 characters', each * 1500, 0.3);
  for (const [size, text] of RESULTS) {
    const result = { content: [{ type: 'text', text }] };
    row(`instructions in a result, ${size}`, await best(() => judgeResult('read', result)), 5);
  }
}

const PROSE = 'The committee did not decide before noon; you must file the form, and never without a copy to a@b.org. ';
const RESULTS: readonly (readonly [string, string])[] = [
  ['10 KB of prose', PROSE.repeat(100)],
  [`${RESULT_CHARS_MAX / 1024} KB of prose`, PROSE.repeat(700).slice(0, RESULT_CHARS_MAX)],
  ['8 MB of prose', PROSE.repeat(80_000)],
];

async function best(run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let k = 0; k < 9; k++) times.push(await cpuMs(run));
  return Math.min(...times);
}

function row(name: string, ms: number, aim: number): void {
  const shown = `${name.padEnd(52)}${ms.toFixed(ms < 1 ? 3 : 1).padStart(10)} ms   aim ${aim}`;
  process.stdout.write(`${shown}${ms > aim ? '  MISSED' : ''}\n`);
}

if (process.argv.includes('--cold-list')) {
  const integrity = room();
  const offer = thousand();
  const startedMs = performance.now();
  const cpu = await cpuMs(() => integrity.admit('g', 'u', offer, occasion));
  process.stdout.write(JSON.stringify({ cpu, wall: performance.now() - startedMs }));
} else await report();
