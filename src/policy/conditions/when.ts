import type { Polarity } from '../../core/argument-type.ts';
import { Environment, ParseError, type ASTNode } from '@marcbachmann/cel-js';
import { isObject, type JsonValue } from '../../core/json.ts';
import { reject, type Draft, keysOf } from '../draft.ts';
import type { Facts } from '../facts.ts';
import { guarded, NO, UNKNOWN, YES, type Leaf } from '../leaf.ts';
import { PatternRejected } from '../pattern/compile-pattern.ts';
import type { PatternPool } from '../pattern/pattern-pool.ts';
import type { Path } from '../source.ts';
import { WallClock } from './time.ts';
import { HINTS, hintOf } from './tool-facts.ts';

/** Limits on one expression. `stepsMax` bounds nodes × elements ^ depth of loops, estimated before evaluation. */
export const WHEN_LIMITS = { nodesMax: 500, depthMax: 40, loopsMax: 2, stepsMax: 2_000_000 } as const;

/** `matches`, as it is named towards the library, whose own runs on a backtracking engine and cannot be replaced. */
const MATCHES = '_search';

const PRINCIPAL = { id: 'string', kind: 'string', groups: 'list<string>', roles: 'list<string>', attributes: 'map' };

function environment(patterns: PatternPool): Environment {
  return new Environment({
    limits: {
      maxAstNodes: WHEN_LIMITS.nodesMax,
      maxDepth: WHEN_LIMITS.depthMax,
      maxListElements: 500,
      maxMapEntries: 100,
      maxCallArguments: 8,
    },
  })
    .registerVariable('arguments', 'map')
    .registerVariable({ name: 'principal', schema: { ...PRINCIPAL, on_behalf_of: 'string' } })
    .registerVariable({
      name: 'context',
      schema: {
        gateway: 'string',
        server: 'string',
        method: 'string',
        target: 'string',
        key: 'string',
        authenticated_by: 'string',
        client: 'string',
        client_version: 'string',
        transport: 'string',
        revision: 'string',
        address: 'string',
        pin_state: 'string',
        labels: 'map',
        findings: 'list<string>',
        time: { hour: 'int', minute: 'int', day: 'string', date: 'string', epoch_ms: 'int' },
      },
    })
    .registerVariable({ name: 'annotations', schema: Object.fromEntries(HINTS.map((hint) => [hint, 'bool'])) })
    .registerFunction(`string.${MATCHES}(string): bool`, (text: string, pattern: string) =>
      patterns.get(pattern).test(text),
    );
}

const environments = new WeakMap<PatternPool, Environment>();

/** Compiles `when`: a CEL expression, type-checked now, evaluated under rule 7. */
export function compileWhen(text: string, polarity: Polarity, path: Path, draft: Draft): Leaf | null {
  const cel = environments.get(draft.patterns) ?? environment(draft.patterns);
  environments.set(draft.patterns, cel);
  let run;
  let reading;
  try {
    const first = cel.parse(text);
    const rewritten = rewriteMatches(text, first.ast, draft.patterns);
    run = cel.parse(rewritten);
    reading = readingOf(run.ast);
    const checked = run.check();
    if (!checked.valid) throw checked.error ?? new WhenRejected('the expression has no type');
    if (checked.type !== 'bool' && checked.type !== 'dyn')
      throw new WhenRejected(`the expression yields \`${checked.type ?? 'nothing'}\`, not true or false`);
  } catch (error) {
    if (!isExpected(error)) throw error;
    reject(draft, path, `the expression is not valid: ${firstLine(error)}`, mendOf(error));
    return null;
  }
  checkReading(reading, polarity, path, draft);
  const clock = new WallClock(draft.timezone);
  const expression = run;
  const { readsArguments, loops, nodes } = reading;
  const test: Leaf['test'] = (facts, note) => {
    if (facts.question.arguments === null && readsArguments) return UNKNOWN;
    if (loops > 0) boundSteps(facts, nodes, loops);
    const value: unknown = expression(contextOf(facts, clock));
    if (typeof value !== 'boolean') throw new WhenRejected('the expression did not yield true or false');
    if (note) note.why = `the expression is ${value}`;
    return value ? YES : NO;
  };
  return { at: keysOf(path), written: text, argument: null, views: null, test: guarded(polarity, test) };
}

class WhenRejected extends Error {
  override readonly name = 'WhenRejected';
}

function isExpected(error: unknown): error is Error {
  return (
    error instanceof WhenRejected ||
    error instanceof PatternRejected ||
    error instanceof ParseError ||
    (error instanceof Error && 'summary' in error)
  );
}

function firstLine(error: Error): string {
  return (error.message.split('\n')[0] ?? '').replace(/^./, (first) => first.toLowerCase());
}

function mendOf(error: Error): string {
  if (error instanceof PatternRejected) return error.mend;
  return 'compare `arguments`, `principal`, `context` or `annotations`, so that it yields true or false';
}

