import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { ALICE, BOB, eventually, textOf, TestRoom, type Changes } from './open-room.ts';

const SCRIPTED = fileURLToPath(new URL('./scripted-stdio.mjs', import.meta.url));

let room: TestRoom;
afterEach(() => room.close());

function start(modes: readonly string[] = [], changes: Changes = {}): TestRoom {
  const legacy: Changes = modes.some((mode) => mode.endsWith('probe')) ? {} : { era: 'legacy' };
  room = new TestRoom({
    transport: 'stdio',
    command: process.execPath,
    args: [SCRIPTED, ...modes],
    ...legacy,
    ...changes,
  });
  return room;
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a server on stdio', () => {
  it('may write junk to stdout: it is ignored and noted', async () => {
    start();
    expect(await room.text('noise')).toBe('quiet again');
    expect(await room.text('echo', { a: 1 })).toBe('{"a":1}');
    expect(room.reports.join('\n')).toContain('Starting up...');
    expect(room.upstreams.status('it').notes.join('\n')).toContain('a line on stdout was ignored');
  });

  it('may answer twice, or under ids of nobody: the first answer counts', async () => {
    start();
    expect(await Promise.all([room.text('twice'), room.text('echo', {}), room.text('twice')])).toEqual([
      'first',
      '{}',
      'first',
    ]);
  });

  it('loses only the call whose line is too long', async () => {
    start([], { limits: { lineBytesMax: 1_000_000 } });
    const [big, echo] = await Promise.allSettled([room.call('big'), room.text('echo', { n: 1 })]);
    expect(big).toMatchObject({ reason: { code: 'result_too_large' } });
    expect(echo).toMatchObject({ value: '{"n":1}' });
    const pid = await room.text('pid');
    expect(await room.text('pid')).toBe(pid);
  });

  it('is ended when it floods its output', async () => {
    start([], { limits: { noiseBytesPerSecondMax: 20_000 } });
    const pid = Number(await room.text('pid'));
    await expect(room.call('flood')).rejects.toMatchObject({ code: 'upstream_closed' });
    await eventually(() => !isAlive(pid), 'the process is gone');
    expect(await room.text('echo')).toBe('{}');
  });

  it('may answer those that hung up, at the expense of nobody', async () => {
    start([], { isolation: 'shared', limits: { noiseBytesPerSecondMax: 20_000 } });
    const shared = { tenant: { key: '', capabilities: {} } };
    const pid = await room.text('pid', {}, shared);
    const caller = new AbortController();
    const gone = Array.from({ length: 3 }, () => room.call('late', {}, { ...shared, signal: caller.signal }));
    expect(await room.text('echo', {}, shared)).toBe('{}');
    caller.abort();
    for (const call of gone) await expect(call).rejects.toMatchObject({ code: 'cancelled' });
    expect(await room.text('pid', {}, shared)).toBe(pid);
  });

  it('fails what is under way when it dies, says why, and is started again', async () => {
    start();
    const before = await room.text('pid');
    const [hanging, dying] = await Promise.allSettled([room.call('hang'), room.call('die')]);
    for (const end of [hanging, dying]) {
      expect(end).toMatchObject({ reason: { code: 'upstream_closed' } });
      expect(JSON.stringify((end as PromiseRejectedResult).reason, ['message'])).toContain(
        'something went badly wrong',
      );
    }
    expect(await room.text('pid')).not.toBe(before);
    await expect(room.call('slip')).rejects.toMatchObject({ code: 'upstream_closed' });
    expect(room.upstreams.status('it')).toMatchObject({ restarts: 2, stderrTail: 'something went badly wrong\n' });
  });

  it('may say on stderr what it likes: the end of it is kept', async () => {
    start([], { limits: { stderrBytesMax: 2_000 } });
    expect(await room.text('chatter')).toBe('said');
    const tail = (): string => room.upstreams.status('it').stderrTail;
    await eventually(() => tail().endsWith('that was all\n'), 'the end has arrived');
    expect(tail()).toHaveLength(2_000);
  });

  it('is not started again at once when it keeps dying', async () => {
    start([], { limits: { backOffMs: 60_000, backOffMaxMs: 60_000 } });
    await expect(room.call('die')).rejects.toMatchObject({ code: 'upstream_closed' });
    await expect(room.call('die')).rejects.toMatchObject({ code: 'upstream_closed' });
    await expect(room.call('echo')).rejects.toThrow('not tried again for');
    expect(await room.text('echo', {}, { tenant: BOB })).toBe('{}');
  });

  it('hurts nobody when it cannot be started', async () => {
    start(['crash-at-start']);
    await expect(room.call('echo')).rejects.toThrow(
      'exited with code 3; the end of its stderr: `cannot find my configuration',
    );
    start([], { command: '/no/such/program', args: ['"; echo $(id)'] });
    await expect(room.call('echo')).rejects.toThrow('was not found');
    await expect(room.call('echo')).rejects.toThrow('not tried again for');
    start([], { cwd: '/no/such/directory' });
    await expect(room.call('echo')).rejects.toThrow('could not be started');
  });

  it('gets PATH, HOME and what is configured, and nothing else', async () => {
    process.env['VETO_TEST_SECRET'] = 'do not leak';
    start([], { env: { TZ: 'UTC' } });
    const env = Object.keys(JSON.parse(await room.text('env')) as JsonObject);
    // A shell adds PWD (POSIX, 2.5.3), and some systems more of its own.
    expect(
      env.filter((name) => !['PWD', 'OLDPWD', 'SHLVL', '_', '__CF_USER_TEXT_ENCODING'].includes(name)).sort(),
    ).toEqual(['HOME', 'PATH', 'TZ']);
    delete process.env['VETO_TEST_SECRET'];
  });

  it('is overloaded when it does not read', async () => {
    start([], { limits: { lineBytesMax: 200_000 } });
    const calls = [room.call('deaf', {}, { timeoutMs: 600 })];
    for (let n = 0; n < 12; n++) calls.push(room.call('echo', { text: 'x'.repeat(60_000) }, { timeoutMs: 600 }));
    const ends = await Promise.allSettled(calls);
    const codes = ends.map((end) => (end.status === 'rejected' ? (end.reason as { code: string }).code : 'answered'));
    expect(codes).toContain('upstream_overloaded');
    expect(codes[0]).toBe('upstream_timeout');
  });

  it('has a process for every tenant', async () => {
    start();
    const pids = await Promise.all([room.text('pid'), room.text('pid', {}, { tenant: BOB }), room.text('pid')]);
    expect(pids[0]).toBe(pids[2]);
    expect(pids[0]).not.toBe(pids[1]);
    start([], { limits: { childrenMax: 1 } });
    const hanging = room.call('hang', {}, { timeoutMs: 1000 });
    await eventually(() => room.upstreams.status('it').state === 'ready', 'the first is started');
    await expect(room.call('pid', {}, { tenant: BOB })).rejects.toMatchObject({ code: 'upstream_overloaded' });
    await expect(hanging).rejects.toMatchObject({ code: 'upstream_timeout' });
  });
});

