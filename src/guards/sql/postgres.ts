import type { JsonValue } from '../../core/json.ts';
import type { SqlStatement, SqlTrait, SqlTraitKind, StatementKind } from './facts.ts';
import { dangerOf } from './functions-table.ts';

/** Kinds of PostgreSQL's statement nodes; those not listed are administration when their name ends in `Stmt`. */
const NODES: ReadonlyMap<string, StatementKind> = new Map<string, StatementKind>([
  ['SelectStmt', 'select'],
  ['InsertStmt', 'insert'],
  ['UpdateStmt', 'update'],
  ['DeleteStmt', 'delete'],
  ['MergeStmt', 'merge'],
  ['ExplainStmt', 'explain'],
  ['VariableShowStmt', 'show'],
  ['VariableSetStmt', 'session'],
  ['TransactionStmt', 'transaction'],
  ['CopyStmt', 'copy'],
  ['CallStmt', 'call'],
  ['ExecuteStmt', 'call'],
  ['PrepareStmt', 'session'],
  ['DeallocateStmt', 'session'],
  ['DeclareCursorStmt', 'session'],
  ['FetchStmt', 'session'],
  ['ClosePortalStmt', 'session'],
  ['DiscardStmt', 'session'],
  ['DoStmt', 'procedural'],
  ['GrantStmt', 'grant'],
  ['GrantRoleStmt', 'grant'],
  ['AlterDefaultPrivilegesStmt', 'grant'],
  ['AlterOwnerStmt', 'grant'],
  ['ReassignOwnedStmt', 'grant'],
  ['AlterSystemStmt', 'admin'],
  ['CreateTableAsStmt', 'ddl'],
  ['TruncateStmt', 'ddl'],
  ['CommentStmt', 'ddl'],
  ['RenameStmt', 'ddl'],
  ['ViewStmt', 'ddl'],
  ['IndexStmt', 'ddl'],
  ['RuleStmt', 'ddl'],
]);

const kindOf = (node: string): StatementKind =>
  NODES.get(node) ?? (/^(?:Create|Alter|Drop|Define|Import)/.test(node) ? 'ddl' : 'admin');

type Json = Readonly<Record<string, JsonValue>>;

const isObject = (value: JsonValue | undefined): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
const field = (value: JsonValue | undefined, key: string): JsonValue | undefined =>
  isObject(value) ? value[key] : undefined;
const nameIn = (value: JsonValue | undefined): string => textOf(field(field(value, 'String'), 'sval'));

interface Gathered {
  readonly kinds: Set<StatementKind>;
  readonly tables: Set<string>;
  readonly functions: Set<string>;
  readonly defined: Set<string>;
  where: SqlStatement['where'];
  note(kind: SqlTraitKind, what: string): void;
}

export interface RawStatement {
  readonly stmt: JsonValue;
  readonly span: readonly [number, number];
  readonly text: string;
}

/** Facts of one statement from the tree of PostgreSQL's own parser. */
export function readPostgresStatement(raw: RawStatement, traits: SqlTrait[]): SqlStatement {
  const note = (kind: SqlTraitKind, what: string): number => traits.push({ kind, what, span: raw.span });
  const gathered: Gathered = {
    kinds: new Set(),
    tables: new Set(),
    functions: new Set(),
    defined: new Set(),
    where: null,
    note,
  };
  walk(raw.stmt, gathered);
  for (const name of gathered.functions) {
    const danger = dangerOf(name, 'postgres');
    if (danger !== null) note(danger.trait, `\`${name}\` ${danger.what}`);
  }
  const tables = [...gathered.tables].filter((name) => !gathered.defined.has(name));
  if (gathered.kinds.size === 0) gathered.kinds.add('unknown');
  const { where } = gathered;
  return {
    kinds: [...gathered.kinds],
    tables,
    functions: [...gathered.functions],
    where,
    span: raw.span,
    text: raw.text,
  };
}

/** Visits every node without recursion: trees of long expressions are deep. */
function walk(root: JsonValue, gathered: Gathered): void {
  const todo: JsonValue[] = [root];
  let outermost = true;
  for (let value = todo.pop(); value !== undefined; value = todo.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) todo.push(item);
      continue;
    }
    if (!isObject(value)) continue;
    for (const key in value) {
      const child = value[key];
      if (child === undefined || typeof child !== 'object') continue;
      if (key.endsWith('Stmt') && STATEMENT.test(key)) {
        if (readNode(key, child, outermost, gathered)) todo.push(child);
        outermost = false;
      } else {
        readPart(key, child, gathered);
        todo.push(child);
      }
    }
  }
}

