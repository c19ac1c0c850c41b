import { fileURLToPath } from 'node:url';
import { freePort, listening, start } from './processes.ts';

const SERVER = fileURLToPath(new URL('../conformance/fixture/server.mjs', import.meta.url));

/** Our server that speaks every wire: `/mcp` for both eras of Streamable HTTP, `/sse` for 2024-11-05. */
export async function startFixture(at?: number): Promise<{ url: string; sseUrl: string; stop(): Promise<void> }> {
  const port = at ?? (await freePort());
  const running = start(process.execPath, [SERVER, String(port)]);
  await listening(port, running);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    sseUrl: `http://127.0.0.1:${port}/sse`,
    stop: async () => void (await running.stop()),
  };
}

/** The same server over stdio, as an upstream's command. */
export const FIXTURE_STDIO: { readonly command: string; readonly args: readonly string[] } = {
  command: process.execPath,
  args: [SERVER, '--stdio'],
};