describe('the probe on stdio', () => {
  it('throws away a process that dies on it', async () => {
    start(['dies-on-probe']);
    expect(await room.text('echo')).toBe('{}');
    expect(await room.text('echo', {}, { tenant: BOB })).toBe('{}');
    expect(room.upstreams.status('it').era).toBe('legacy');
  });

  it('goes on in the same process when it is met with silence', async () => {
    start(['silent-on-probe'], { limits: { probeTimeoutMs: 300 } });
    expect(await room.text('echo')).toBe('{}');
    expect(room.upstreams.status('it').restarts).toBe(0);
  });
});

describe('questions on stdio', () => {
  const asked = { key: 'asked', capabilities: { elicitation: {} } };
  const answering = (name: string) => ({ tenant: asked, ask: async () => ({ action: 'accept', content: { name } }) });

  it('go to the only call under way, without the token of the server', async () => {
    start();
    const { answer, asked: questions } = await room.call('ask', {}, answering('Ann'));
    expect(textOf(answer)).toContain('"Ann"');
    expect(questions[0]?.[1]).toEqual({ message: expect.stringMatching(/^of \d+$/) as string, _meta: {} });
  });

  it('go to the latest call of one caller, and to nobody where several callers share the process', async () => {
    start();
    const hanging = room.call('hang', {}, { ...answering('first'), timeoutMs: 600 });
    expect(await room.text('ask', {}, answering('latest'))).toContain('"latest"');
    await expect(hanging).rejects.toMatchObject({ code: 'upstream_timeout' });
    const shared = { key: '', capabilities: { elicitation: {} } };
    const other = room.call('hang', {}, { ...answering('other'), tenant: shared, timeoutMs: 600 });
    expect(await room.text('ask', {}, { ...answering('mine'), tenant: shared })).toContain('"code":-32600');
    await expect(other).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('are refused without asking when nothing was declared', async () => {
    start();
    const { answer, asked: questions } = await room.call('ask');
    expect(textOf(answer)).toContain('"code":-32601');
    expect(questions).toEqual([]);
  });

  it('does not hand log lines of shared processes to a call that may not be theirs', async () => {
    start();
    const shared = { tenant: { key: '', capabilities: {} } };
    const alone = await room.call('log', {}, shared);
    expect(alone.notified).toHaveLength(1);
    const hanging = room.call('hang', {}, { ...shared, timeoutMs: 500 });
    expect((await room.call('log', {}, shared)).notified).toEqual([]);
    await expect(hanging).rejects.toMatchObject({ code: 'upstream_timeout' });
  });
});

describe('ending a process', () => {
  it('takes its whole group along, also when it ignores SIGTERM and the end of its input', async () => {
    start(['stubborn', 'grandchild'], { limits: { stopGraceMs: 200 } });
    const pid = Number(await room.text('pid'));
    const grandchild = Number(/grandchild (\d+)/.exec(room.upstreams.status('it').stderrTail)?.[1]);
    expect(isAlive(pid) && isAlive(grandchild)).toBe(true);
    await room.close();
    expect(isAlive(pid)).toBe(false);
    await eventually(() => !isAlive(grandchild), 'the grandchild is gone');
  });

  it('restarts on request', async () => {
    start();
    const before = Number(await room.text('pid'));
    await room.upstreams.restart('it');
    expect(isAlive(before)).toBe(false);
    expect(Number(await room.text('pid'))).not.toBe(before);
    expect(await room.upstreams.catalogue('it', ALICE)).toMatchObject({ serverInfo: { name: 'scripted' } });
  });
});
