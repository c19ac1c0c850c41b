import type { Client, Target } from '../core/call.ts';
import type { Decision, Finding, Watching } from '../core/decision.ts';
import type { Definition, PinState } from '../core/definition.ts';
import type { JsonObject } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import type { RuledArgument } from './declared-types.ts';

/**
 * The door of policy. Enters: the text of policy files once (`load.ts`), then one question per call or list entry.
 * Leaves: a decision with its obligations, or an explanation. Never here: time, network or randomness of its own, a
 * pattern that backtracks, an error that permits, or an answer that depends on the order of rules.
 */

/** Everything a rule may read about one call (XACML: the request context). */
export interface Question {
  readonly gateway: string;
  readonly method: string;
  /** Upstream name; null for methods that the gateway answers itself. */
  readonly server: string | null;
  /** Under the upstream's own name. */
  readonly target: Target;
  /** null while listing: unknown, not empty. */
  readonly arguments: JsonObject | null;
  readonly definition: Definition | null;
  /** Whether the hints of the definition are belied by its name or text: then the worst case is assumed. */
  readonly hintsContradicted?: boolean;
  readonly pinState: PinState;
  readonly caller: Caller;
  readonly client: Client;
  readonly nowMs: number;
  /** Labels of the deployment, such as `{ env: 'staging' }`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  /** How many calls that `watch` covers passed before this one within its scope and window; absent: not known. */
  readonly history?: (watch: Watching) => number;
  /** Declared roots of the upstream. */
  readonly roots: readonly string[];
}

/** A loaded policy: immutable, compiled once, shared by all calls that entered with it. */
export interface Policy {
  /** SHA-256 over the canonical form of all its files. */
  readonly hash: string;
  decide(question: Question): Decision;
  /** Whether the target may show in a list: `deny` only if no arguments could be allowed. */
  listing(question: Question): 'deny' | 'maybe';
  /** @param decision what `decide` said of the same question, when it was asked already */
  explain(question: Question, decision?: Decision): JsonObject;
  /** Which arguments of a tool its rules read as a guard's type; what guards are prepared with. */
  declaredTypes(server: string | null, tool: string): readonly RuledArgument[];
  /** What was noticed while loading, one line each. */
  readonly notes: readonly string[];
}
