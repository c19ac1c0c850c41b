import type { Finding } from '../core/decision.ts';
import { own, type JsonObject } from '../core/json.ts';
import { examine, scoreOf, toFinding, verdictOf, type Around, type Verdict } from './descriptions/analyse.ts';
import type { Placed } from './descriptions/signal.ts';
import { shadows, talksAbout } from './shadowing.ts';
import type { PinnedKind } from './ports.ts';

/** What is known around a definition when it is judged. */
export interface Context {
  /** Names of tools of the same server. */
  readonly own: readonly string[];
  /** Names of tools of other servers that are trusted already. */
  readonly trusted: readonly string[];
  /** Whether the very name of a trusted tool is a finding of its own. */
  readonly strict: boolean;
}

/** What a definition amounts to. */
export interface Inspection {
  readonly verdict: Verdict;
  /** 0…1; `show` from 0.5, `block` from 0.7. */
  readonly score: number;
  /** Strongest first. */
  readonly findings: readonly Finding[];
}

export const NO_CONTEXT: Context = { own: [], trusted: [], strict: false };

/**
 * Judges one definition: poisoned text, parameters outside its purpose, contradictions, names that shadow others.
 * Deterministic, no model, no network; about 0.1 ms per 1,500 characters.
 * @param name under which the definition is known; for the server itself empty
 */
export function inspectDefinition(
  kind: PinnedKind,
  name: string,
  body: JsonObject,
  context: Context = NO_CONTEXT,
): Inspection {
  const found: Placed[] = examine(kind, name, body, aroundOf(context));
  if (kind === 'tool') {
    const description = own(body, 'description');
    const siblings = new Set(context.own.map((n) => n.toLowerCase()));
    const foreign = new Set(
      context.trusted.map((n) => n.toLowerCase()).filter((n) => !siblings.has(n) && n !== name.toLowerCase()),
    );
    found.push(...shadows(name, context.trusted, context.strict));
    if (typeof description === 'string') found.push(...talksAbout(description, foreign));
  }
  const score = scoreOf(found);
  const findings = strongest(found).map(toFinding);
  return { verdict: verdictOf(score), score: Math.round(score * 1000) / 1000, findings };
}

/** The names around a definition, folded as the reader of sentences wants them. */
export function aroundOf(context: Pick<Context, 'own' | 'trusted'>): Around {
  const siblings = new Set(context.own.map((n) => n.toLowerCase()));
  return { siblings, others: new Set([...siblings, ...context.trusted.map((n) => n.toLowerCase())]) };
}

/** Findings told per definition; more help nobody. */
const FINDINGS_MAX = 32;

function strongest(found: readonly Placed[]): Placed[] {
  return found
    .filter((p) => p.weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, FINDINGS_MAX);
}
