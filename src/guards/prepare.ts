/**
 * The door of the guards. In: a pinned definition and what is declared of its upstream, once; then the arguments of
 * each call. Out: findings, which policy turns into a decision. Must never happen here: a decision, a throw on bad
 * input, or work that does not depend on the arguments being done again for every call.
 */
import type { Finding } from '../core/decision.ts';
import type { Definition } from '../core/definition.ts';
import { isObject, own } from '../core/json.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { HEADER_ARGUMENT, judgeHeaders } from './headers.ts';
import { NO_FINDINGS } from './guard.ts';
import type { Guard, Surroundings } from './guard.ts';
import { guardNamed } from './guards.ts';
import { prepareSchema } from './schema/prepare.ts';
import { textInspector } from './secret/inspect.ts';
import type { InspectText } from './secret/inspect.ts';
import { SECRET_CLASSES } from './secret/type.ts';
import type { SchemaCheck } from './schema/prepare.ts';
import { shapeOf } from './shape.ts';
import { typeArguments } from './typing.ts';
import type { DeclaredType, TypedArgument } from './typing.ts';

export interface GuardOptions {
  /** Declared roots of the upstream, absolute. Pass the same array for the same upstream: guards memo on it. */
  readonly roots: readonly string[];
  /** Types that rules or the configuration give to arguments of this tool. */
  readonly declared: readonly DeclaredType[];
  /** Looks at every string, typed or not. Default: for credentials of every kind; null for nothing. */
  readonly inspectText?: InspectText | null;
}

/** What is prepared for one definition under one configuration. Immutable; shared by all calls. */
export interface PreparedGuards {
  /** Which argument is read as what and why, for `policy check` and the tool preview. */
  readonly typed: readonly TypedArgument[];
  /** What was noticed of the definition; one line each. */
  readonly notes: readonly string[];
  /** Never throws. At most `FINDINGS_MAX` findings, and beyond them the first of every further code. */
  inspect(args: JsonObject): readonly Finding[];
}

export const FINDINGS_MAX = 50;

/**
 * Characters of commands and statements that are parsed in one call, all together: four times what one may have.
 * Parsing them costs up to some microseconds a character, and a call can hold any number of them.
 */
export const PARSED_CHARS_MAX = 131_072;
const PARSED: ReadonlySet<string> = new Set(['shell', 'sql']);

const credentials = textInspector({ classes: new Set(SECRET_CLASSES) });

/** @param definition null where MCP has none: arguments are then judged by their look alone */
export function prepareGuards(definition: Definition | null, options: GuardOptions): PreparedGuards {
  const schema = definition?.kind === 'tool' ? prepareSchema(own(definition.body, 'inputSchema')) : null;
  const typed = typeArguments(definition, options.declared);
  return new Prepared(schema, typed, options);
}

/** One step of the arguments' tree: what stands at this place, and below it. */
interface Node {
  readonly children: Map<string, Node>;
  items: Node | null;
  guard: Guard | null;
  surroundings: Surroundings | null;
  /** True when the operator said that this is plain text. */
  plain: boolean;
}

class Prepared implements PreparedGuards {
  readonly typed: readonly TypedArgument[];
  readonly notes: readonly string[];
  readonly #schema: SchemaCheck | null;
  readonly #inspectText: InspectText | null;
  readonly #root: Node;
  readonly #guessed: Surroundings;

  constructor(schema: SchemaCheck | null, typed: readonly TypedArgument[], options: GuardOptions) {
    this.typed = typed;
    this.notes = schema?.notes ?? [];
    this.#schema = schema;
    this.#inspectText = options.inspectText === undefined ? credentials : options.inspectText;
    this.#guessed = { at: '', roots: options.roots, tuning: {}, guessed: true };
    this.#root = plant(typed, options.roots);
  }

