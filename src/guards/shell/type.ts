import {
  OperandRejected,
  ValueUnreadable,
  type ArgumentType,
  type Condition,
  type ConditionAnswer,
} from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import type { ShellDialect, ShellFacts, Span, Trait, TraitKind } from './facts.ts';
import { foldPath, lastSegment } from './names.ts';

type Read = (text: string, dialect: ShellDialect) => ShellFacts;
type Test = (facts: ShellFacts) => ConditionAnswer;

/** Conditions that ask for a fact by name, with the traits that answer them and whether mild ones count. */
const FACTS: ReadonlyMap<string, { readonly kinds: readonly TraitKind[]; readonly mildToo: boolean }> = new Map([
  ['network', { kinds: ['network', 'remote_shell'], mildToo: true }],
  ['substitution', { kinds: ['substitution'], mildToo: true }],
  ['pipe_to_shell', { kinds: ['pipe_to_shell', 'download_and_run'], mildToo: true }],
  ['privilege', { kinds: ['privilege'], mildToo: true }],
  ['recursive_delete', { kinds: ['recursive_delete'], mildToo: true }],
  ['interpreter_escape', { kinds: ['interpreter_escape', 'interactive_shell', 'remote_shell'], mildToo: false }],
  ['unparsed', { kinds: ['unparsed', 'dynamic', 'obfuscated', 'keys'], mildToo: false }],
]);

const KEYS = ['commands', 'deny_commands', 'writes_under', 'redirect_outside', ...FACTS.keys()];

/**
 * The argument type `shell`.
 *
 * `commands` holds when every command named is in the list, `deny_commands` when one is; `writes_under` when all that
 * is written lies below one of the folders, `redirect_outside` when something does not; the named facts hold when the
 * text shows (`true`) or does not show (`false`) them. A text that cannot be read makes `commands`, `writes_under` and
 * every `false` unreadable.
 */
export const shellTypeWith = (read: Read): ArgumentType => ({
  name: 'shell',
  tuningKeys: ['dialect'],
  conditionKeys: KEYS,
  compile: (key, operand, tuning) => compile(read, key, operand, dialectOf(tuning['dialect'])),
});

export function dialectOf(value: JsonValue | undefined): ShellDialect {
  if (value === undefined || value === 'posix' || value === 'bash') return 'posix';
  if (value === 'powershell' || value === 'cmd') return value;
  throw new OperandRejected(`\`dialect\` must be \`posix\`, \`powershell\` or \`cmd\`, not \`${String(value)}\``);
}

function compile(read: Read, key: string, operand: JsonValue, dialect: ShellDialect): Condition {
  const test = testOf(key, operand);
  return (value) => {
    if (typeof value !== 'string') throw new ValueUnreadable('the value is not a string, so it is no shell text');
    return test(read(value, dialect));
  };
}

function testOf(key: string, operand: JsonValue): Test {
  if (key === 'commands') return onlyCommands(texts(key, operand));
  if (key === 'deny_commands') return someCommand(texts(key, operand));
  if (key === 'writes_under') return writesUnder(texts(key, operand));
  if (key === 'redirect_outside') return redirectOutside(texts(key, operand));
  const fact = FACTS.get(key);
  if (fact === undefined)
    throw new OperandRejected(`\`${key}\` is no condition of \`shell\`; known are ${KEYS.join(', ')}`);
  if (typeof operand !== 'boolean') throw new OperandRejected(`\`${key}\` must be true or false`);
  return (facts) => hasFact(facts, key, fact.kinds, fact.mildToo, operand);
}

function texts(key: string, operand: JsonValue): readonly string[] {
  const list = typeof operand === 'string' ? [operand] : operand;
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw new OperandRejected(`\`${key}\` must be a string or a list of strings`);
}

const answer = (holds: boolean, why: string, span?: Span): ConditionAnswer =>
  span === undefined ? { holds, why } : { holds, why, span };

const DOUBTFUL: readonly TraitKind[] = [
  'unparsed',
  'dynamic',
  'obfuscated',
  'keys',
  'pipe_to_shell',
  'download_and_run',
];

/** What could hide a command from the list of commands. */
const doubt = (facts: ShellFacts): Trait | undefined =>
  facts.traits.find((trait) => !trait.mild && DOUBTFUL.includes(trait.kind));

function refuseDoubt(facts: ShellFacts): void {
  const trait = doubt(facts);
  if (trait !== undefined) throw new ValueUnreadable(trait.what);
}

/** A name with a slash is compared with the whole program, else with its last segment; `*` ends a prefix. */
function matcher(patterns: readonly string[]): (program: string) => boolean {
  return (program) =>
    patterns.some((pattern) => {
      const subject = pattern.includes('/') ? program : lastSegment(program);
      return pattern.endsWith('*') ? subject.startsWith(pattern.slice(0, -1)) : subject === pattern;
    });
}

function onlyCommands(patterns: readonly string[]): Test {
  const matches = matcher(patterns);
  return (facts) => {
    refuseDoubt(facts);
    const other = facts.commands.find((command) => !matches(command.program));
    if (other === undefined) return answer(true, `every command is one of ${patterns.join(', ')}`);
    return answer(false, `\`${other.name}\` is not among the commands`, other.span);
  };
}

function someCommand(patterns: readonly string[]): Test {
  const matches = matcher(patterns);
  return (facts) => {
    const hit = facts.commands.find((command) => matches(command.program));
    if (hit !== undefined) return answer(true, `\`${hit.name}\` is run${path(hit.via)}`, hit.span);
    refuseDoubt(facts);
    return answer(false, `none of ${patterns.join(', ')} is run`);
  };
}

const path = (via: readonly string[]): string => (via.length === 0 ? '' : ` through ${via.join(' → ')}`);

function isUnder(target: string, folders: readonly string[]): boolean {
  const folded = foldPath(target);
  return folders.some((folder) => folded === folder || folded.startsWith(folder === '/' ? '/' : `${folder}/`));
}

function writesUnder(folders: readonly string[]): Test {
  const folded = folders.map(foldPath);
  return (facts) => {
    refuseDoubt(facts);
    const out = facts.writes.find((write) => !write.known || !isUnder(write.target, folded));
    if (out === undefined) return answer(true, `everything written lies under ${folders.join(', ')}`);
    return answer(false, `\`${out.target}\` is written by \`${out.by}\``, out.span);
  };
}

function redirectOutside(folders: readonly string[]): Test {
  const folded = folders.map(foldPath);
  return (facts) => {
    const out = facts.writes.find((write) => !write.known || !isUnder(write.target, folded));
    if (out !== undefined) return answer(true, `\`${out.target}\` is written outside ${folders.join(', ')}`, out.span);
    refuseDoubt(facts);
    return answer(false, `nothing is written outside ${folders.join(', ')}`);
  };
}

function hasFact(
  facts: ShellFacts,
  key: string,
  kinds: readonly TraitKind[],
  mildToo: boolean,
  wanted: boolean,
): ConditionAnswer {
  const hit = facts.traits.find((trait) => kinds.includes(trait.kind) && (mildToo || !trait.mild));
  if (hit !== undefined) return answer(wanted, hit.what, hit.span);
  if (key !== 'unparsed') refuseDoubt(facts);
  return answer(!wanted, `the text shows no \`${key}\``);
}
