import {
  OperandRejected,
  ValueUnreadable,
  type ArgumentType,
  type Condition,
  type ConditionAnswer,
  type Polarity,
} from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import {
  READS,
  SQL_DIALECTS,
  STATEMENT_KINDS,
  type SqlDialect,
  type SqlFacts,
  type SqlStatement,
  type StatementKind,
} from './facts.ts';

type Read = (text: string, dialect: SqlDialect) => SqlFacts;
type Test = (facts: SqlFacts) => ConditionAnswer;

const KEYS = ['statements', 'tables', 'functions', 'where_required', 'statements_max'];

/**
 * The argument type `sql`.
 *
 * `statements`, `tables` and `functions` take `{ any_of: […] }` or `{ any_not_in: […] }`; a plain list means `any_of`.
 * A restricting rule is met when one in the text is listed, or is not listed; a permitting one only when all are, or
 * none is: `INSERT … SELECT` does not meet `any_of: [select]` of an allow. `statements` knows the shorthand `read` for
 * select, show and explain. `where_required` restricts an update or delete without a condition that limits it,
 * `statements_max` a text with more statements than that; in a permitting rule both are met by texts without such.
 * What cannot be read is unreadable.
 */
export const sqlTypeWith = (read: Read): ArgumentType => ({
  name: 'sql',
  tuningKeys: ['dialect', 'strict'],
  conditionKeys: KEYS,
  compile: (key, operand, tuning, polarity) =>
    compile(read, testOf(key, operand, polarity), dialectOf(tuning['dialect']), tuning['strict'] === true),
});

export function dialectOf(value: JsonValue | undefined): SqlDialect {
  if (value === undefined) return 'any';
  const aliases: Readonly<Record<string, SqlDialect>> = {
    postgresql: 'postgres',
    pg: 'postgres',
    tsql: 'mssql',
    sqlserver: 'mssql',
  };
  const name = String(value);
  const known = SQL_DIALECTS.find((dialect) => dialect === name) ?? aliases[name];
  if (known !== undefined) return known;
  throw new OperandRejected(`\`dialect\` must be one of ${SQL_DIALECTS.join(', ')}, not \`${name}\``);
}

function compile(read: Read, test: Test, dialect: SqlDialect, strict: boolean): Condition {
  return (value) => {
    if (typeof value !== 'string') throw new ValueUnreadable('the value is not a string, so it is no SQL text');
    const facts = read(value, dialect);
    const hidden = facts.traits.find((trait) => trait.kind === 'unparsed' || trait.kind === 'conditional_comment');
    if (hidden !== undefined) throw new ValueUnreadable(hidden.what);
    if (strict && facts.readBy !== 'parser') throw new ValueUnreadable('no full grammar accepts the text');
    return test(facts);
  };
}

function testOf(key: string, operand: JsonValue, polarity: Polarity): Test {
  switch (key) {
    case 'statements':
      return among({ key, operand, polarity }, kindsNamed, (statement) => statement.kinds);
    case 'tables':
      return among({ key, operand, polarity }, lowered, (statement) => statement.tables, sameTable);
    case 'functions':
      return among({ key, operand, polarity }, lowered, (statement) => statement.functions, sameFunction);
    case 'where_required':
      return whereRequired(key, operand, polarity);
    case 'statements_max':
      return statementsMax(key, operand, polarity);
    default:
      throw new OperandRejected(`\`${key}\` is no condition of \`sql\`; known are ${KEYS.join(', ')}`);
  }
}

const lowered = (names: readonly string[]): readonly string[] => names.map((name) => name.toLowerCase());

function kindsNamed(names: readonly string[]): readonly string[] {
  return names.flatMap((name) => {
    if (name === 'read') return [...READS];
    if (STATEMENT_KINDS.some((kind: StatementKind) => kind === name)) return [name];
    throw new OperandRejected(`\`${name}\` is no kind of statement; known are read, ${STATEMENT_KINDS.join(', ')}`);
  });
}

const sameName = (pattern: string, name: string): boolean => pattern === name;

