import { describe, expect, it } from 'vitest';
import { initialize, messages, modern, post, start, until } from './started.ts';

const waiting = (name: string) => ({ name: 'run', arguments: { script: [{ do: 'wait', name }] } });

describe('close', () => {
  it('ends subscriptions with a result, refuses what is new, and waits for calls', async () => {
    const on = await start({ drain_ms: 5000 });
    const listen = await modern(on.url, 'subscriptions/listen', { notifications: {} }, { id: 'sub' });
    const session = await initialize(on.url);
    const call = modern(on.url, 'tools/call', waiting('one'));
    await until(() => on.door.isWaiting('one'), 'the call waits');
    expect(await (await fetch(`${on.listener.url}/readyz`)).json()).toEqual({ ready: true, reasons: [] });
    const closing = on.listener.close();
    expect((await messages(listen)).at(-1)).toEqual({
      jsonrpc: '2.0',
      id: 'sub',
      result: {
        resultType: 'complete',
        _meta: {
          'io.modelcontextprotocol/subscriptionId': 'sub',
          'io.modelcontextprotocol/serverInfo': { name: 'veto', version: '0.0.0' },
        },
      },
    });
    const late = await post(on.url, { jsonrpc: '2.0', id: 1, method: 'ping' }, { headers: session });
    expect([late.status, late.headers.get('connection')]).toEqual([503, 'close']);
    expect((await fetch(`${on.listener.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${on.listener.url}/healthz`)).status).toBe(200);
    on.door.release('one');
    expect((await call).status).toBe(200);
    await closing;
    await expect(fetch(`${on.listener.url}/healthz`)).rejects.toThrow();
  });

  it('gives up on calls that take too long, and cancels them', async () => {
    const on = await start({ drain_ms: 50 });
    const call = modern(on.url, 'tools/call', waiting('never'), { id: 'slow' }).catch((error: unknown) => error);
    const headers = await initialize(on.url);
    const params = { name: 'run', arguments: { script: [{ do: 'wait', name: 'never' }] } };
    const old = post(on.url, { jsonrpc: '2.0', id: 'old', method: 'tools/call', params }, { headers }).catch(
      () => null,
    );
    await until(() => on.listener.counts().inFlight === 2, 'the calls wait');
    await on.listener.close();
    expect(await call).toBeInstanceOf(Error);
    await old;
    await until(() => on.door.cancelled.length === 2, 'both are cancelled');
    expect(new Set(on.door.cancelled)).toEqual(new Set(['old', 'slow']));
  });
});

describe('the other paths', () => {
  it('tell health and readiness with reasons', async () => {
    const on = await start({}, {}, { readiness: () => ['the store is not open'] });
    expect((await fetch(`${on.listener.url}/healthz`)).status).toBe(200);
    const ready = await fetch(`${on.listener.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, reasons: ['the store is not open'] }]);
    await on.listener.close();
  });

  it('serve further routes, with a key where they need one', async () => {
    const on = await start(
      {},
      {},
      {
        routes: [
          {
            method: 'POST',
            path: '/v1/gateways/{gateway}/evaluate',
            access: 'key',
            handle: ({ gateway, caller, body }) =>
              Promise.resolve({
                status: 200,
                type: 'application/json',
                body: JSON.stringify({ gateway, who: caller?.principal.id, got: body.toString() }),
              }),
          },
          {
            method: 'GET',
            path: '/metrics',
            access: 'open',
            handle: () => Promise.resolve({ status: 200, type: 'text/plain', body: 'up 1\n' }),
          },
        ],
      },
    );
    const evaluate = `${on.listener.url}/v1/gateways/default/evaluate`;
    expect((await fetch(evaluate, { method: 'POST', body: 'x' })).status).toBe(401);
    const answer = await fetch(evaluate, { method: 'POST', body: 'x', headers: { 'x-veto-api-key': 'key-alice' } });
    expect(await answer.json()).toEqual({ gateway: 'default', who: 'alice', got: 'x' });
    expect(await (await fetch(`${on.listener.url}/metrics`)).text()).toBe('up 1\n');
    const posted = await fetch(`${on.listener.url}/metrics`, { method: 'POST' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET']);
    await on.listener.close();
  });
});
