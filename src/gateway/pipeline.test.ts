import { describe, expect, it } from 'vitest';
import { ALLOW, exchangeOf, modernClient, policyOf, worldOf } from '../../test/doubles/rooms.ts';
import type { Finding } from '../core/decision.ts';
import { Fault } from '../core/fault.ts';
import type { Answer } from '../core/exchange.ts';

const FILES = { tools: [{ name: 'read_file', inputSchema: { type: 'object' } }] };
const call = (args = {}, more = {}) => exchangeOf('tools/call', { name: 'read_file', arguments: args }, more);

function toolText(answer: Answer): string {
  expect(answer.kind).toBe('result');
  const { content, isError } = answer.kind === 'result' ? answer.result : {};
  expect(isError).toBe(true);
  return JSON.stringify(content);
}

describe('walk', () => {
  it('records before it forwards, and after', async () => {
    const world = worldOf({
      files: {
        ...FILES,
        answer: async () => {
          expect(world.records.kinds()).toEqual(['intend']);
          return { kind: 'result', result: { content: [] } };
        },
      },
    });
    const answer = await world.gateway.answer(call({ path: '/data/a' }));
    expect(answer).toEqual({ kind: 'result', result: { content: [] } });
    expect(world.records.kinds()).toEqual(['intend', 'settle']);
    const [intend, settle] = world.records.records;
    expect(intend).toMatchObject({
      principal: 'alice',
      server: 'files',
      target: 'read_file',
      arguments: { path: '/data/a' },
      rule: 'all',
    });
    expect(settle).toMatchObject({ callId: intend?.callId, outcome: 'ok' });
    expect(settle?.resultDigest).toMatch(/^[0-9a-f]{64}$/);
  });

  it('forwards only what was judged: known parameters, the judged arguments, no _meta', async () => {
    const world = worldOf({ files: FILES });
    const params = {
      name: 'read_file',
      arguments: { path: 'a' },
      extra: 1,
      _meta: { progressToken: 7, secret: 'x', traceparent: '00-a' },
    };
    await world.gateway.answer(exchangeOf('tools/call', params));
    const [sent] = world.upstreams.forwarded;
    expect(sent?.judged.params).toEqual({ name: 'read_file', arguments: { path: 'a' } });
    expect(sent?.ports.meta).toEqual({ traceparent: '00-a', 'io.modelcontextprotocol/logLevel': 'debug' });
    expect(sent?.ports.wantsProgress).toBe(true);
  });

  it('refuses when the record cannot be written, and forwards nothing', async () => {
    const world = worldOf({ files: FILES });
    world.records.failing = true;
    expect(toolText(await world.gateway.answer(call()))).toContain('could not be recorded');
    expect(world.upstreams.forwarded).toEqual([]);
    expect(world.released).toBe(1);
  });

  it('answers a denial as a tool result with the operator text and nothing internal', async () => {
    const policy = policyOf(() => ({
      effect: 'deny',
      code: 'POLICY_DENIED',
      rule: 'secret rule',
      reason: 'because of secret rule',
      publicMessage: 'no writes here',
    }));
    const world = worldOf({ files: FILES }, policy);
    const answer = await world.gateway.answer(call());
    expect(toolText(answer)).toContain('no writes here');
    expect(JSON.stringify(answer)).not.toContain('secret rule');
    expect(world.records.records).toMatchObject([
      { kind: 'refusal', code: 'POLICY_DENIED', rule: 'secret rule', reason: 'because of secret rule' },
    ]);
    expect(world.upstreams.forwarded).toEqual([]);
  });

  it('shows findings of the guards to the policy and records them', async () => {
    const finding: Finding = { code: 'path.traversal', by: 'path', at: 'path', why: 'leaves the root', locked: false };
    const world = worldOf(
      { files: FILES },
      policyOf((question) => {
        expect(question.findings).toEqual([finding]);
        return { effect: 'deny', code: 'ARGUMENT_UNSAFE', rule: 'built-in', reason: 'r', publicMessage: 'unsafe' };
      }),
    );
    world.guards = () => [finding];
    await world.gateway.answer(call({ path: '../x' }));
    expect(world.records.records).toMatchObject([{ kind: 'refusal', findings: [{ code: 'path.traversal' }] }]);
  });

  it('refuses a call that a person would have to approve, and says so', async () => {
    const approve = {
      kind: 'approve',
      rule: 'r',
      channels: [],
      timeoutMs: 1,
      approvers: [],
      approvalsMin: 1,
      selfApproval: false,
      allowEdit: false,
    } as const;
    const world = worldOf(
      { files: FILES },
      policyOf(() => ({ ...ALLOW, effect: 'allow', rule: 'r', obligations: [approve] })),
    );
    expect(toolText(await world.gateway.answer(call()))).toContain('approval of a person');
    expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'APPROVAL_REQUIRED' }]);
    expect([world.upstreams.forwarded, world.released]).toEqual([[], 1]);
  });

  it('gives a retry hint when a limit is used up', async () => {
    const world = worldOf({ files: FILES });
    world.take = () => ({ ok: false, rule: 'Rate limit', retryAfterMs: 1500, detail: 'used up' });
    const answer = await world.gateway.answer(call());
    expect(toolText(answer)).toContain('retry after 2 s');
    expect(world.upstreams.forwarded).toEqual([]);
  });

  it('answers unknown and hidden tools with the very same error', async () => {
    const world = worldOf({ files: FILES });
    const answer = await world.gateway.answer(exchangeOf('tools/call', { name: 'nope', arguments: {} }));
    expect(answer).toEqual({ kind: 'error', httpStatus: 200, error: { code: -32602, message: 'unknown tool: nope' } });
    expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'TARGET_UNKNOWN' }]);
  });

  it.each([
    ['upstream_timeout', 'UPSTREAM_TIMEOUT'],
    ['upstream_closed', 'UPSTREAM_FAILED'],
    ['result_too_large', 'RESULT_REFUSED'],
    ['cancelled', 'CANCELLED'],
  ] as const)('settles and refuses when the upstream fails with %s', async (fault, code) => {
    const world = worldOf({ files: { ...FILES, answer: () => Promise.reject(new Fault(fault, 'private words')) } });
    const answer = await world.gateway.answer(call());
    expect(toolText(answer)).not.toContain('private words');
    expect(world.records.records).toMatchObject([
      { kind: 'intend' },
      { kind: 'settle', code, reason: 'private words' },
    ]);
  });

  it('says so when the upstream wants a credential, before the call or in answer to it', async () => {
    const wants = new Fault('upstream_unauthorized', 'HTTP 401 from files');
    const asked = worldOf({ files: { ...FILES, answer: () => Promise.reject(wants) } });
    expect(toolText(await asked.gateway.answer(call()))).toContain('cannot obtain one yet');
    expect(asked.records.records).toMatchObject([
      { kind: 'intend' },
      { kind: 'settle', code: 'CREDENTIAL_REQUIRED', outcome: 'failed', reason: expect.stringContaining('HTTP 401') },
    ]);
    const closed = worldOf({ files: { unavailable: wants } });
    expect(toolText(await closed.gateway.answer(call()))).toContain('cannot obtain one yet');
    expect(closed.records.records).toMatchObject([{ kind: 'refusal', code: 'CREDENTIAL_REQUIRED' }]);
  });

  it('hides the text of a bug and still settles', async () => {
    const world = worldOf({ files: { ...FILES, answer: () => Promise.reject(new TypeError('x is undefined')) } });
    expect(toolText(await world.gateway.answer(call()))).not.toContain('undefined');
    expect(world.records.records).toMatchObject([{ kind: 'intend' }, { kind: 'settle', code: 'INTERNAL' }]);
  });

  it('denies when the policy itself breaks', async () => {
    const world = worldOf(
      { files: FILES },
      policyOf(() => {
        throw new Error('evaluator broke');
      }),
    );
    expect(toolText(await world.gateway.answer(call()))).toContain('internal error');
    expect(world.upstreams.forwarded).toEqual([]);
    expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'INTERNAL' }]);
  });

  it('refuses a caller whose key was revoked meanwhile', async () => {
    const world = worldOf({ files: FILES });
    const exchange = call();
    const answer = await world.gateway.answer({ ...exchange, caller: { ...exchange.caller, isValid: () => false } });
    expect(answer).toMatchObject({ kind: 'error', httpStatus: 403 });
    expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'AUTHN_INVALID' }]);
  });

  it.each([{}, { name: '' }, { name: 5 }, { name: 'read_file', arguments: [] }, { name: 'read_file', arguments: 'x' }])(
    'refuses malformed params %j and records it',
    async (params) => {
      const world = worldOf({ files: FILES });
      expect(await world.gateway.answer(exchangeOf('tools/call', params))).toMatchObject({
        kind: 'error',
        error: { code: -32602 },
      });
      expect(world.records.kinds()).toEqual(['refusal']);
    },
  );

  it('passes an error of the upstream on as it is', async () => {
    const error = { code: -32000, message: 'no', data: { a: 1 } };
    const world = worldOf({ files: { ...FILES, answer: async () => ({ kind: 'error', error }) } });
    expect(await world.gateway.answer(call())).toEqual({ kind: 'error', error, httpStatus: 200 });
    expect(world.records.records.at(-1)).toMatchObject({ kind: 'settle', outcome: 'error', code: '-32000' });
  });
});

