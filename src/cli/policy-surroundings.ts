import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GUARDS, warmGuards } from '../guards/guards.ts';
import { prepareGuards } from '../guards/prepare.ts';
import type { PolicyEnvironment } from '../policy/load.ts';
import type { Question } from '../policy/policy.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** The guards' types and views, as every policy is loaded with. */
const GUARDED: Pick<PolicyEnvironment, 'argumentTypes' | 'views'> = {
  argumentTypes: GUARDS.map((guard) => guard.type),
  views: GUARDS.flatMap((guard) => (guard.view ? [guard.view] : [])),
};

/** The world of the policy commands, out of the world of every command. Texts are made safe for terminals. */
export async function policyIoOf(io: Io): Promise<PolicyIo> {
  await warmGuards();
  return {
    out: (line) => io.out(`${printable(line)}\n`),
    err: (text) => io.err(`${text.split('\n').map(printable).join('\n')}\n`),
    readFile: (path) => readFileSync(resolve(io.folder, path)),
    nowMs: () => io.clock.nowMs(),
    environment: { ...GUARDED, profile: 'development' },
    observe,
  };
}

/** What the gateway's guards would find in this call. */
function observe(question: Question): Question {
  if (question.arguments === null) return question;
  const guards = prepareGuards(question.definition, { roots: question.roots, declared: [] });
  return { ...question, findings: [...question.findings, ...guards.inspect(question.arguments)] };
}
