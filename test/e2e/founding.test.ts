// What the founding page promises, with its own client and its own policy file, in front of a real file-system server.
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { isObject, type JsonObject } from '../../src/core/json.ts';
import { startGateways, type AuditLine, type Gateways } from '../support/gateways.ts';
import { runProgram, type Ended } from '../support/run-program.ts';
import { until } from '../support/until.ts';
import { textOf, wire } from './talkers.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const POLICY = here('../../examples/policies/founding-page.yaml');
const FILES = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-filesystem/dist/index.js');

const group = z.strictObject({
  tool: z.string(),
  argument: z.string(),
  rule: z.string(),
  rows: z.array(z.strictObject({ value: z.string(), seen: z.boolean(), unrooted: z.string(), rooted: z.string() })),
});
const GROUPS = z.array(group).parse(parse(await readFile(here('founding-bypasses.yaml'), 'utf8')));
const ROWS = GROUPS.flatMap(({ rows, ...about }) => rows.map((row) => ({ ...about, ...row })));
const SETTINGS = ['unrooted', 'rooted'] as const;

let folder: string;
let gateways: Gateways;
beforeAll(async () => {
  // Resolved, because the server resolves what it was given, and roots are compared as text.
  folder = await realpath(await mkdtemp(join(tmpdir(), 'veto-founding-')));
  await mkdir(join(folder, 'data'));
  await writeFile(join(folder, 'data', 'report.csv'), 'month,sum\nmay,42\n');
  const data = join(folder, 'data');
  const files = { transport: 'stdio', command: process.execPath, args: [FILES, data], cwd: data };
  const tools = { transport: 'stdio', command: process.execPath, args: [here('upstreams/founding-tools.ts')] };
  const policy = await readFile(POLICY, 'utf8');
  gateways = await startGateways({
    unrooted: { upstreams: { files, tools }, policy },
    rooted: { upstreams: { 'rooted-files': { ...files, roots: [data] }, 'other-tools': tools }, policy },
  });
});
afterAll(async () => {
  await gateways.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a client of examples/clients as a program of its own. */
async function runClient(name: string, setting: string, path: string): Promise<Ended> {
  const { url, key } = gateways.at(setting);
  const env = { ...process.env, VETO_GATEWAY_URL: url, VETO_API_KEY: key, NO_COLOR: '1' };
  return runProgram(process.execPath, [here(`../../examples/clients/${name}.ts`), path], { env });
}

describe.each(SETTINGS)("the page's client, %s", (setting) => {
  it('lists tools and reads a file', async () => {
    const { code, stdout, stderr } = await runClient('founding-page', setting, join(folder, 'data', 'report.csv'));
    expect(stderr).toBe('');
    expect(code).toBe(0);
    for (const name of ['read_file', 'execute_query', 'run_command', 'http_request'])
      expect(stdout).toContain(`'${name}'`);
    expect(stdout).toContain('may,42');
  });

  it.each(['/etc/passwd', '/data/../etc/passwd'])('is refused %s, in words that it can read', async (path) => {
    const { code, stdout } = await runClient('founding-page', setting, path);
    expect(code).toBe(0);
    expect(stdout).toContain('isError: true');
    expect(stdout).toContain('`read_file` was refused');
    expect(stdout).not.toContain('root:');
  });
});

describe.each(['sessions', 'stateless'])('examples/clients/%s.ts', (name) => {
  it('lists, reads, and tells a refusal by its code', async () => {
    const fine = await runClient(name, 'rooted', join(folder, 'data', 'report.csv'));
    expect(fine).toMatchObject({ code: 0, stderr: '' });
    expect(fine.stdout).toContain('read_file\n');
    expect(fine.stdout).toContain('may,42');
    const refused = await runClient(name, 'rooted', '/etc/passwd');
    expect(refused).toMatchObject({ code: 0, stderr: '' });
    expect(refused.stdout).toContain("code: 'ARGUMENT_UNSAFE'");
  });
});

/** What a row came to: the answer on the wire, and the record of it. */
interface Outcome {
  readonly answer: JsonObject;
  readonly record: AuditLine | undefined;
}

describe.each(SETTINGS)('spellings that defeat the patterns as printed, %s', (setting) => {
  const outcomes = new Map<string, Outcome>();
  beforeAll(async () => {
    const talker = await wire('SDK v1 over HTTP+SSE')(gateways.at(setting));
    const answers = new Map<string, JsonObject>();
    for (const { tool, argument, value } of ROWS) answers.set(value, await talker.call(tool, { [argument]: value }));
    await talker.close();
    const records = await gateways.audit('--gateway', setting);
    for (const [value, answer] of answers) {
      const { callId } = decisionOf(answer);
      outcomes.set(value, { answer, record: records.find((record) => record.callId === callId) });
    }
  });

  it.each(ROWS)('$tool: $value', ({ tool, argument, value, ...row }) => {
    const by = row[setting];
    const { answer, record } = outcomes.get(value) ?? {};
    const code = by.includes('.')
      ? 'ARGUMENT_UNSAFE'
      : by === row.rule && by.startsWith('Block')
        ? 'POLICY_DENIED'
        : 'APPROVAL_REQUIRED';
    expect(answer).toMatchObject({ isError: true, _meta: { 'veto/decision': { code } } });
    expect(textOf(answer ?? {})).not.toContain('arrived');
    expect(textOf(answer ?? {})).not.toContain(row.rule);
    expect(record).toMatchObject({
      kind: 'refusal',
      decision: 'deny',
      principal: 'alice',
      client: { name: 'sdk-v1' },
      method: 'tools/call',
      target: tool,
      arguments: { [argument]: value },
      code,
      rule: by.includes('.') ? `(finding ${by})` : by,
    });
  });

  it('reached no server', async () => {
    const intended = await gateways.audit('--gateway', setting, '--kind', 'intend');
    const read = intended.filter(({ method }) => method === 'tools/call');
    expect(new Set(read.map((record) => JSON.stringify(record['arguments'])))).toEqual(
      new Set([JSON.stringify({ path: join(folder, 'data', 'report.csv') })]),
    );
  });
});

function decisionOf(answer: JsonObject): { callId: unknown } {
  const meta = answer['_meta'];
  const decision = isObject(meta) ? meta['veto/decision'] : undefined;
  return { callId: isObject(decision) ? decision['callId'] : undefined };
}

describe("the views of the page's own rules", () => {
  const verdicts = new Map<string, string>();
  beforeAll(async () => {
    const calls = ROWS.map(({ tool, argument, value }) => JSON.stringify({ tool, arguments: { [argument]: value } }));
    const file = join(folder, 'calls.jsonl');
    await writeFile(file, calls.join('\n'));
    const args = ['evaluate', '--calls', file, '--policy', POLICY];
    const { stdout: out } = await runProgram(process.execPath, [here('../../src/cli/veto.ts'), ...args]);
    const lines = out
      .trim()
      .split('\n')
      .map((line) => explained.parse(JSON.parse(line)));
    for (const [n, { explanation }] of lines.entries()) {
      const row = ROWS[n];
      const rule = explanation.rules.find(({ name }) => name === row?.rule);
      verdicts.set(row?.value ?? '', rule?.verdict ?? 'absent');
    }
  });

  it.each(ROWS)('see $seen: $tool $value', ({ value, rule, seen }) => {
    const closes = rule === 'Allow file reads' ? 'not matched' : 'matched';
    const passes = rule === 'Allow file reads' ? 'matched' : 'not matched';
    expect(verdicts.get(value)).toBe(seen ? closes : passes);
  });
});

const explained = z.looseObject({
  explanation: z.looseObject({ rules: z.array(z.looseObject({ name: z.string(), verdict: z.string() })) }),
});

describe('what the page asks for besides', () => {
  it('limits the rate of `http_request`, and keeps it away from what is inside', async () => {
    const talker = await wire('SDK v1 over HTTP+SSE')(gateways.at('unrooted'));
    for (const url of [
      'http://169.254.169.254/latest',
      'http://localhost:1/',
      'http://0x7f000001/',
      'file:///etc/passwd',
    ]) {
      const refused = await talker.call('http_request', { url });
      expect(refused).toMatchObject({ isError: true, _meta: { 'veto/decision': { code: 'ARGUMENT_UNSAFE' } } });
    }
    const request = () => talker.call('http_request', { url: 'https://example.com/' });
    const answers = await Promise.all(Array.from({ length: 105 }, request));
    expect(answers.filter((answer) => textOf(answer) === 'arrived: https://example.com/')).toHaveLength(100);
    const limited = answers.find((answer) => answer['isError'] === true);
    expect(limited).toMatchObject({ _meta: { 'veto/decision': { code: 'LIMIT_EXCEEDED' } } });
    await talker.close();
  });

  it('records who listed what, under the name that the client claims', async () => {
    const talker = await wire('SDK v1 over HTTP+SSE')(gateways.at('rooted'), { name: 'a name that proves nothing' });
    await talker.tools();
    await talker.close();
    await until(async () => {
      const listings = await gateways.audit('--gateway', 'rooted', '--kind', 'listing');
      return listings.some(
        (record) => isObject(record['client']) && record['client']['name'] === 'a name that proves nothing',
      );
    }, 'the listing is recorded');
  });
});