it('records whom it did not recognise, but not every guess of a flood', async () => {
  const world = worldOf({ files: FILES });
  const credential = { apiKey: 'a secret of nobody', bearer: null };
  for (const isFlooding of [false, true]) {
    const recognised = await world.gateway.recognise('default', credential, '192.0.2.1', isFlooding);
    expect(recognised).toMatchObject({ kind: 'refusal', refusal: { code: 'AUTHN_REQUIRED' } });
  }
  expect(world.records.records).toMatchObject([
    { kind: 'authentication', gateway: 'default', address: '192.0.2.1', code: 'AUTHN_REQUIRED', decision: 'deny' },
  ]);
  expect(JSON.stringify(world.records.records)).not.toContain(credential.apiKey);
});

describe('two upstreams', () => {
  const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

  it('keeps the name of the first and qualifies the newcomer, while policy sees the own name', async () => {
    const seen: unknown[] = [];
    const world = worldOf(
      { a: { tools: [tool('read')] }, b: { tools: [tool('read'), tool('write')] } },
      policyOf((q) => {
        seen.push([q.server, q.target]);
        return ALLOW;
      }),
    );
    const list = await world.gateway.answer(exchangeOf('tools/list', {}));
    expect(list).toMatchObject({ result: { tools: [{ name: 'read' }, { name: 'b__read' }, { name: 'write' }] } });
    await world.gateway.answer(exchangeOf('tools/call', { name: 'b__read', arguments: {} }));
    expect(seen).toEqual([['b', { kind: 'tool', name: 'read' }]]);
    expect(world.upstreams.forwarded[0]?.judged.params).toEqual({ name: 'read', arguments: {} });
  });

  it('goes on without an upstream that is down, and says so for names it might have had', async () => {
    const world = worldOf({
      a: { tools: [tool('read')] },
      b: { unavailable: new Fault('upstream_unreachable', 'b is down') },
    });
    expect(await world.gateway.answer(exchangeOf('tools/list', {}))).toMatchObject({
      result: { tools: [{ name: 'read' }] },
    });
    expect(await world.gateway.answer(exchangeOf('tools/call', { name: 'read' }))).toMatchObject({ kind: 'result' });
    expect(toolText(await world.gateway.answer(exchangeOf('tools/call', { name: 'other' })))).toContain(
      'not available',
    );
  });

  it('hides what can only be denied, and records the listing', async () => {
    const world = worldOf(
      { a: { tools: [tool('read'), tool('drop')] } },
      policyOf(undefined, (q) => q.target.kind === 'tool' && q.target.name === 'drop'),
    );
    expect(await world.gateway.answer(exchangeOf('tools/list', {}))).toMatchObject({
      result: { tools: [{ name: 'read' }] },
    });
    expect(world.records.records).toMatchObject([{ kind: 'listing', detail: { shown: 1, hidden: ['drop'] } }]);
  });
});

