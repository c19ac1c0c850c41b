/**
 * Which argument is read as what. In: a pinned definition, and what the operator declared. Out: one entry per string
 * that the schema names, with the reason, so that it can be shown and corrected in one line.
 * Order: declared by the operator; `format` of the schema; name; description. The look of a value comes last, at call
 * time (`shape.ts`), and only for strings that nothing else typed.
 */
import type { Definition } from '../core/definition.ts';
import { isObject, own } from '../core/json.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { resolvePointer } from './schema/pointer.ts';
import { FORMAT_TYPES, LABELS, NAME_RULES, NOT_A_PATH, SQL_PRODUCTS, wordsIn, type NameRule } from './typing-table.ts';

/** What the operator says of one argument, in a rule or in the configuration. */
export interface DeclaredType {
  /** `path`, `files[*].path`. */
  readonly argument: string;
  /** Name of a guard, or `string` for plain text that only its schema and secrets are checked of. */
  readonly type: string;
  readonly tuning: Readonly<Record<string, JsonValue>>;
}

export interface TypedArgument {
  readonly argument: string;
  /** null: plain text. */
  readonly type: string | null;
  readonly source: 'declared' | 'format' | 'name' | 'description' | 'none';
  /** False when the words only suggest it: a value is then read so if it looks so itself. */
  readonly certain: boolean;
  /** For people: "`path` is read as a path, because of its name". */
  readonly reason: string;
  readonly tuning: Readonly<Record<string, JsonValue>>;
}

const TYPED_ARGUMENTS_MAX = 200;
const DEPTH_MAX = 6;

/** @returns in the order of the schema; at most `TYPED_ARGUMENTS_MAX` */
export function typeArguments(
  definition: Definition | null,
  declared: readonly DeclaredType[],
): readonly TypedArgument[] {
  const typed = new Map<string, TypedArgument>();
  for (const entry of declared) typed.set(entry.argument, fromDeclared(entry));
  const schema = definition === null ? undefined : own(definition.body, 'inputSchema');
  if (definition !== null && isObject(schema)) new Walk(definition, schema, typed).visit(schema, '', '', 0);
  return [...typed.values()];
}

function fromDeclared({ argument, type, tuning }: DeclaredType): TypedArgument {
  const reason = `\`${argument}\` is read as ${type}, as declared`;
  return { argument, type: type === 'string' ? null : type, source: 'declared', certain: true, reason, tuning };
}

class Walk {
  readonly #typed: Map<string, TypedArgument>;
  readonly #root: JsonObject;
  /** Words of the tool itself: its name, title and description. */
  readonly #about: ReadonlySet<string>;
  readonly #named: readonly string[];

  constructor(definition: Definition, root: JsonObject, typed: Map<string, TypedArgument>) {
    this.#typed = typed;
    this.#root = root;
    this.#named = wordsIn(definition.name);
    const texts = [definition.name, own(definition.body, 'title'), own(definition.body, 'description')];
    this.#about = new Set(texts.flatMap((text) => (typeof text === 'string' ? wordsIn(text) : [])));
  }

  visit(schema: JsonObject, path: string, name: string, depth: number): void {
    if (depth > DEPTH_MAX || this.#typed.size >= TYPED_ARGUMENTS_MAX) return;
    const properties = own(schema, 'properties');
    if (isObject(properties)) {
      for (const [key, child] of Object.entries(properties)) {
        if (isObject(child)) this.visit(child, path === '' ? key : `${path}.${key}`, key, depth + 1);
      }
    }
    const items = own(schema, 'items');
    if (isObject(items)) this.visit(items, `${path}[*]`, name, depth + 1);
    for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
      const parts = own(schema, keyword);
      if (Array.isArray(parts)) for (const part of parts) if (isObject(part)) this.visit(part, path, name, depth + 1);
    }
    const target = this.#referred(schema);
    if (target !== null) this.visit(target, path, name, depth + 1);
    if (path !== '' && !this.#typed.has(path) && mayBeString(schema))
      this.#typed.set(path, this.#type(schema, path, name));
  }

  #referred(schema: JsonObject): JsonObject | null {
    const reference = own(schema, '$ref');
    const target =
      typeof reference === 'string' && reference.startsWith('#') ? resolvePointer(this.#root, reference) : undefined;
    return isObject(target) ? target : null;
  }

  #type(schema: JsonObject, argument: string, name: string): TypedArgument {
    const format = own(schema, 'format');
    const byFormat = typeof format === 'string' ? FORMAT_TYPES.get(format) : undefined;
    if (byFormat !== undefined) {
      return typed(argument, byFormat, 'format', `because its format is \`${String(format)}\``);
    }
    if (isClosed(schema)) return typed(argument, null, 'none', '');
    return this.#typeByWords(schema, argument, name);
  }

  #typeByWords(schema: JsonObject, argument: string, name: string): TypedArgument {
    const words = wordsIn(name);
    const description = own(schema, 'description');
    const described = typeof description === 'string' ? description.slice(0, 400).toLowerCase() : '';
    for (const rule of NAME_RULES) {
      if (rule.excluded?.test(name) === true || this.#named.some((word) => rule.unless?.has(word) === true)) continue;
      if (rule.names.has(words.at(-1) ?? '') && (rule.type !== 'path' || !NOT_A_PATH.has(words.at(-2) ?? ''))) {
        if (rule.about === null || rule.about.some((word) => this.#about.has(word)) || rule.described.test(described)) {
          if (this.#speaksOf(rule, words, described)) return typed(argument, rule.type, 'name', 'because of its name');
          return suggested(argument, rule.type);
        }
      }
    }
    const label = LABELS.has(words.at(-1) ?? '');
    const rule = label ? undefined : NAME_RULES.find(({ described: pattern }) => pattern.test(described));
    return rule === undefined
      ? typed(argument, null, 'none', '')
      : typed(argument, rule.type, 'description', 'because of its description');
  }

  /** Whether the tool says that it takes SQL, not only that it asks a database. */
  #speaksOf(rule: NameRule, words: readonly string[], described: string): boolean {
    if (rule.type !== 'sql' || words.at(-1) === 'sql' || this.#about.has('sql')) return true;
    return rule.described.test(described) || this.#named.some((word) => SQL_PRODUCTS.has(word));
  }
}

/** `query` of a database tool may as well be a question in plain words, to be read only if it looks like SQL. */
function suggested(argument: string, type: string): TypedArgument {
  const reason = `\`${argument}\` is read as ${type} where it looks like it, because of its name`;
  return { argument, type, source: 'name', certain: false, reason, tuning: {} };
}

function typed(argument: string, type: string | null, source: TypedArgument['source'], because: string): TypedArgument {
  const reason =
    type === null ? `\`${argument}\` is read as plain text` : `\`${argument}\` is read as ${type}, ${because}`;
  return { argument, type, source, certain: true, reason, tuning: {} };
}

function mayBeString(schema: JsonObject): boolean {
  const type = own(schema, 'type');
  if (type === undefined)
    return !['properties', 'items', '$ref', 'anyOf', 'oneOf', 'allOf'].some((keyword) =>
      Object.hasOwn(schema, keyword),
    );
  return type === 'string' || (Array.isArray(type) && type.includes('string'));
}

/** A value from a fixed list needs no reading. */
function isClosed(schema: JsonObject): boolean {
  return Object.hasOwn(schema, 'enum') || Object.hasOwn(schema, 'const') || Object.hasOwn(schema, 'contentEncoding');
}
