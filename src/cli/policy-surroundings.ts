import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GUARDED } from '../gateway/guarded.ts';
import { observer } from '../gateway/observer.ts';
import { warmGuards } from '../guards/guards.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/**
 * The world of the policy commands, out of the world of every command. Texts are made safe for terminals. The guards
 * are ready when it is: SQL that is read before its parsers are loaded would be a finding.
 * @param files what will be read; `-` is standard input, read to its end before
 */
export async function policyIoOf(io: Io, files: readonly (string | undefined)[] = []): Promise<PolicyIo> {
  await warmGuards();
  const input = files.includes(STANDARD_INPUT) ? await inputOf(io) : null;
  return {
    out: (text) => io.out(`${text.split('\n').map(printable).join('\n')}\n`),
    err: (text) => io.err(`${text.split('\n').map(printable).join('\n')}\n`),
    readFile: (path) => (path === STANDARD_INPUT && input ? input : readFileSync(resolve(io.folder, path))),
    nowMs: () => io.clock.nowMs(),
    environment: { ...GUARDED, profile: 'development' },
    observe: observer(),
  };
}

const STANDARD_INPUT = '-';

async function inputOf(io: Io): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.input) chunks.push(Buffer.from(chunk as Buffer | string)); // no object mode
  return Buffer.concat(chunks);
}
