import type { Polarity } from '../../core/argument-type.ts';
import type { Classifier } from '../classify.ts';
import { reject, rejectKey, type Draft, keysOf } from '../draft.ts';
import { isObject } from '../../core/json.ts';
import { plainLeaf, type Leaf } from '../leaf.ts';
import type { MatchDocument } from '../schema.ts';
import type { Path } from '../source.ts';
import { compileTarget } from '../target.ts';
import { compileArguments } from './arguments.ts';
import { compileContext } from './context.ts';
import { compilePrincipal } from './principal.ts';
import { compileResource } from './resource.ts';
import { compileAnnotations, compileClass, compileFinding } from './tool-facts.ts';
import { compileWhen } from './when.ts';

/** Compiles everything in `match` (or in one entry of `unless`) but the target names, cheap conditions first. */
export function compileMatch(
  match: MatchDocument,
  polarity: Polarity,
  path: Path,
  draft: Draft,
  classifier: Classifier,
): Leaf[] {
  checkFacts(match, polarity, path, draft);
  checkFilled(match, path, draft);
  const at = keysOf(path);
  const leaves: Leaf[] = [];
  if (match.class !== undefined) leaves.push(compileClass(match.class, polarity, `${at}.class`, classifier));
  if (match.annotations) leaves.push(...compileAnnotations(match.annotations, polarity, `${at}.annotations`));
  if (match.principal) leaves.push(...compilePrincipal(match.principal, polarity, `${at}.principal`));
  if (match.context) leaves.push(...compileContext(match.context, polarity, [...path, 'context'], draft));
  if (match.finding !== undefined) leaves.push(compileFinding(match.finding, polarity, `${at}.finding`));
  if (match.resource !== undefined) {
    const leaf = compileResource(match.resource, polarity, [...path, 'resource'], draft);
    if (leaf) leaves.push(leaf);
  }
  if (match.arguments) leaves.push(...compileArguments(match.arguments, polarity, [...path, 'arguments'], draft));
  if (match.when !== undefined) {
    const leaf = compileWhen(match.when, polarity, [...path, 'when'], draft);
    if (leaf) leaves.push(leaf);
  }
  return leaves;
}

/** The target names of an `unless` entry as a condition; null when it names none. */
export function targetLeaf(match: MatchDocument, polarity: Polarity, at: string): Leaf | null {
  const target = compileTarget(match);
  if (Object.keys(target.written).length === 0) return null;
  return plainLeaf(`${at}.target`, target.written, polarity, ({ question }) => target.test(question));
}

const METHODS: Readonly<Record<'tool' | 'prompt' | 'resource', readonly string[]>> = {
  tool: ['tools/call'],
  prompt: ['prompts/get', 'completion/complete'],
  resource: ['resources/read', 'resources/subscribe', 'resources/unsubscribe', 'completion/complete'],
};

const WITHOUT_ARGUMENTS =
  /^(?:ping|initialize|server\/discover|(?:tools|prompts|resources|resources\/templates)\/list)$/;

/** Facts that do not exist where the rule would read them, and hints where they would loosen. */
function checkFacts(match: MatchDocument, polarity: Polarity, path: Path, draft: Draft): void {
  const targets = (['tool', 'prompt', 'resource'] as const).filter((kind) => match[kind] !== undefined);
  const [kind, other] = targets;
  if (kind && other) {
    rejectKey(
      draft,
      path,
      other,
      `\`${kind}\` and \`${other}\` in one rule can never both hold`,
      'make two rules of it',
    );
  }
  for (const key of ['class', 'annotations'] as const) {
    if (match[key] !== undefined && kind && kind !== 'tool') {
      rejectKey(draft, path, key, `\`${key}\` is a fact of tools, and the rule is about a ${kind}`, 'remove it');
    }
  }
  if (match.annotations && polarity === 'permit') {
    rejectKey(
      draft,
      path,
      'annotations',
      'hints of a server may only tighten, and here they would let a call pass',
      'use `class` with `classes:` labels instead',
    );
  }
  const methods = match.method === undefined ? [] : [match.method].flat();
  checkMethods(
    methods,
    match,
    kind ?? (match.class !== undefined || match.annotations ? 'tool' : undefined),
    path,
    draft,
  );
}

/** Mappings of conditions; an empty one would hold for everybody, which nobody means who writes it. */
const GROUPS: readonly (readonly string[])[] = [
  ['principal'],
  ['principal', 'attributes'],
  ['principal', 'on_behalf_of'],
  ['principal', 'on_behalf_of', 'attributes'],
  ['context'],
  ['context', 'labels'],
  ['annotations'],
];

function checkFilled(match: MatchDocument, path: Path, draft: Draft): void {
  for (const group of GROUPS) {
    const written = group.reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), match);
    if (!isObject(written) || Object.keys(written).length > 0) continue;
    const key = group.at(-1) ?? '';
    const meant = key === 'on_behalf_of' ? 'write `true`, or conditions on whom it is for' : 'fill it in or remove it';
    rejectKey(draft, [...path, ...group.slice(0, -1)], key, `\`${key}\` states nothing`, meant);
  }
}

function checkMethods(
  methods: readonly string[],
  match: MatchDocument,
  kind: keyof typeof METHODS | undefined,
  path: Path,
  draft: Draft,
): void {
  for (const method of methods) {
    if (method.includes('*') || method.includes('?')) continue;
    if (kind && !METHODS[kind].includes(method)) {
      reject(
        draft,
        [...path, 'method'],
        `the method \`${method}\` has no ${kind} as its target`,
        `use ${METHODS[kind].map((one) => `\`${one}\``).join(' or ')}, or leave \`method\` out`,
      );
    }
    if (match.arguments && WITHOUT_ARGUMENTS.test(method)) {
      rejectKey(
        draft,
        path,
        'arguments',
        `\`arguments\` do not exist in \`${method}\``,
        'name a method that has arguments, such as `tools/call`',
      );
    }
  }
}
