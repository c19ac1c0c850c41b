import type { Command } from 'commander';
import { auditCommand } from './audit.ts';
import type { Action } from './command.ts';
import { inspectCommand } from './inspect.ts';
import { keysCommand } from './keys.ts';
import { evaluateCommand, policyCommand } from './policy.ts';
import { pinsCommand } from './pins.ts';
import { serveCommand } from './serve.ts';
import { stdioCommand } from './stdio.ts';
import { upstreamsCommand } from './upstreams.ts';

/** Every command, in the order of the help. A new one is one file and one line. */
export const COMMANDS = [
  serveCommand,
  stdioCommand,
  keysCommand,
  upstreamsCommand,
  policyCommand,
  evaluateCommand,
  inspectCommand,
  pinsCommand,
  auditCommand,
] as const satisfies readonly ((action: Action) => Command)[];
