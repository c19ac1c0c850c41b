/** Something wrong with a configuration: where, what, and what to do about it. */
export interface Problem {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** What is wrong: one clause, lower case, input in backticks. */
  readonly what: string;
  /** What to do: one clause in the imperative. */
  readonly mend: string;
}

/** One line for people: ``veto.yaml:7:5: unknown key `upstream` in `default`; write `upstreams` ``. */
export function describeProblem({ file, line, column, what, mend }: Problem): string {
  return `${file}:${line}:${column}: ${what}; ${mend}`;
}

/** The known word closest to a misspelt one, or null when none is close enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | null {
  const wanted = word.toLowerCase().replaceAll('-', '_');
  const distances = known.map((candidate) => ({ candidate, distance: distance(wanted, candidate.toLowerCase()) }));
  const close = distances.filter((each) => each.distance <= Math.max(1, Math.floor(wanted.length / 3)));
  const begun = wanted.length >= BEGINNING_MIN ? known.filter((candidate) => candidate.startsWith(wanted)) : [];
  return (
    close.sort((a, b) => a.distance - b.distance)[0]?.candidate ?? (begun.length === 1 ? (begun[0] ?? null) : null)
  );
}

const WORD_LENGTH_MAX = 80;
const BEGINNING_MIN = 3;

/** Edits between two words, a swap of neighbours counted as one (optimal string alignment). */
function distance(a: string, b: string): number {
  if (a.length > WORD_LENGTH_MAX || b.length > WORD_LENGTH_MAX) return Infinity;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const above = rows[i - 1] ?? [];
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? (rows[i - 2]?.[j - 2] ?? 0) + 1 : Infinity;
      row.push(Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, change, swap));
    }
    rows.push(row);
  }
  return rows[a.length]?.[b.length] ?? Infinity;
}

/** The words of a list as people read them: "`a`, `b` or `c`". */
export function oneOf(words: readonly string[]): string {
  const quoted = words.map((word) => `\`${word}\``);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
}
