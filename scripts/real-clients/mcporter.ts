import type { Ended } from '../../test/support/run-program.ts';
import type { Attempt, RealClient } from './real-client.ts';

/** Calls MCP servers from the shell; nothing to configure. */
export const mcporter: RealClient = {
  name: 'mcporter',
  package: () => 'mcporter',
  async attempt({ url, key, pipe, packages, run }) {
    const program = `${packages}/dist/cli.js`;
    const http = ['--http-url', url, '--allow-http', '--header', `X-Veto-API-Key=${key}`];
    const stdio = ['--stdio', [pipe.command, ...pipe.args].join(' '), '--env', `VETO_API_KEY=${key}`, '--name', 'veto'];
    return [
      shows(await run(program, ['list', ...http]), 'Streamable HTTP'),
      shows(await run(program, ['list', ...stdio]), 'stdio'),
    ];
  },
};

function shows({ code, stdout, stderr }: Ended, transport: Attempt['transport']): Attempt {
  const works = code === 0 && stdout.includes('read_file');
  return { transport, works, said: works ? 'lists `read_file`' : `${stdout}\n${stderr}`.trim() };
}
