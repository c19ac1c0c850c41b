// Servers that keep the gateway busy with what is no answer: each is cut off, and honest ones are not.
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { answer, FINE } from './nonsense.ts';
import { ALICE, eventually, TestRoom, type Changes } from './open-room.ts';
import { legacyServer, modernServer, ScriptedServer, type Got, type Script } from './scripted-http.ts';

const SCRIPTED = fileURLToPath(new URL('./scripted-stdio.mjs', import.meta.url));
/** A burst of 160 kB, or of 2.5 MB of what is passed over, or of 10 000 blank lines. */
const LIMITS = { noiseBytesPerSecondMax: 20_000 };
const FLOODS = { code: 'upstream_protocol', message: expect.stringContaining('floods') as string };

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

function roomOf(changes: Changes): TestRoom {
  const room = new TestRoom({ ...changes, limits: { ...LIMITS, ...changes.limits } });
  opened.push(room);
  return room;
}

function pipe(modes: readonly string[] = [], changes: Changes = {}): TestRoom {
  return roomOf({
    transport: 'stdio',
    era: 'legacy',
    command: process.execPath,
    args: [SCRIPTED, ...modes],
    ...changes,
  });
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a server on stdio is ended when it pours out', () => {
  it.each([
    ['blank lines', '\n', 'stdout'],
    ['blank lines with carriage returns', '\r\n', 'stdout'],
    ['one line without end', 'x'.repeat(1000), 'stdout'],
    ['batches of nothing', '[]\n', 'stdout'],
    ['words on stderr', 'x'.repeat(1000), 'stderr'],
  ])('%s', async (_, text, on) => {
    const room = pipe([], { limits: { lineBytesMax: 50_000 } });
    const pid = Number(await room.text('pid'));
    await expect(room.call('pour', { text, on })).rejects.toMatchObject({
      code: 'upstream_closed',
      message: expect.stringContaining('floods its output') as string,
    });
    await eventually(() => !isAlive(pid), 'the process is gone');
    expect(await room.text('echo')).toBe('{}');
  });

  it('lines that are too long, of which the first may have been the answer', async () => {
    const room = pipe([], { limits: { lineBytesMax: 50_000 } });
    const pid = Number(await room.text('pid'));
    const text = `${'x'.repeat(100_000)}\n`;
    await expect(room.call('pour', { text, on: 'stdout' })).rejects.toMatchObject({ code: 'result_too_large' });
    await eventually(() => !isAlive(pid), 'the process is gone');
  });

  it('blank lines while it is being stopped', async () => {
    const room = pipe(['pours-at-end'], { limits: { stopGraceMs: 600_000 } });
    const pid = Number(await room.text('pid'));
    await room.close();
    await eventually(() => !isAlive(pid), 'the process is gone');
  });

  it('blank lines from a process that left its group, which nobody reads any more', async () => {
    const room = pipe();
    await expect(room.call('escape')).rejects.toMatchObject({ code: 'upstream_closed' });
    const escaped = Number(/escaped (\d+)/.exec(room.upstreams.status('it').stderrTail)?.[1]);
    await eventually(() => !isAlive(escaped), 'writing to nobody ended it');
  });

  it('but not when it says much on stderr, sets its lines apart, or gives long answers', async () => {
    const room = pipe();
    const pid = await room.text('pid');
    expect(await room.text('mutter', { text: 'x'.repeat(1_000_000), on: 'stderr' })).toBe('said');
    expect(await room.text('mutter', { text: '\n'.repeat(2_000), on: 'stdout' })).toBe('said');
    expect(await room.text('big')).toHaveLength(10_000_000);
    const limited = pipe([], { limits: { lineBytesMax: 8_000_000 } });
    const before = await limited.text('pid');
    await expect(limited.call('big')).rejects.toMatchObject({ code: 'result_too_large' });
    await expect(limited.call('big')).rejects.toMatchObject({ code: 'result_too_large' });
    expect([await room.text('pid'), await limited.text('pid')]).toEqual([pid, before]);
  });
});

const POURED: [string, string][] = [
  ['comments', ': keep-alive\n'],
  ['blank lines', '\n'],
  ['blank lines with carriage returns', '\r\n'],
  ['ids', 'id: 7\n'],
  ['events without data', 'data:\n\n'],
  ['events of another type', 'event: ping\ndata: x\n\n'],
  ['events that are no message', 'data: [7, 7]\n\n'],
];

/** Writes as fast as it is read, for ever. */
function pour(got: Got, text: string): void {
  const { socket } = got.req;
  const more = (): void => {
    while (!socket.destroyed && got.res.write(text.repeat(100)));
    if (!socket.destroyed) got.res.once('drain', more);
  };
  more();
}

