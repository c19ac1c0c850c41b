import type { JsonValue } from '../core/json.ts';
import { compileNames, type NameMatcher } from './glob.ts';
import type { MatchDocument } from './schema.ts';
import type { Question } from './policy.ts';

/** What of a question says where it goes. */
export type Aim = Pick<Question, 'method' | 'server' | 'target'>;

/** The part of a rule that only reads the target, so that rules can be found by it. Resource URIs are judged apart. */
export interface TargetTest {
  /** What kind of target the rule names; null: any. */
  readonly kind: 'tool' | 'prompt' | 'resource' | null;
  /** Set when the rule names tools or prompts one by one. */
  readonly exact: readonly string[] | null;
  /** How the parts were written, for explanations: `tool`, `server`, `prompt`, `method`. */
  readonly written: Readonly<Record<string, JsonValue>>;
  test(question: Aim): boolean;
}

export function compileTarget(match: MatchDocument): TargetTest {
  const kind =
    match.tool !== undefined || match.class !== undefined || match.annotations
      ? 'tool'
      : match.prompt !== undefined
        ? 'prompt'
        : match.resource !== undefined
          ? 'resource'
          : null;
  const named = match.tool ?? match.prompt;
  const names = named === undefined ? null : compileNames(named);
  const server = match.server === undefined ? null : compileNames(match.server);
  const method = match.method === undefined ? null : compileNames(match.method);
  const written: Record<string, JsonValue> = {};
  for (const key of ['tool', 'prompt', 'server', 'method'] as const) {
    const value = match[key];
    if (value !== undefined) written[key] = value;
  }
  return {
    kind,
    exact: names?.exact ?? null,
    written,
    test: (question) => meets(question, kind, names, server, method),
  };
}

function meets(
  question: Aim,
  kind: TargetTest['kind'],
  names: NameMatcher | null,
  server: NameMatcher | null,
  method: NameMatcher | null,
): boolean {
  const { target } = question;
  if (kind !== null && target.kind !== kind) return false;
  if (names && !('name' in target && names.test(target.name))) return false;
  if (server && !(question.server !== null && server.test(question.server))) return false;
  return !method || method.test(question.method);
}
