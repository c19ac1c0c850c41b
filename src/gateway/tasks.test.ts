import { describe, expect, it } from 'vitest';
import { ALICE, exchangeOf, modernClient, policyOf, worldOf, type Script } from '../../test/doubles/rooms.ts';

const TASKS = 'io.modelcontextprotocol/tasks';
const client = { ...modernClient, capabilities: { extensions: { [TASKS]: {}, 'example.org/unknown': {} } } };
const BOB = { ...ALICE, principal: { ...ALICE.principal, id: 'bob' } };

/** An upstream whose tool starts a task and whose task ends at once. */
const BUILDS: Script = {
  era: 'modern',
  tools: [{ name: 'build', inputSchema: { type: 'object' } }],
  capabilities: { tools: {}, extensions: { [TASKS]: {} } },
  answer: async ({ call, params }) =>
    call.method === 'tools/call'
      ? { kind: 'result', result: { resultType: 'task', taskId: 'up-1', status: 'working', ttlMs: null } }
      : { kind: 'result', result: { taskId: params.taskId ?? '', status: 'completed', result: { content: [] } } },
};

async function started(world: ReturnType<typeof worldOf>): Promise<string> {
  const answer = await world.gateway.answer(exchangeOf('tools/call', { name: 'build', arguments: {} }, { client }));
  if (answer.kind !== 'result') throw new Error('no task');
  return String(answer.result.taskId);
}

describe('tasks', () => {
  it('are told to the upstream as an extension that the client declared, unknown ones not', async () => {
    const world = worldOf({ ci: BUILDS });
    await started(world);
    expect(world.upstreams.forwarded[0]?.tenant).toMatchObject({ capabilities: {}, extensions: { [TASKS]: {} } });
    expect(Object.keys(world.upstreams.forwarded[0]?.tenant.extensions ?? {})).toEqual([TASKS]);
  });

  it('carry a name of ours, lead back to their upstream, and are recorded like any call', async () => {
    const world = worldOf({ ci: BUILDS });
    const name = await started(world);
    expect(name).not.toContain('up-1');
    const params = { taskId: name, smuggled: 1, _meta: {} };
    const answer = await world.gateway.answer(exchangeOf('tasks/get', params, { client }));
    expect(answer).toMatchObject({ result: { taskId: name, status: 'completed', result: { content: [] } } });
    expect(world.upstreams.forwarded[1]?.judged.params).toEqual({ taskId: 'up-1' });
    expect(world.records.kinds()).toEqual(['intend', 'settle', 'intend', 'settle']);
  });

  it('belong to the principal who started them', async () => {
    const world = worldOf({ ci: BUILDS });
    const name = await started(world);
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel', 'tasks/result']) {
      const answer = await world.gateway.answer(exchangeOf(method, { taskId: name }, { client, caller: BOB }));
      expect(answer).toMatchObject({ kind: 'error', error: { code: -32602, message: 'there is no such task' } });
    }
    expect(await world.gateway.answer(exchangeOf('tasks/get', { taskId: 'up-1' }, { client }))).toMatchObject({
      kind: 'error',
    });
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it('end with the permission to use their tool', async () => {
    const world = worldOf({ ci: BUILDS });
    const name = await started(world);
    world.policy = policyOf(
      undefined,
      (question) => question.target.kind === 'tool' && question.target.name === 'build',
    );
    const answer = await world.gateway.answer(exchangeOf('tasks/get', { taskId: name }, { client }));
    expect(answer).toMatchObject({ kind: 'error', error: { message: 'this task may no longer be used' } });
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it.each([
    ['noted', { locked: false, noted: true }],
    ['waived by a rule', { locked: false }],
  ])('end with it also when what is sent to them holds something %s', async (_, more) => {
    const world = worldOf({ ci: BUILDS });
    const name = await started(world);
    // The policy allows what was found, as one with a rule that names the finding does.
    world.policy = policyOf(undefined, ({ target }) => target.kind === 'tool');
    world.guards = () => [{ code: 'sql.write', by: 'sql', at: 'inputResponses', why: 'it writes', ...more }];
    const params = { taskId: name, inputResponses: { q: { action: 'accept' } } };
    const answer = await world.gateway.answer(exchangeOf('tasks/update', params, { client }));
    expect(answer).toMatchObject({ kind: 'error', error: { message: 'this task may no longer be used' } });
    expect(world.upstreams.forwarded).toHaveLength(1);
  });

  it('may ask only what the operator relays', async () => {
    const asking: Script = {
      ...BUILDS,
      answer: async ({ call }) =>
        call.method === 'tools/call'
          ? { kind: 'result', result: { resultType: 'task', taskId: 'up-1', status: 'working' } }
          : {
              kind: 'result',
              result: {
                taskId: 'up-1',
                status: 'input_required',
                inputRequests: { k: { method: 'elicitation/create', params: {} } },
              },
            },
    };
    const world = worldOf({ ci: asking });
    const name = await started(world);
    expect(await world.gateway.answer(exchangeOf('tasks/get', { taskId: name }, { client }))).toMatchObject({
      kind: 'error',
      error: { code: -31018 },
    });
  });
});

describe('completion', () => {
  const prompts = {
    prompts: [{ name: 'report', arguments: [{ name: 'path' }] }],
    capabilities: { prompts: {}, completions: {} },
  };
  const complete = (value: string) =>
    exchangeOf('completion/complete', {
      ref: { type: 'ref/prompt', name: 'report' },
      argument: { name: 'path', value },
    });

  it('is judged like the use that it prepares, so that it cannot read around a rule on arguments', async () => {
    const secretPath = policyOf((question) =>
      question.method === 'prompts/get' && question.arguments?.path === '/etc'
        ? { effect: 'deny', code: 'POLICY_DENIED', rule: 'No system paths', reason: 'r', publicMessage: 'no' }
        : { effect: 'allow', rule: 'all', obligations: [] },
    );
    const world = worldOf({ docs: prompts }, secretPath);
    expect(await world.gateway.answer(complete('/data'))).toMatchObject({ kind: 'result' });
    expect(await world.gateway.answer(complete('/etc'))).toMatchObject({ kind: 'error', error: { code: -31012 } });
    expect(world.upstreams.forwarded).toHaveLength(1);
  });
});

it('answers a hidden tool exactly like one that does not exist, and records what really happened', async () => {
  const deny = {
    effect: 'deny',
    code: 'POLICY_DENIED',
    rule: 'No builds',
    reason: 'r',
    publicMessage: 'no builds',
  } as const;
  const world = worldOf(
    { ci: BUILDS },
    policyOf(
      () => deny,
      () => true,
    ),
  );
  const hidden = await world.gateway.answer(exchangeOf('tools/call', { name: 'build' }));
  expect(hidden).toEqual({ kind: 'error', httpStatus: 200, error: { code: -32602, message: 'unknown tool: build' } });
  expect(world.records.records).toMatchObject([{ kind: 'refusal', code: 'POLICY_DENIED', rule: 'No builds' }]);
  expect(await world.gateway.mirrored(exchangeOf('tools/call', { name: 'build' }), 'build')).toBeNull();
});
