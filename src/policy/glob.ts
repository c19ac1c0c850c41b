/** A name or glob, compiled: `*` is any run of characters, `?` one. Linear in the name, no pattern engine needed. */
export interface NameMatcher {
  /** Set when every entry is exact: the names themselves. */
  readonly exact: readonly string[] | null;
  test(name: string): boolean;
}

export function compileNames(names: string | readonly string[]): NameMatcher {
  const list = typeof names === 'string' ? [names] : names;
  const exact = new Set(list.filter((name) => !isGlob(name)));
  const globs = list.filter(isGlob);
  if (globs.length === 0) return { exact: [...exact], test: (name) => exact.has(name) };
  return { exact: null, test: (name) => exact.has(name) || globs.some((glob) => matchesGlob(glob, name)) };
}

export function isGlob(name: string): boolean {
  return name.includes('*') || name.includes('?');
}

/** Greedy with one fallback: at most `glob.length × text.length` steps. */
function matchesGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let resume = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      resume = t;
    } else if (glob[g] === '?' || glob[g] === text[t]) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++resume;
    } else return false;
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
