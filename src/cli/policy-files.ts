import { areBelied } from '../gateway/guarded.ts';
import { isObject, own, type JsonValue } from '../core/json.ts';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';
import { loadPolicies, type Loaded } from '../policy/load.ts';
import { describeProblem } from '../policy/problem.ts';
import type { Policy, Question } from '../policy/policy.ts';
import { questionOf } from '../policy/question-of.ts';
import { callSchema } from '../policy/call-schema.ts';
import { testFileOf } from '../policy/test-file.ts';
import { describeMistake, readCall } from '../policy/read-call.ts';
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

/** A line that is no acceptable call: the gateway would refuse it before any rule is asked. */
export interface RejectedCall {
  readonly code: 'MESSAGE_MALFORMED' | 'PARAMS_INVALID';
  /** One sentence with file and line. */
  readonly why: string;
}

/** Reads calls, one JSON object a line, findings of the guards added; empty lines are left out. */
export function* readCallLines(
  path: string,
  io: PolicyIo,
  policy: Pick<Policy, 'declaredTypes'>,
): Generator<Question | RejectedCall, void, undefined> {
  for (const { line, where } of linesOf(path, io)) {
    const read = questionIn(line, where, io);
    yield 'why' in read ? read : io.observe(read, policy);
  }
}

/** Like `readCallLines`, for commands that need every line. @throws UsageError naming the first that is no call */
export function readCalls(path: string, io: PolicyIo, policy: Pick<Policy, 'declaredTypes'>): Question[] {
  return [...readCallLines(path, io, policy)].map(accepted);
}

/** One call as JSON, as an option gives it. @throws UsageError */
export function parseCall(text: string, option: string, io: PolicyIo): Question {
  return accepted(questionIn(text, option, io, `\`${option}\` takes a call as JSON, such as '{"tool":"read_file"}'`));
}

function accepted(read: Question | RejectedCall): Question {
  if ('why' in read) throw new UsageError(read.why);
  return read;
}

function questionIn(text: string | Buffer, where: string, io: PolicyIo, wanted = ONE_OBJECT): Question | RejectedCall {
  let value: JsonValue;
  try {
    value = parseStrict(text);
  } catch (error) {
    if (!(error instanceof JsonRejected)) throw error;
    return { code: 'MESSAGE_MALFORMED', why: `${where}: ${error.message}; ${wanted}` };
  }
  const read = readCall(value);
  if (read.ok) return questionOf(read.call, { nowMs: io.nowMs() });
  return { code: 'PARAMS_INVALID', why: `${where}: ${read.mistakes.map(describeMistake).join('; ')}` };
}

const ONE_OBJECT = 'write one JSON object per line';
const LINE_END = 0x0a;
const BYTE_ORDER_MARK = Buffer.from('\ufeff');

/** Lines as bytes, so that what is not UTF-8 is noticed where it is parsed, and no file is too long for one text. */
function* linesOf(path: string, io: PolicyIo): Generator<{ line: Buffer; where: string }, void, undefined> {
  const read = readFile(path, io);
  const bytes = Buffer.from(read.buffer, read.byteOffset, read.byteLength);
  const from = bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
  for (let start = from, number = 1; start < bytes.length; number++) {
    const found = bytes.indexOf(LINE_END, start);
    const end = found < 0 ? bytes.length : found;
    const line = bytes.subarray(start, end);
    start = end + 1;
    if (!isBlank(line)) yield { line, where: `${path}:${number}` };
  }
}

/** Whether a line holds nothing but what JSON takes for blank. */
const isBlank = (line: Buffer): boolean => line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);

function parseLine(line: Buffer, where: string): JsonValue {
  try {
    return parseStrict(line);
  } catch (error) {
    if (!(error instanceof JsonRejected)) throw error;
    throw new UsageError(`${where}: ${error.message}; ${ONE_OBJECT}`);
  }
}

/** Tool definitions, one JSON object a line, as questions whose arguments are unknown. @throws UsageError */
export function readDefinitions(path: string, io: PolicyIo): Question[] {
  return [...linesOf(path, io)].map(({ line, where }) => {
    const definition = parseLine(line, where);
    const name = isObject(definition) ? own(definition, 'name') : undefined;
    const server = isObject(definition) ? own(definition, 'server') : undefined;
    if (!isObject(definition) || typeof name !== 'string') {
      throw new UsageError(`${where}: this is no tool definition; write an object with a \`name\``);
    }
    const call = { tool: name, definition, ...(typeof server === 'string' ? { server } : {}) };
    const question = questionOf(callSchema.parse(call), { nowMs: io.nowMs() });
    return { ...question, hintsContradicted: areBelied(question.definition), arguments: null };
  });
}
