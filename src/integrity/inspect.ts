import type { Finding } from '../core/decision.ts';
import { own, type JsonObject } from '../core/json.ts';
import { examine, scoreOf, toFinding, verdictOf, type Around, type Verdict } from './descriptions/analyse.ts';
import type { Placed } from './descriptions/signal.ts';
import { shadows, talksAbout, TrustedNames } from './shadowing.ts';
import type { PinnedKind } from './ports.ts';

/** What is known around a definition when it is judged. */
export interface Neighbours {
  /** Names of tools of the same server. */
  readonly own: readonly string[];
  /** Names of tools of other servers that are trusted already. */
  readonly trusted: readonly string[];
  /** Whether the very name of a trusted tool is a finding of its own. */
  readonly strict: boolean;
}

/** Neighbours as the judges read them: prepared once for a whole list. */
export interface Context extends Around {
  readonly foreign: ReadonlySet<string>;
  readonly trusted: TrustedNames;
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

/** Prepares neighbours; linear in their number. */
export function contextOf({ own: ownNames, trusted, strict }: Neighbours): Context {
  const siblings = new Set(ownNames.map((name) => name.toLowerCase()));
  const lower = trusted.map((name) => name.toLowerCase());
  const foreign = new Set(lower.filter((name) => !siblings.has(name)));
  return { siblings, others: new Set([...siblings, ...lower]), foreign, trusted: new TrustedNames(trusted), strict };
}

const NO_CONTEXT = contextOf({ own: [], trusted: [], strict: false });

/**
 * Judges one definition: poisoned text, parameters outside its purpose, contradictions, names that shadow others.
 * Deterministic, no model, no network; about 0.11 ms per 1,500 characters.
 * @param name under which the definition is known; for the server itself empty
 */
export function inspectDefinition(
  kind: PinnedKind,
  name: string,
  body: JsonObject,
  context: Context = NO_CONTEXT,
): Inspection {
  const found: Placed[] = examine(kind, name, body, context);
  if (kind === 'tool') {
    found.push(...shadows(name, context.trusted, context.strict));
    const description = own(body, 'description');
    if (typeof description === 'string') found.push(...talksAbout(name, description, context.foreign));
  }
  const score = scoreOf(found);
  const findings = strongest(found).map(toFinding);
  return { verdict: verdictOf(score), score: Math.round(score * 1000) / 1000, findings };
}

/** Findings told per definition; more help nobody. */
const FINDINGS_MAX = 32;

function strongest(found: readonly Placed[]): Placed[] {
  return found
    .filter((p) => p.weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, FINDINGS_MAX);
}