async function serve(script: Script): Promise<string> {
  const server = await new ScriptedServer(script).listen();
  opened.push(server);
  return server.url;
}

const stream = (got: Got): void => void got.res.writeHead(200, { 'content-type': 'text/event-stream' });
const unheard = { listChanged: () => undefined, resourceUpdated: () => undefined, other: () => undefined };

describe.each(POURED)('an event stream of %s', (_, text) => {
  it('is cut off where an answer is awaited', async () => {
    const script = modernServer((got) => (stream(got), pour(got, text)));
    await expect(roomOf({ url: await serve(script) }).call('it')).rejects.toMatchObject(FLOODS);
  });

  it('is cut off where notices are awaited', async () => {
    let ended = 0;
    const script = legacyServer((got) => got.result(FINE));
    const url = await serve((got) => {
      if (got.verb !== 'GET') return script(got);
      got.res.on('close', () => ended++);
      stream(got);
      pour(got, text);
    });
    const room = roomOf({ url, era: 'legacy' });
    room.upstreams.subscribe('it', ALICE, unheard);
    await eventually(() => ended > 0, 'the stream was cut off');
    expect(room.upstreams.status('it').notes.join()).toContain('floods its event stream');
    expect(await room.text('it')).toBe('fine');
  });

  it('is cut off where everything is awaited', async () => {
    let events: Got | null = null;
    const url = await serve((got) => {
      if (got.verb === 'GET') {
        events = got;
        stream(got);
        got.res.write('event: endpoint\ndata: /messages\n\n');
        return;
      }
      got.raw(202, '', '');
      const { method, id } = got.message;
      const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: {} };
      if (events === null || id === undefined) return;
      if (method === 'tools/call') pour(events, text);
      else events.res.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
    });
    await expect(roomOf({ url, transport: 'sse' }).call('it')).rejects.toMatchObject(FLOODS);
  });
});

it('a standing stream has no more to say because it was opened anew', async () => {
  let [opens, cutOff] = [0, 0];
  const script = legacyServer((got) => got.result(FINE));
  const url = await serve((got) => {
    if (got.verb !== 'GET') return script(got);
    stream(got);
    got.res.write('event: ping\ndata: x\n\n'.repeat(300));
    if (++opens === 1) got.res.end();
    else got.res.on('close', () => cutOff++);
  });
  roomOf({ url, era: 'legacy' }).upstreams.subscribe('it', ALICE, unheard);
  await eventually(() => cutOff > 0, 'the second stream was cut off');
});

describe('informational responses', () => {
  const announce = (got: Got): void => {
    const { socket } = got.req;
    const more = (): void => {
      while (!socket.destroyed && socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)));
      if (!socket.destroyed) socket.once('drain', more);
    };
    more();
  };

  it('without end are no answer', async () => {
    await expect(roomOf({ url: await serve(modernServer(announce)) }).call('it')).rejects.toMatchObject(FLOODS);
  });

  it('without end are no consent to a message', async () => {
    const script = legacyServer((got) => got.result(FINE));
    const url = await serve((got) =>
      got.message['method'] === 'notifications/initialized' ? announce(got) : script(got),
    );
    await expect(roomOf({ url, era: 'legacy' }).call('it')).rejects.toThrow('announces its answer again and again');
  });
});

describe('an answer that is resumed', () => {
  async function resumed(script: (got: Got, asked: Got) => void): Promise<TestRoom> {
    let asked: Got | null = null;
    const first = legacyServer((got) => {
      asked = got;
      stream(got);
      got.res.end('id: 7\nretry: 1\ndata:\n\n');
    });
    const url = await serve((got) => (got.verb === 'GET' && asked !== null ? script(got, asked) : first(got)));
    return roomOf({ url, era: 'legacy' });
  }

  it('is no noise, however long it is', async () => {
    const long: JsonObject = { content: [{ type: 'text', text: 'x'.repeat(1_000_000) }] };
    const room = await resumed((got, asked) => got.stream()(answer(asked, long)));
    expect(await room.text('it')).toHaveLength(1_000_000);
  });

  it.each([
    ['at once', Infinity],
    ['in small portions', 100],
  ])('is cut off for good when it pours out events %s', async (_, times) => {
    const room = await resumed((got) => {
      stream(got);
      if (times === Infinity) pour(got, 'event: ping\ndata: x\n\n');
      else got.res.end('id: 7\nretry: 1\nevent: ping\ndata: x\n\n'.repeat(times));
    });
    await expect(room.call('it')).rejects.toMatchObject(FLOODS);
  });
});
