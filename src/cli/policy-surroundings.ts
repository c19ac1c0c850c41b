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
 */
export async function policyIoOf(io: Io): Promise<PolicyIo> {
  await warmGuards();
  return {
    out: (text) => io.out(`${text.split('\n').map(printable).join('\n')}\n`),
    err: (text) => io.err(`${text.split('\n').map(printable).join('\n')}\n`),
    readFile: (path) => readFileSync(resolve(io.folder, path)),
    nowMs: () => io.clock.nowMs(),
    environment: { ...GUARDED, profile: 'development' },
    observe: observer(),
  };
}