describe('input for a modern client', () => {
  const relay = { sampling: false, elicitation: true, roots: false };
  const ask = { method: 'elicitation/create', params: { message: 'name?' } };
  const client = { ...modernClient, capabilities: { elicitation: {} } };
  const start = () => exchangeOf('tools/call', { name: 'read_file', arguments: { a: 1 } }, { client });
  const retry = (state: unknown, args = { a: 1 }) =>
    exchangeOf(
      'tools/call',
      {
        name: 'read_file',
        arguments: args,
        requestState: state as string,
        inputResponses: { k: { action: 'accept' }, 'ask-1': { action: 'accept' } },
      },
      { client },
    );

  /** A modern server that asks once, and tells what the retry brought. */
  const askingWorld = () =>
    worldOf({
      files: {
        ...FILES,
        era: 'modern',
        settings: { relay },
        answer: async ({ params }) =>
          params.requestState === undefined
            ? {
                kind: 'result',
                result: { resultType: 'input_required', inputRequests: { k: ask }, requestState: 'up-state' },
              }
            : { kind: 'result', result: { content: [], got: [params.requestState, params.inputResponses ?? null] } },
      },
    });

  it('wraps the state of a modern upstream and returns it byte for byte', async () => {
    const world = askingWorld();
    const first = await world.gateway.answer(start());
    const state = first.kind === 'result' ? first.result.requestState : null;
    expect(first).toMatchObject({ result: { resultType: 'input_required', inputRequests: { k: ask } } });
    expect(state).not.toContain('up-state');
    expect(await world.gateway.answer(retry(state))).toMatchObject({
      result: { got: ['up-state', { k: { action: 'accept' } }] },
    });
    expect(await world.gateway.answer(retry(state, { a: 2 }))).toMatchObject({
      kind: 'error',
      error: { code: -32602 },
    });
    expect(await world.gateway.answer(retry('up-state'))).toMatchObject({ kind: 'error', error: { code: -32602 } });
    world.clock.advance(300_001);
    expect(await world.gateway.answer(retry(state))).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(world.records.kinds()).toEqual(['intend', 'settle', 'intend', 'settle', 'refusal', 'refusal', 'refusal']);
  });

  it('takes a state again when the call that used it could not be recorded', async () => {
    const world = askingWorld();
    const first = await world.gateway.answer(start());
    const state = first.kind === 'result' ? first.result.requestState : null;
    world.records.failing = true;
    expect(JSON.stringify(await world.gateway.answer(retry(state)))).toContain('RECORD_FAILED');
    world.records.failing = false;
    expect(await world.gateway.answer(retry(state))).toMatchObject({ kind: 'result', result: { content: [] } });
    expect(await world.gateway.answer(retry(state))).toMatchObject({ kind: 'error', error: { code: -32602 } });
    expect(world.upstreams.forwarded).toHaveLength(2);
  });

  it('takes a state once, also of two retries at the same time, and again after one that was refused', async () => {
    const world = askingWorld();
    const [one, other] = [await world.gateway.answer(start()), await world.gateway.answer(start())];
    const stateOf = (answer: Answer) => (answer.kind === 'result' ? answer.result.requestState : null);
    expect(stateOf(one)).not.toBe(stateOf(other));
    const { policy } = world;
    world.policy = policyOf(() => ({
      effect: 'deny',
      code: 'POLICY_DENIED',
      rule: 'r',
      reason: 'r',
      publicMessage: 'no',
    }));
    expect(await world.gateway.answer(retry(stateOf(one)))).toMatchObject({ result: { isError: true } });
    world.policy = policy;
    const twice = await Promise.all([retry(stateOf(one)), retry(stateOf(one))].map((r) => world.gateway.answer(r)));
    expect(twice.map(({ kind }) => kind).toSorted()).toEqual(['error', 'result']);
    const refused = await world.gateway.answer(retry(stateOf(one)));
    expect(refused).toMatchObject({
      error: { code: -32602, message: expect.stringContaining('used already') as string },
    });
    expect(await world.gateway.answer(retry(stateOf(other)))).toMatchObject({ kind: 'result' });
    expect(world.upstreams.forwarded).toHaveLength(4);
  });

  it('keeps the call of a legacy upstream open until the retry brings the answer', async () => {
    const world = worldOf({
      files: {
        ...FILES,
        settings: { relay },
        answer: async (_, ports) => ({
          kind: 'result',
          result: { content: [], got: await ports.ask(ask.method, ask.params, ports.signal) },
        }),
      },
    });
    const first = await world.gateway.answer(start());
    expect(first).toMatchObject({ result: { resultType: 'input_required', inputRequests: { 'ask-1': ask } } });
    const state = first.kind === 'result' ? first.result.requestState : null;
    expect(await world.gateway.answer(retry(state))).toMatchObject({ result: { got: { action: 'accept' } } });
    expect(world.upstreams.forwarded).toHaveLength(1);
    expect(await world.gateway.answer(retry(state))).toMatchObject({ kind: 'error', error: { code: -32602 } });
  });

  it('tells of progress after the answer on the request that is open then', async () => {
    const world = worldOf({
      files: {
        ...FILES,
        settings: { relay },
        answer: async (_, ports) => {
          ports.notify('notifications/progress', { progress: 1 });
          await ports.ask(ask.method, ask.params, ports.signal);
          ports.notify('notifications/progress', { progress: 2 });
          return { kind: 'result', result: { content: [] } };
        },
      },
    });
    const meta = { _meta: { progressToken: 'p' } };
    const asked = exchangeOf('tools/call', { name: 'read_file', arguments: { a: 1 }, ...meta }, { client });
    const first = await world.gateway.answer(asked);
    const state = first.kind === 'result' ? first.result.requestState : null;
    const again = retry(state);
    const retried = { ...again, params: { ...again.params, ...meta } };
    expect(await world.gateway.answer(retried)).toMatchObject({ kind: 'result' });
    expect(asked.said.map(({ params }) => params.progress)).toEqual([1]);
    expect(retried.said.map(({ params }) => params.progress)).toEqual([2]);
  });

  it('cancels the open call when no retry comes', async () => {
    const world = worldOf({
      files: {
        ...FILES,
        settings: { relay },
        answer: async (_, ports) => ({
          kind: 'result',
          result: { got: await ports.ask(ask.method, ask.params, ports.signal) },
        }),
      },
    });
    await world.gateway.answer(start());
    expect(world.upstreams.forwarded[0]?.ports.signal.aborted).toBe(false);
    world.clock.advance(300_001);
    expect(world.upstreams.forwarded[0]?.ports.signal.aborted).toBe(true);
  });

  it('refuses questions that the operator does not relay', async () => {
    const world = worldOf({
      files: {
        ...FILES,
        era: 'modern',
        answer: async () => ({ kind: 'result', result: { resultType: 'input_required', inputRequests: { k: ask } } }),
      },
    });
    const answer = await world.gateway.answer(start());
    expect(toolText(answer)).toContain('does not pass on');
    expect(world.records.records.at(-1)).toMatchObject({ kind: 'settle', code: 'RELAY_REFUSED' });
  });
});

