import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GUARDED, observeCall } from '../gateway/guarded.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** The world of the policy commands, out of the world of every command. Texts are made safe for terminals. */
export function policyIoOf(io: Io): PolicyIo {
  return {
    out: (line) => io.out(`${printable(line)}\n`),
    err: (text) => io.err(`${text.split('\n').map(printable).join('\n')}\n`),
    readFile: (path) => readFileSync(resolve(io.folder, path)),
    nowMs: () => io.clock.nowMs(),
    environment: { ...GUARDED, profile: 'development' },
    observe: observeCall,
  };
}
