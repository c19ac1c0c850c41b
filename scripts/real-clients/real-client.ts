import type { Ended } from '../../test/support/run-program.ts';
import type { StdioProgram } from '../../test/support/gateways.ts';

/** What a client needs to be tried: a gateway that runs, and a home of its own. */
export interface Trial {
  /** The MCP endpoint, and the key that opens it. */
  readonly url: string;
  readonly key: string;
  /** What a client starts to speak to the gateway over stdio. */
  readonly pipe: StdioProgram;
  /** An empty home folder: nothing of the person who runs this is read or written. */
  readonly home: string;
  /** Where its packages are installed. */
  readonly packages: string;
  /** Runs a program of those packages there. */
  readonly run: (file: string, args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Ended>;
}

/** One way of connecting, and what came of it. */
export interface Attempt {
  readonly transport: 'Streamable HTTP' | 'HTTP+SSE' | 'stdio';
  readonly works: boolean;
  /** What the client said, in a few words or, when it does not work, whole. */
  readonly said: string;
}

/** A client that people use, installed on demand. */
export interface RealClient {
  readonly name: string;
  /** Its package, by what Node calls the platform; null where there is none. */
  readonly package: (platform: string) => string | null;
  /** Writes its configuration as docs/clients.md shows it, and lets it list its servers. */
  attempt(trial: Trial): Promise<readonly Attempt[]>;
}

/** Reads from a listing of servers whether the one of that name is connected. */
export function attemptIn(ended: Ended, server: string, connected: RegExp, transport: Attempt['transport']): Attempt {
  const text = `${ended.stdout}\n${ended.stderr}`.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '');
  const line = text.split('\n').find((each) => new RegExp(`\\b${server}\\b`).test(each)) ?? '';
  const works = connected.test(line);
  return { transport, works, said: works ? line.trim() : text.trim() };
}
