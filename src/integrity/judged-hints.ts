import type { JsonObject } from '../core/json.ts';
import { declaredHints, WORST_HINTS, type Hints } from './annotations.ts';
import { contradictions } from './descriptions/contradiction.ts';
import type { PinnedKind } from './ports.ts';

/** Hints as a policy may believe them. */
export interface JudgedHints extends Hints {
  /** Name, description or schema belie what the annotations say: then all four are the worst case. */
  readonly contradicted: boolean;
}

const HONEST_WORST: JudgedHints = { ...WORST_HINTS, contradicted: false };
const BELIED: JudgedHints = { ...WORST_HINTS, contradicted: true };

/** From this weight on a contradiction is more than a coincidence of words. */
const CONTRADICTED_FROM = 0.3;

/** The declared hints, unless name or text of the tool says otherwise. */
export function judgedHints(kind: PinnedKind, name: string, body: JsonObject): JudgedHints {
  if (kind !== 'tool') return HONEST_WORST;
  const hints = declaredHints(body);
  if (!hints.readOnly && hints.destructive) return { ...hints, contradicted: false };
  const belied = contradictions(name, body).some(({ weight }) => weight >= CONTRADICTED_FROM);
  return belied ? BELIED : { ...hints, contradicted: false };
}