describe('input for a legacy client', () => {
  const relay = { sampling: false, elicitation: true, roots: false };
  const client = { capabilities: { elicitation: {} } };

  it('asks by requests and walks again for the retry', async () => {
    const world = worldOf({
      files: {
        ...FILES,
        era: 'modern',
        settings: { relay },
        answer: async ({ params }) =>
          params.requestState === undefined
            ? {
                kind: 'result',
                result: {
                  resultType: 'input_required',
                  inputRequests: { k: { method: 'elicitation/create', params: {} } },
                  requestState: 's',
                },
              }
            : { kind: 'result', result: { content: [], got: params.inputResponses ?? null } },
      },
    });
    const ask = async () => ({ action: 'accept' });
    const answer = await world.gateway.answer(call({}, { client, ask }));
    expect(answer).toMatchObject({ result: { got: { k: { action: 'accept' } } } });
    expect(world.records.kinds()).toEqual(['intend', 'settle', 'intend', 'settle']);
  });

  it('does not let a legacy client smuggle answers or state to a modern upstream', async () => {
    const world = worldOf({ files: { ...FILES, era: 'modern' } });
    await world.gateway.answer(
      exchangeOf('tools/call', { name: 'read_file', inputResponses: { k: {} }, requestState: 's' }),
    );
    expect(world.upstreams.forwarded[0]?.judged.params).toEqual({ name: 'read_file', arguments: {} });
  });
});
