import { isObject, own, type JsonValue } from '../core/json.ts';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';
import { loadPolicies, type Loaded } from '../policy/load.ts';
import { describeProblem } from '../policy/problem.ts';
import type { Policy, Question } from '../policy/policy.ts';
import { questionOf } from '../policy/question-of.ts';
import { callSchema } from '../policy/call-schema.ts';
import { testFileOf } from '../policy/test-file.ts';
import { UsageError } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

export type LoadedPolicy = Extract<Loaded, { ok: true }>;

/** Reads and loads policy files as one policy. */
export function readPolicies(paths: readonly string[], io: PolicyIo): Loaded {
  return loadPolicies(
    paths.map((path) => ({ name: path, text: readFile(path, io) })),
    io.environment,
  );
}

/** Like `readPolicies`, for commands that need a sound policy. @throws UsageError with every problem */
export function requirePolicies(paths: readonly string[], io: PolicyIo): LoadedPolicy {
  const loaded = readPolicies(paths, io);
  if (loaded.ok) return loaded;
  throw new UsageError(loaded.problems.map(describeProblem).join('\n'));
}

function readFile(path: string, io: PolicyIo): Uint8Array {
  try {
    return io.readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    throw new UsageError(`\`${path}\` cannot be read (${reason}); check the path`);
  }
}

/** Like `requirePolicies`, with the tests that stand beside the files: `policies.test.yaml`. @throws UsageError */
export function requirePoliciesAndTests(paths: readonly string[], io: PolicyIo): LoadedPolicy {
  const beside = paths.flatMap((path) => testFileOf(path) ?? []);
  const found = beside.filter((path) => !paths.includes(path) && canRead(path, io));
  return requirePolicies([...paths, ...found], io);
}

function canRead(path: string, io: PolicyIo): boolean {
  try {
    io.readFile(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

/** Reads calls, one JSON object a line, findings of the guards added. @throws UsageError naming the line */
export function* readCalls(
  path: string,
  io: PolicyIo,
  policy: Pick<Policy, 'declaredTypes'>,
): Generator<Question, void, undefined> {
  const text = Buffer.from(readFile(path, io)).toString('utf8');
  for (let start = 0, number = 1; start < text.length; number++) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    start = end + 1;
    if (line.trim() !== '') yield io.observe(parseCall(line, `${path}:${number}`, io), policy);
  }
}

/** One call as JSON. @throws UsageError */
export function parseCall(text: string, where: string, io: PolicyIo): Question {
  const checked = callSchema.safeParse(parseLine(text, where));
  if (checked.success) return questionOf(checked.data, { nowMs: io.nowMs() });
  const issue = checked.error.issues[0];
  throw new UsageError(
    `${where}: the call is not valid at \`${issue?.path.join('.') ?? ''}\`: ${issue?.message.toLowerCase() ?? ''}`,
  );
}

function parseLine(text: string, where: string): JsonValue {
  try {
    return parseStrict(text);
  } catch (error) {
    if (!(error instanceof JsonRejected)) throw error;
    throw new UsageError(`${where}: ${error.message}; write one JSON object per line`);
  }
}

/** Tool definitions, one JSON object a line, as questions whose arguments are unknown. @throws UsageError */
export function readDefinitions(path: string, io: PolicyIo): Question[] {
  const lines = Buffer.from(readFile(path, io)).toString('utf8').split('\n');
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    const where = `${path}:${i + 1}`;
    const definition = parseLine(line, where);
    const name = isObject(definition) ? own(definition, 'name') : undefined;
    const server = isObject(definition) ? own(definition, 'server') : undefined;
    if (!isObject(definition) || typeof name !== 'string') {
      throw new UsageError(`${where}: this is no tool definition; write an object with a \`name\``);
    }
    const call = { tool: name, definition, ...(typeof server === 'string' ? { server } : {}) };
    return [{ ...questionOf(callSchema.parse(call), { nowMs: io.nowMs() }), arguments: null }];
  });
}
