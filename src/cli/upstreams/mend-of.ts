import type { Fault } from '../../core/fault.ts';
import { HttpRefused } from '../../upstreams/transports/wire-faults.ts';
import type { UpstreamSettings } from '../../upstreams/upstream.ts';

/** What usually helps, by what the fault says; the first that fits counts. */
const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/was not found|ENOENT/, 'install the program, or give its full path as `command`'],
  [/is not executable|EACCES/, 'make the program executable, or name the interpreter as `command`'],
  [/ECONNREFUSED/, 'start the server, or correct host and port of `url`'],
  [/ENOTFOUND|EAI_AGAIN/, 'correct the host name in `url`, or look at the name service'],
  [/EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT/, 'look at network and firewall between here and the server'],
  [/CERT|SELF_SIGNED|ALTNAME|certificate/, 'mend the certificate, or trust its authority with NODE_EXTRA_CA_CERTS'],
  [/floods/, 'let the program log to stderr and keep stdout for the protocol'],
];

const BY_STATUS: Readonly<Record<number, string>> = {
  401: 'give the credential that the server wants under `headers`',
  403: 'look at the rights of the credential under `headers`',
  404: 'correct the path of `url`; an old server may need `transport: sse` and another path',
  405: 'correct the path of `url`, or set `transport: sse`',
  429: 'the server has had too many requests; try again later',
};

const SLOW_SERVER = 'see its log; a slow server needs `--timeout` here and `limits.start_timeout_ms`';
const SLOW_PROGRAM =
  'see its stderr; behind a proxy it may need `HTTPS_PROXY` or `NODE_EXTRA_CA_CERTS` under `env`, and a slow start ' +
  '`--timeout` here and `limits.start_timeout_ms`';

/** What to do next about an upstream that could not be had: one sentence. */
export function mendOf(fault: Fault, settings: UpstreamSettings): string {
  const refused = causes(fault).find((cause) => cause instanceof HttpRefused);
  const byStatus = refused instanceof HttpRefused ? BY_STATUS[refused.status] : undefined;
  if (byStatus !== undefined) return byStatus;
  const text = causes(fault)
    .map(({ message }) => message)
    .join(' ');
  const byWords = BY_WORDS.find(([pattern]) => pattern.test(text))?.[1];
  if (byWords !== undefined) return byWords;
  const isProgram = settings.command !== null;
  if (fault.code === 'upstream_timeout') return isProgram ? SLOW_PROGRAM : SLOW_SERVER;
  if (fault.code === 'upstream_closed' && isProgram) return 'run the command by hand and see why it ends';
  if (fault.code === 'upstream_protocol' && settings.era !== 'auto')
    return `the server may not speak the ${settings.era} era; leave \`era\` out`;
  if (isProgram) return 'see its stderr, and whether the program is an MCP server that speaks on stdout';
  return 'see whether an MCP server answers at `url`, and its log';
}

const CAUSES_MAX = 5;

function causes(fault: Error): Error[] {
  const found: Error[] = [];
  for (let error: unknown = fault; error instanceof Error && found.length < CAUSES_MAX; error = error.cause) {
    found.push(error);
  }
  return found;
}
