import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Definition } from '../core/definition.ts';
import { areBelied, GUARDED, readDefinition } from '../gateway/guarded.ts';
import { typeOfUri, typesOfRules, type Typing } from '../gateway/ruled-types.ts';
import { warmGuards } from '../guards/guards.ts';
import type { DeclaredType } from '../guards/typing.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import type { Question } from '../policy/policy.ts';
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

/** Definitions whose guards are kept; beyond them everything is forgotten and prepared again. */
const PREPARED_MAX = 1_000;

/**
 * What the gateway's guards would find in a call. Calls from files carry no pinned definition but a copy of it each, so
 * guards are prepared once for each text of one.
 */
function observer(): PolicyIo['observe'] {
  const prepared = new WeakMap<Typing, Map<string, Prepared>>();
  return (question, policy) => {
    if (question.arguments === null) return question;
    const definition = readDefinition(question);
    const known = prepared.get(policy) ?? new Map<string, Prepared>();
    if (known.size >= PREPARED_MAX) known.clear();
    prepared.set(policy, known);
    const key = keyOf(question, definition);
    const ready = known.get(key) ?? prepareFor(question, definition, policy);
    known.set(key, ready);
    const { guards, hintsContradicted } = ready;
    const found = guards.inspect(question.arguments);
    if (found.length === 0 && !hintsContradicted) return question;
    return { ...question, hintsContradicted, findings: [...question.findings, ...found] };
  };
}

function keyOf({ server, target, roots }: Question, definition: Definition | null): string {
  return JSON.stringify([server, target, roots, definition?.body ?? null]);
}

interface Prepared {
  readonly guards: PreparedGuards;
  readonly hintsContradicted: boolean;
}

function prepareFor({ server, target, roots, definition: given }: Question, read: Definition | null, policy: Typing) {
  return {
    guards: prepareGuards(read, { roots, declared: declaredTypes() }),
    hintsContradicted: areBelied(given),
  };

  function declaredTypes(): DeclaredType[] {
    if (target.kind === 'resource') return [typeOfUri(target.uri, given !== null)];
    return target.kind === 'tool' ? typesOfRules(policy, server, target.name) : [];
  }
}