/** `selectStmt`, `viewQuery` and the like are fields, not nodes. */
const STATEMENT = /^[A-Z]/;

/** Notes a statement node. @returns whether what is inside is run as well */
function readNode(node: string, body: JsonValue, outermost: boolean, gathered: Gathered): boolean {
  const kind = kindOf(node);
  if (node === 'VariableSetStmt' && grantsBySet(body)) gathered.kinds.add('admin');
  else if (node === 'PrepareStmt' || node === 'DeclareCursorStmt') gathered.kinds.add(kind);
  else gathered.kinds.add(kind);
  if (!outermost && (kind === 'insert' || kind === 'update' || kind === 'delete' || kind === 'merge')) {
    gathered.note('data_modifying_cte', `\`${kind}\` stands inside another statement`);
  }
  if (kind === 'update' || kind === 'delete')
    gathered.where = worse(gathered.where, whereOf(field(body, 'whereClause')));
  if (node === 'CopyStmt') noteCopy(body, gathered);
  if (node === 'DoStmt') gathered.note('dynamic_sql', '`DO` runs a block of code');
  if (node !== 'ExplainStmt') return true;
  return runsPlan(field(body, 'options'));
}

const worse = (a: SqlStatement['where'], b: SqlStatement['where']): SqlStatement['where'] =>
  a === 'none' || b === 'none' ? 'none' : a === 'always' || b === 'always' ? 'always' : (a ?? b);

function whereOf(clause: JsonValue | undefined): SqlStatement['where'] {
  if (clause === undefined) return 'none';
  const constant = field(clause, 'A_Const');
  if (constant !== undefined) return field(constant, 'boolval') !== undefined ? 'always' : 'some';
  const expression = field(clause, 'A_Expr');
  if (textOf(field(expression, 'kind')) !== 'AEXPR_OP') return 'some';
  const left = field(field(expression, 'lexpr'), 'A_Const');
  const right = field(field(expression, 'rexpr'), 'A_Const');
  return left !== undefined && right !== undefined ? 'always' : 'some';
}

function noteCopy(body: JsonValue, gathered: Gathered): void {
  if (field(body, 'is_program') === true) gathered.note('program', '`COPY … PROGRAM` runs a command on the server');
  else if (field(body, 'filename') !== undefined)
    gathered.note('file_access', '`COPY` reads or writes a file of the server');
}

/** `EXPLAIN ANALYZE` runs the statement it explains, unless the option is switched off. */
function runsPlan(options: JsonValue | undefined): boolean {
  if (!Array.isArray(options)) return false;
  return options.some((option) => {
    const element = field(option, 'DefElem');
    if (!/^analy[sz]e$/i.test(textOf(field(element, 'defname')))) return false;
    const arg = field(element, 'arg');
    const value =
      nameIn(arg) || String(field(field(arg, 'Boolean'), 'boolval') ?? field(field(arg, 'Integer'), 'ival') ?? 'true');
    return !/^(?:false|off|0|no)$/i.test(value);
  });
}

const grantsBySet = (body: JsonValue): boolean =>
  /^(?:role|session_authorization|session_replication_role|default_transaction_read_only|transaction_read_only)$/i.test(
    textOf(field(body, 'name')),
  );

function readPart(key: string, child: JsonValue, gathered: Gathered): void {
  switch (key) {
    case 'RangeVar':
    case 'relation':
      return addTable(child, gathered);
    case 'FuncCall': {
      const names = field(child, 'funcname');
      if (!Array.isArray(names)) return;
      const parts = names.map(nameIn).map((name) => name.toLowerCase());
      if (parts[0] === 'pg_catalog' || parts[0] === 'public') parts.shift();
      return void gathered.functions.add(parts.join('.'));
    }
    case 'CommonTableExpr':
      return void gathered.defined.add(textOf(field(child, 'ctename')).toLowerCase());
    case 'intoClause':
      gathered.kinds.add('ddl');
      return gathered.note('select_into', '`INTO` makes a table of the result');
    default:
  }
}

function addTable(child: JsonValue, gathered: Gathered): void {
  const name = textOf(field(child, 'relname')).toLowerCase();
  if (name === '') return;
  const schema = textOf(field(child, 'schemaname')).toLowerCase();
  gathered.tables.add(schema === '' ? name : `${schema}.${name}`);
}
