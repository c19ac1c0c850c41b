import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { GUARDS } from '../guards/guards.ts';
import { prepareGuards } from '../guards/prepare.ts';
import type { Question } from '../policy/policy.ts';
import type { Io } from './io.ts';
import { printable } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** The world of the policy commands: files on disk, the guards as the gateway has them. */
export function policyWorld(io: Io): PolicyIo {
  return {
    out: (line) => io.out(`${printable(line)}\n`),
    err: (text) => io.err(`${text.split('\n').map(printable).join('\n')}\n`),
    readFile: (path) => readFileSync(resolve(io.folder, path)),
    nowMs: () => io.clock.nowMs(),
    environment: {
      argumentTypes: GUARDS.map((guard) => guard.type),
      views: GUARDS.flatMap((guard) => (guard.view ? [guard.view] : [])),
      profile: 'development',
    },
    observe,
  };
}

/** Adds what the guards find in the arguments; findings that the call brings along stay. */
function observe(question: Question): Question {
  if (question.arguments === null) return question;
  const guards = prepareGuards(question.definition, { roots: question.roots, declared: [] });
  return { ...question, findings: [...question.findings, ...guards.inspect(question.arguments)] };
}