  inspect(args: JsonObject): readonly Finding[] {
    const invalid = this.#schema === null ? NO_FINDINGS : this.#schema.check(args);
    const found = new Found();
    this.#object(args, this.#root, '', found);
    return found.list.length === 0 ? invalid : [...invalid, ...found.list];
  }

  #value(value: JsonValue | undefined, node: Node | undefined, at: string, found: Found): void {
    if (typeof value === 'string') this.#text(value, node, at, found);
    else if (Array.isArray(value)) this.#list(value, node, at, found);
    else if (isObject(value)) this.#object(value, node, at, found);
  }

  #object(value: JsonObject, node: Node | undefined, at: string, found: Found): void {
    for (const key of Object.keys(value)) {
      const below = at === '' ? key : `${at}.${key}`;
      const child = value[key];
      if (child !== undefined && HEADER_ARGUMENT.test(key)) found.place(judgeHeaders(child, below), below);
      this.#value(child, node?.children.get(key) ?? node?.children.get('*'), below, found);
    }
  }

  #list(value: readonly JsonValue[], node: Node | undefined, at: string, found: Found): void {
    for (let i = 0; i < value.length; i++) {
      this.#value(value[i], node?.items ?? node, `${at}[${i}]`, found);
    }
  }

  #text(value: string, node: Node | undefined, at: string, found: Found): void {
    if (node?.guard && node.surroundings) this.#judge(node.guard, value, node.surroundings, at, found);
    else if (node?.plain !== true) this.#shaped(value, at, found);
    if (this.#inspectText) found.place(this.#inspectText(value, at), at);
  }

  #shaped(value: string, at: string, found: Found): void {
    const shape = shapeOf(value);
    const guard = shape === null ? null : guardNamed(shape);
    if (guard !== null) this.#judge(guard, value, this.#guessed, at, found);
  }

  #judge(guard: Guard, value: string, surroundings: Surroundings, at: string, found: Found): void {
    if (PARSED.has(guard.name) && (found.parsedChars += value.length) > PARSED_CHARS_MAX) {
      found.place([unparsed(guard.name, at)], at);
    } else found.place(guard.judge(value, surroundings), at);
  }
}

/**
 * What was found. Rules name findings by their codes: however many of one code there are, one of every code is kept,
 * so that nothing that denies can be crowded out by what a rule lets pass.
 */
class Found {
  readonly list: Finding[] = [];
  /** Of the texts that were or should have been parsed. */
  parsedChars = 0;

  /** Guards see the place in the schema; findings name the place in the call. */
  place(findings: readonly Finding[], at: string): void {
    for (const finding of findings) {
      if (this.list.length >= FINDINGS_MAX && this.list.some(({ code }) => code === finding.code)) continue;
      this.list.push(finding.at === at ? finding : { ...finding, at });
    }
  }
}

function unparsed(type: string, at: string): Finding {
  const why = `the call has more commands and statements than are parsed in one (${PARSED_CHARS_MAX} characters)`;
  return { code: `${type}.unparsed`, by: type, at, why, legal: 'the same in several calls', locked: false };
}

function plant(typed: readonly TypedArgument[], roots: readonly string[]): Node {
  const root = emptyNode();
  for (const entry of typed) {
    const node = reach(root, entry.argument);
    node.guard = entry.type === null ? null : guardNamed(entry.type);
    node.plain = entry.type === null && entry.source === 'declared';
    node.surroundings = { at: entry.argument, roots, tuning: entry.tuning, guessed: !entry.certain };
  }
  return root;
}

function emptyNode(): Node {
  return { children: new Map(), items: null, guard: null, surroundings: null, plain: false };
}

/** The node of `files[*].path`. */
function reach(root: Node, argument: string): Node {
  let node = root;
  for (const step of argument.split(/\.|(?=\[)/)) {
    if (step.startsWith('[')) node = node.items ??= emptyNode();
    else node = child(node, step);
  }
  return node;
}

function child(node: Node, name: string): Node {
  const known = node.children.get(name) ?? emptyNode();
  node.children.set(name, known);
  return known;
}