/** What an expression reads and how dear it can become. */
interface Reading {
  readonly readsArguments: boolean;
  readonly readsHints: boolean;
  /** Depth of nested `all`, `exists`, `map`, `filter`. */
  readonly loops: number;
  readonly nodes: number;
}

const LOOPS = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'existsOne', 'transformList', 'transformMap']);

function readingOf(root: ASTNode): Reading {
  const found = { readsArguments: false, readsHints: false, loops: 0, nodes: 0 };
  const visit = (node: ASTNode, depth: number): void => {
    found.nodes++;
    if (node.op === 'id' && node.args === 'arguments') found.readsArguments = true;
    // Findings on arguments are unknown while listing.
    if (node.op === '.' && node.args[1] === 'findings') found.readsArguments = true;
    if (node.op === 'id' && node.args === 'annotations') found.readsHints = true;
    const inner = node.op === 'rcall' && LOOPS.has(node.args[0]) ? depth + 1 : depth;
    found.loops = Math.max(found.loops, inner);
    for (const child of childrenOf(node.args)) visit(child, inner);
  };
  visit(root, 0);
  return found;
}

function childrenOf(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(childrenOf);
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : []; // nodes carry `op`
}

function checkReading(reading: Reading, polarity: Polarity, path: Path, draft: Draft): void {
  if (reading.readsHints && polarity === 'permit') {
    reject(
      draft,
      path,
      'hints of a server may only tighten, and here they would let a call pass',
      'use `class` with `classes:` labels instead',
    );
  }
  if (reading.loops > WHEN_LIMITS.loopsMax) {
    reject(draft, path, `the expression nests more than ${WHEN_LIMITS.loopsMax} loops`, 'split it into several rules');
  }
}

function boundSteps(facts: Facts, nodes: number, loops: number): void {
  const elements = countElements(facts.question.arguments ?? {}) + facts.question.caller.principal.groups.length + 1;
  if (nodes * elements ** loops > WHEN_LIMITS.stepsMax)
    throw new WhenRejected('the expression would take too many steps');
}

function countElements(value: JsonValue): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + 1 + countElements(item), 0);
  if (!isObject(value)) return 0;
  return Object.values(value).reduce<number>(
    (sum, item) => sum + 1 + (item === undefined ? 0 : countElements(item)),
    0,
  );
}

/** Renames `matches` in calls and vets its patterns, which must be literals: they are compiled now. */
function rewriteMatches(text: string, ast: ASTNode, patterns: PatternPool): string {
  let rewritten = text;
  const visit = (node: ASTNode): void => {
    if (node.op === 'call' && node.args[0] === 'matches')
      throw new WhenRejected('write `text.matches("pattern")`, not `matches(text, "pattern")`');
    if (node.op === 'rcall' && node.args[0] === 'matches') {
      const [, receiver, operands] = node.args;
      const pattern = operands[0];
      if (!pattern || pattern.op !== 'value' || typeof pattern.args !== 'string')
        throw new WhenRejected('the pattern of `matches` must be a literal text');
      patterns.get(pattern.args);
      const at = text.indexOf('matches', receiver.end);
      rewritten = rewritten.slice(0, at) + MATCHES + rewritten.slice(at + MATCHES.length);
    }
    if (node.op === 'rcall' && node.args[0] === MATCHES)
      throw new WhenRejected(`the function \`${MATCHES}\` is not known`);
    childrenOf(node.args).forEach(visit);
  };
  visit(ast);
  return rewritten;
}

/** The facts as CEL sees them; texts that do not exist are empty. Made once for each question. */
function contextOf(facts: Facts, clock: WallClock): object {
  const { question } = facts;
  const { caller, client, target } = question;
  const time = clock.read(question.nowMs);
  facts.expressionContext ??= {
    arguments: question.arguments ?? {},
    principal: { ...principalOf(caller.principal), on_behalf_of: caller.principal.onBehalfOf?.id ?? '' },
    annotations: Object.fromEntries(HINTS.map((hint) => [hint, hintOf(question, hint)])),
  };
  return {
    ...facts.expressionContext,
    context: {
      gateway: question.gateway,
      server: question.server ?? '',
      method: question.method,
      target: 'name' in target ? target.name : 'uri' in target ? target.uri : '',
      key: caller.keyId ?? '',
      authenticated_by: caller.authenticatedBy,
      client: client.name ?? '',
      client_version: client.version ?? '',
      transport: client.transport,
      revision: client.revision,
      address: client.address,
      pin_state: question.pinState,
      labels: question.environment,
      findings: question.findings.map((finding) => finding.code),
      time: {
        hour: BigInt(time.hour),
        minute: BigInt(time.minute),
        day: time.day,
        date: time.date,
        epoch_ms: BigInt(Math.trunc(question.nowMs)),
      },
    },
  };
}

function principalOf({
  id,
  kind,
  groups,
  roles,
  attributes,
}: {
  id: string;
  kind: string;
  groups: readonly string[];
  roles: readonly string[];
  attributes: object;
}): object {
  return { id, kind, groups, roles, attributes };
}
