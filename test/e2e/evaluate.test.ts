// `POST /v1/gateways/{gateway}/evaluate` on a real gateway in front of the real file-system server.
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { SERVERS } from './peer-programs.ts';

const POLICY = `
version: 1
default: deny
policies:
  - { name: Read, match: { tool: read_text_file }, action: allow }
  - { name: Ask before writing, match: { tool: write_file }, action: require_approval }
`;
const folder = await realpath(await mkdtemp(join(tmpdir(), 'veto-evaluate-')));
const files = { transport: 'stdio', command: process.execPath, args: [SERVERS.files, folder], roots: [folder] };

let gateways: Gateways;
beforeAll(async () => {
  gateways = await startGateways(
    { default: { upstreams: { files }, policy: POLICY }, other: { upstreams: {}, policy: POLICY } },
    { listener: { evaluation_burst_ms_max: 60_000, body_bytes_max: 300_000, evaluation_body_bytes_max: 4096 } },
  );
});
afterAll(async () => {
  await gateways.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  readonly status: number;
  readonly type: string | null;
  readonly body: Record<string, unknown>;
}

async function evaluate(body: unknown, headers: Record<string, string> = {}, gateway = 'default'): Promise<Asked> {
  const response = await fetch(`${gateways.url}/v1/gateways/${gateway}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...gateways.at('default').headers, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const type = response.headers.get('content-type');
  return { status: response.status, type, body: (await response.json()) as Record<string, unknown> };
}

const write = { tool: 'write_file', arguments: { path: join(folder, 'a'), content: 'x' } };

describe('an evaluation over HTTP', () => {
  it('answers as `veto evaluate` does, with what the gateway knows beside it', async () => {
    const read = { tool: 'read_text_file', arguments: { path: join(folder, 'a') } };
    expect(await evaluate(read)).toMatchObject({
      status: 200,
      type: 'application/json',
      body: {
        decision: 'allow',
        code: null,
        rule: 'Read',
        findings: [],
        explanation: { outcome: { effect: 'allow' } },
      },
    });
    expect((await evaluate(write)).body).toMatchObject({ decision: 'require_approval', code: 'APPROVAL_REQUIRED' });
    const outside = await evaluate({ ...read, arguments: { path: `${folder}/../a` } });
    expect(outside.body).toMatchObject({
      decision: 'deny',
      code: 'ARGUMENT_UNSAFE',
      findings: [{ guard: 'path', path: 'path' }],
    });
    const extra = await evaluate({ ...read, arguments: { ...read.arguments, paths: ['/etc/shadow'] } });
    expect(extra.body).toMatchObject({
      decision: 'deny',
      findings: [{ guard: 'schema' }, { guard: 'path', path: 'paths[0]' }],
    });
  });

  it('forwards nothing and is recorded as an evaluation', async () => {
    const { body } = await evaluate(write);
    const records = await gateways.audit('--kind', 'evaluation', '--call', String(body['call_id']));
    expect(records).toMatchObject([
      { kind: 'evaluation', principal: 'alice', server: 'files', target: 'write_file', detail: { for: 'alice' } },
    ]);
    expect(await gateways.audit('--kind', 'intend')).toEqual([]);
  });

  it('needs a key of that gateway, and says so as a problem document', async () => {
    const type = 'application/problem+json';
    expect(await evaluate(write, { 'x-veto-api-key': '' })).toMatchObject({
      type,
      status: 401,
      body: { type: 'about:blank', title: 'Unauthorized', status: 401, code: 'AUTHN_REQUIRED' },
    });
    expect(await evaluate(write, { 'x-veto-api-key': 'x' })).toMatchObject({ type, status: 403 });
    expect(await evaluate(write, {}, 'other')).toMatchObject({ type, status: 403, body: { code: 'AUTHN_INVALID' } });
    expect(await evaluate(write, {}, 'nowhere')).toMatchObject({
      type,
      status: 404,
      body: { code: 'GATEWAY_UNKNOWN' },
    });
    expect(await evaluate({ ...write, principal: { id: 'bob' } })).toMatchObject({
      type,
      status: 403,
      body: { code: 'EVALUATION_REFUSED' },
    });
  });

  it.each([
    ['', 400, 'MESSAGE_MALFORMED'],
    ['{"tool":"a","tool":"b"}', 400, 'MESSAGE_MALFORMED'],
    ['[]', 400, 'PARAMS_INVALID'],
    ['{}', 400, 'PARAMS_INVALID'],
    ['{"tool":"a","prompt":"b"}', 400, 'PARAMS_INVALID'],
    ['{"method":"prompts/get","tool":"a"}', 400, 'PARAMS_INVALID'],
    [`{"tool":"a","arguments":${'['.repeat(70)}`, 400, 'MESSAGE_MALFORMED'],
    [`{"tool":"${'a'.repeat(5000)}"}`, 413, 'BODY_TOO_LARGE'],
    [`{"tool":"${'a'.repeat(400_000)}"}`, 413, 'BODY_TOO_LARGE'],
  ])('refuses what is no call, %#: %j', async (body, status, code) => {
    expect(await evaluate(body)).toMatchObject({ status, type: 'application/problem+json', body: { status, code } });
  });

  it('names every mistake by its place', async () => {
    const { body } = await evaluate({ toool: 'a', context: { env: 1, 'a/b': 2 } });
    expect(body['errors']).toEqual([
      { pointer: '#/context/env', detail: '`context.env` is `1`; write a text' },
      {
        pointer: '#/context/a~1b',
        detail: expect.stringContaining('unknown key `a/b` in `context`; use `env`') as string,
      },
      { pointer: '#/toool', detail: 'unknown key `toool` in the call; write `tool`' },
    ]);
  });

  it('takes plain JSON by POST only', async () => {
    expect(await evaluate(write, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await evaluate(write, { 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
    const { headers } = gateways.at('default');
    const got = await fetch(`${gateways.url}/v1/gateways/default/evaluate`, { headers });
    expect([got.status, got.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('refuses a foreign page and a foreign host', async () => {
    expect(await evaluate(write, { origin: 'https://evil.test' })).toMatchObject({
      status: 403,
      type: 'application/problem+json',
      body: { code: 'ORIGIN_REFUSED' },
    });
    const { port } = new URL(gateways.url);
    const path = '/v1/gateways/default/evaluate';
    const status = await new Promise((resolve) => {
      const headers = { host: 'evil.test', ...gateways.at('default').headers };
      request({ port, host: '127.0.0.1', path, method: 'POST', headers }, (res) =>
        resolve(res.resume().statusCode),
      ).end();
    });
    expect(status).toBe(403);
  });
});
