import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, request } from 'undici';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { configuredConnector, pinnedConnector } from './pinned-connector.ts';
import type { PinningOptions, Resolve } from './pinned-connector.ts';

const hosts: string[] = [];
const server = createServer((incoming, answer) => {
  hosts.push(incoming.headers.host ?? '');
  answer.end('inside');
});
let port = 0;
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port; // listening on TCP
});
afterAll(() => new Promise((done) => server.close(done)));

const answering =
  (...addresses: readonly string[]): Resolve =>
  (_, done) =>
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );

async function fetched(host: string, options: PinningOptions): Promise<string> {
  const agent = new Agent({ connect: pinnedConnector({ connectTimeoutMs: 1000, ...options }) });
  try {
    const { body } = await request(`http://${host}:${port}/`, { dispatcher: agent });
    return await body.text();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await agent.destroy();
  }
}

describe('a pinned connection', () => {
  it.each(['127.0.0.1', '127.1', '0x7f000001', '2130706433', '[::ffff:127.0.0.1]', '[::1]', '0.0.0.0'])(
    'is refused to the literal %s, for which no look-up is made',
    async (literal) => {
      expect(await fetched(literal, {})).toContain('refused to connect');
    },
  );

  it('is refused when a name resolves inside', async () => {
    expect(await fetched('rebind.example', { resolve: answering('127.0.0.1') })).toContain(
      'refused to connect to `rebind.example`, which is `127.0.0.1`',
    );
  });

  it('is refused when one of several addresses is inside', async () => {
    expect(await fetched('mixed.example', { resolve: answering('8.8.8.8', '10.0.0.1') })).toContain('refused');
  });

  it('is refused when a name has no address, or too many', async () => {
    expect(await fetched('none.example', { resolve: answering() })).toContain('has no address');
    expect(
      await fetched('many.example', { resolve: answering(...Array.from({ length: 17 }, () => '8.8.8.8')) }),
    ).toContain('has 17 addresses');
  });

  it('tries the allowed addresses in turn', async () => {
    const options: PinningOptions = { resolve: answering('127.0.0.2', '::1', '127.0.0.1'), allow: ['loopback'] };
    expect(await fetched('several.example', options)).toBe('inside');
  });

  it('to a configured URL may lead inside, but not to the metadata service', async () => {
    const reached = async (url: string): Promise<string> => {
      const agent = new Agent({ connect: configuredConnector(new URL(url)) });
      const answer = await request(url, { dispatcher: agent }).then(
        ({ body }) => body.text(),
        (error: unknown) => String(error),
      );
      await agent.destroy();
      return answer;
    };
    expect(await reached(`http://localhost:${port}/`)).toBe('inside');
    expect(await reached(`http://127.0.0.1:${port}/`)).toBe('inside');
    const names: PinningOptions = { allow: ['public', 'private', 'loopback', 'link-local'] };
    expect(await fetched('rebound.example', { ...names, resolve: answering('169.254.169.254') })).toContain('refused');
    expect(await fetched('rebound.example', { ...names, resolve: answering('fd00:ec2::254') })).toContain('refused');
  });

  it('goes to the address that was checked, once, under the name that was asked for', async () => {
    let lookups = 0;
    const rebinding: Resolve = (hostname, done) =>
      answering(lookups++ === 0 ? '127.0.0.1' : '10.255.255.1')(hostname, done);
    expect(await fetched('upstream.example', { resolve: rebinding, allow: ['loopback'] })).toBe('inside');
    expect(lookups).toBe(1);
    expect(hosts.at(-1)).toBe(`upstream.example:${port}`);
  });

  it('goes by no proxy that the environment names', async () => {
    for (const name of ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'])
      vi.stubEnv(name, name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:1');
    expect(await fetched('upstream.example', { resolve: answering('127.0.0.1'), allow: ['loopback'] })).toBe('inside');
    vi.unstubAllEnvs();
  });

  it('may go inside where the operator said so', async () => {
    expect(await fetched('127.0.0.1', { allowAddresses: ['127.0.0.1'] })).toBe('inside');
  });
});
