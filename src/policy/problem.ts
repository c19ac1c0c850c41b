/** Something wrong with a policy file: where, what, and what to do about it. */
export interface Problem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** The offending words as written, shortened to one line. */
  readonly words: string;
  /** What is wrong: one clause, lower case, input in backticks. */
  readonly what: string;
  /** What to do: one clause in the imperative. */
  readonly mend: string;
}

/** One line for people: `policies.yaml:7:5: unknown key `acton`; write `action``. */
export function describeProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column}: ${problem.what}; ${problem.mend}`;
}

/** Words of other products and of plain speech for keys of this language. */
const SYNONYMS: Readonly<Record<string, string>> = {
  rules: 'policies',
  tz: 'timezone',
  to: 'until',
  start: 'from',
  ip: 'address',
  effect: 'action',
  result: 'action',
  outcome: 'action',
  decision: 'action',
  args: 'arguments',
  params: 'arguments',
  message: 'error',
  user: 'id',
  timeout: 'timeout_minutes',
  group: 'groups_any',
  groups: 'groups_any',
  role: 'roles_any',
  roles: 'roles_any',
  environment: 'env',
  regexp: 'pattern',
  regex: 'pattern',
  quorum: 'min_approvals',
  window: 'window_seconds',
  limit: 'max_calls',
  maximum: 'max',
  minimum: 'min',
  expression: 'when',
  condition: 'when',
  conditions: 'match',
  uri: 'resource',
  except: 'unless',
  below: 'under',
  inside: 'under',
  outside: 'not_under',
  enabled: 'mode',
};

/** The known word closest to a misspelt one, or null when none is close enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase().replaceAll('-', '_');
  const synonym = Object.hasOwn(SYNONYMS, wanted) ? SYNONYMS[wanted] : undefined;
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Optimal string alignment distance, given up (as `limit`) once it cannot stay below `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? limit;
}

/** The words of a list as people read them: "`a`, `b` or `c`". */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
