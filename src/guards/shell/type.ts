import {
  OperandRejected,
  ValueUnreadable,
  type ArgumentType,
  type Condition,
  type ConditionAnswer,
  type Polarity,
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
 * A restricting rule is met by one command: one of `commands` or `deny_commands`, one that writes below a folder of
 * `writes_under` or outside those of `redirect_outside`. A permitting rule is met when all commands are in `commands`,
 * none is in `deny_commands`, and all that is written lies below the folders of the other two. The named facts hold
 * when the text shows (`true`) or does not show (`false`) them. A text that could hide a command is unreadable where a
 * hidden one would count.
 */
export const shellTypeWith = (read: Read): ArgumentType => ({
  name: 'shell',
  tuningKeys: ['dialect'],
  conditionKeys: KEYS,
  compile: (key, operand, tuning, polarity) =>
    compile(read, testOf(key, operand, polarity), dialectOf(tuning['dialect'])),
});

export function dialectOf(value: JsonValue | undefined): ShellDialect {
  if (value === undefined || value === 'posix' || value === 'bash') return 'posix';
  if (value === 'powershell' || value === 'cmd') return value;
  throw new OperandRejected(`\`dialect\` must be \`posix\`, \`powershell\` or \`cmd\`, not \`${String(value)}\``);
}

function compile(read: Read, test: Test, dialect: ShellDialect): Condition {
  return (value) => {
    if (typeof value !== 'string') throw new ValueUnreadable('the value is not a string, so it is no shell text');
    return test(read(value, dialect));
  };
}

function testOf(key: string, operand: JsonValue, polarity: Polarity): Test {
  const permits = polarity === 'permit';
  if (key === 'commands') return permits ? onlyCommands(texts(key, operand)) : someCommand(texts(key, operand));
  if (key === 'deny_commands')
    return permits ? not(someCommand(texts(key, operand))) : someCommand(texts(key, operand));
  if (key === 'writes_under') return permits ? writesUnder(texts(key, operand)) : writesInto(texts(key, operand));
  if (key === 'redirect_outside')
    return permits ? writesUnder(texts(key, operand)) : not(writesUnder(texts(key, operand)));
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

/** What cannot be read stays unreadable. */
function not(test: Test): Test {
  return (facts) => {
    const given = test(facts);
    return { ...given, holds: !given.holds };
  };
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
    const out = facts.writes.find((write) => !write.known || !isUnder(write.target, folded));
    if (out !== undefined) return answer(false, `\`${out.target}\` is written by \`${out.by}\``, out.span);
    refuseDoubt(facts);
    return answer(true, `nothing is written outside ${folders.join(', ')}`);
  };
}

/** A target that is not known may lie anywhere. */
function writesInto(folders: readonly string[]): Test {
  const folded = folders.map(foldPath);
  return (facts) => {
    const into = facts.writes.find((write) => !write.known || isUnder(write.target, folded));
    if (into !== undefined) return answer(true, `\`${into.target}\` is written by \`${into.by}\``, into.span);
    refuseDoubt(facts);
    return answer(false, `nothing is written under ${folders.join(', ')}`);
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
