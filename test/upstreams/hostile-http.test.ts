import { afterEach, describe, expect, it } from 'vitest';
import { TestRoom, type Changes } from './open-room.ts';
import { FINE, NONSENSE } from './nonsense.ts';
import { legacyServer, modernServer, ScriptedServer, type Script } from './scripted-http.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one.close();
});

async function serve(script: Script): Promise<ScriptedServer> {
  const server = await new ScriptedServer(script).listen();
  opened.push(server);
  return server;
}

function roomFor(server: ScriptedServer, changes: Changes = {}): TestRoom {
  const room = new TestRoom({ url: server.url, ...changes });
  opened.push(room);
  return room;
}

const TIGHT = {
  resultBytesMax: 500_000,
  eventBytesMax: 2_000_000,
  noiseBytesPerSecondMax: 20_000,
};

describe.each(['modern', 'legacy'] as const)('a %s server over Streamable HTTP that answers a call with', (era) => {
  it.each(NONSENSE)('%s', async (_, script, code) => {
    const make = era === 'modern' ? modernServer : legacyServer;
    const server = await serve(
      make((got) => (JSON.stringify(got.message).includes('"bad"') ? script(got) : got.result(FINE))),
    );
    const room = roomFor(server, { limits: TIGHT });
    expect(await room.text('good')).toBe('fine');
    const bad = room.call('bad', {}, { timeoutMs: code === 'upstream_timeout' ? 300 : 10_000 });
    const beside = Promise.all(Array.from({ length: 5 }, () => room.text('good')));
    await expect(bad).rejects.toMatchObject({ code, message: expect.stringContaining('upstream `it`') as string });
    expect(await beside).toEqual(Array.from({ length: 5 }, () => 'fine'));
    expect(await room.text('good')).toBe('fine');
    expect(
      server.got.filter(
        ({ message }) => JSON.stringify(message).includes('"bad"') && message['method'] === 'tools/call',
      ),
    ).toHaveLength(1);
  });
});