/** `users` names the table in any schema, `public.users` in that one; `audit.*` all of a schema. */
function sameTable(pattern: string, name: string): boolean {
  if (pattern.endsWith('*')) return name.startsWith(pattern.slice(0, -1));
  return pattern === name || (!pattern.includes('.') && name.endsWith(`.${pattern}`));
}

const sameFunction = (pattern: string, name: string): boolean => sameTable(pattern, name);

type Pick = (statement: SqlStatement) => readonly string[];

interface Written {
  readonly key: string;
  readonly operand: JsonValue;
  readonly polarity: Polarity;
}

function among(
  { key, operand, polarity }: Written,
  name: (names: readonly string[]) => readonly string[],
  pick: Pick,
  same: (pattern: string, found: string) => boolean = sameName,
): Test {
  const plain = Array.isArray(operand) || typeof operand === 'string';
  const given = plain ? { any_of: operand } : operand;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new OperandRejected(shapeOf(key));
  const tests = Object.entries(given).map(([how, list]) => {
    const names = name(texts(key, list));
    const listed = (found: string): boolean => names.some((pattern) => same(pattern, found));
    if (how === 'any_of') return (found: string) => listed(found);
    if (how === 'any_not_in') return (found: string) => !listed(found);
    throw new OperandRejected(shapeOf(key));
  });
  if (tests.length === 0) throw new OperandRejected(shapeOf(key));
  return polarity === 'permit' ? allAmong(key, pick, tests) : someAmong(key, pick, tests);
}

function someAmong(key: string, pick: Pick, tests: readonly ((found: string) => boolean)[]): Test {
  return ({ statements }) => {
    for (const statement of statements) {
      const hit = pick(statement).find((found) => tests.some((test) => test(found)));
      if (hit !== undefined) return { holds: true, why: `the text has \`${hit}\``, span: statement.span };
    }
    return { holds: false, why: `no ${key} in the text match` };
  };
}

/** A statement of which nothing is known is not as the rule says. */
function allAmong(key: string, pick: Pick, tests: readonly ((found: string) => boolean)[]): Test {
  return ({ statements }) => {
    if (statements.length === 0) return { holds: false, why: 'the text has no statement' };
    for (const statement of statements) {
      const found = pick(statement);
      const other = found.find((one) => !tests.every((test) => test(one)));
      if (other !== undefined) return { holds: false, why: `the text has \`${other}\``, span: statement.span };
      if (key === 'statements' && found.length === 0)
        return { holds: false, why: 'the text has a statement of no known kind', span: statement.span };
    }
    return { holds: true, why: `all ${key} in the text are as named` };
  };
}

const shapeOf = (key: string): string => `\`${key}\` must be \`{ any_of: […] }\` or \`{ any_not_in: […] }\``;

function texts(key: string, operand: JsonValue | undefined): readonly string[] {
  const list = typeof operand === 'string' ? [operand] : operand;
  if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
  throw new OperandRejected(shapeOf(key));
}

function whereRequired(key: string, operand: JsonValue, polarity: Polarity): Test {
  if (typeof operand !== 'boolean') throw new OperandRejected(`\`${key}\` must be true or false`);
  if (polarity === 'permit' && !operand)
    throw new OperandRejected(`\`${key}: false\` asks nothing of a rule that allows; leave it out`);
  return (facts) => {
    const hit = facts.statements.find(({ where }) => where === 'none' || where === 'always');
    const holds = (hit !== undefined) === (operand && polarity === 'restrict');
    if (hit === undefined) return { holds, why: 'every update and delete is limited by a condition' };
    return { holds, why: 'no condition limits the rows it changes', span: hit.span };
  };
}

function statementsMax(key: string, operand: JsonValue, polarity: Polarity): Test {
  if (typeof operand !== 'number' || !Number.isInteger(operand) || operand < 1) {
    throw new OperandRejected(`\`${key}\` must be a whole number of at least 1`);
  }
  return (facts) => {
    const count = facts.statements.length;
    const holds = count > operand === (polarity === 'restrict');
    return { holds, why: `the text has ${count} statements, ${operand} are named` };
  };
}
