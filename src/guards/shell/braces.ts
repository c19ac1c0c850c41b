/**
 * Brace expansion of a word's source text, as bash does it before anything else.
 * @returns the words, or null when there would be more than `wordsMax`
 */
export function expandBraces(text: string, wordsMax: number): string[] | null {
  let done = [''];
  let i = 0;
  while (i < text.length) {
    const step = pieceAt(text, i, wordsMax);
    if (step === null) return null;
    if (done.length * step.options.length > wordsMax) return null;
    const next: string[] = [];
    for (const head of done) for (const option of step.options) next.push(head + option);
    done = next;
    i = step.end;
  }
  return done;
}

interface Piece {
  readonly options: readonly string[];
  readonly end: number;
}

function pieceAt(text: string, start: number, wordsMax: number): Piece | null {
  const c = text[start] ?? '';
  if (c === '\\') return { options: [text.slice(start, start + 2)], end: start + 2 };
  if (c === "'" || c === '"') {
    const end = closingQuote(text, start);
    return { options: [text.slice(start, end)], end };
  }
  if (c === '$' && text[start + 1] === '{') {
    const end = text.indexOf('}', start) + 1;
    return { options: [text.slice(start, end || text.length)], end: end || text.length };
  }
  if (c !== '{') return { options: [c], end: start + 1 };
  const cuts = cutsOf(text, start);
  if (cuts === null) return { options: ['{'], end: start + 1 };
  const end = (cuts[cuts.length - 1] ?? start) + 1;
  if (cuts.length === 2) {
    const range = rangeOf(text.slice(start + 1, end - 1), wordsMax);
    return { options: range ?? [text.slice(start, end)], end };
  }
  const options: string[] = [];
  for (let k = 0; k + 1 < cuts.length; k++) {
    const inner = expandBraces(text.slice((cuts[k] ?? 0) + 1, cuts[k + 1]), wordsMax);
    if (inner === null || options.length + inner.length > wordsMax) return null;
    options.push(...inner);
  }
  return { options, end };
}

function closingQuote(text: string, start: number): number {
  const quote = text[start];
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i++;
    else if (text[i] === quote) return i + 1;
  }
  return text.length;
}

/** Positions of the brace, its top-level commas and its end; null when it does not close. */
function cutsOf(text: string, start: number): number[] | null {
  const cuts = [start];
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    const c = text[i];
    if (c === '\\') i++;
    else if (c === "'" || c === '"') i = closingQuote(text, i) - 1;
    else if (c === '{') depth++;
    else if (c === ',' && depth === 1) cuts.push(i);
    else if (c === '}' && --depth === 0) {
      cuts.push(i);
      return cuts;
    }
  }
  return null;
}

function rangeOf(body: string, wordsMax: number): string[] | null {
  const [from, to, by] = body.split('..');
  if (from === undefined || to === undefined) return null;
  const step = Math.max(1, Math.abs(Number(by ?? 1)) || 1);
  const letters = /^[a-z]$/i.test(from) && /^[a-z]$/i.test(to);
  const start = letters ? from.charCodeAt(0) : Number(from);
  const end = letters ? to.charCodeAt(0) : Number(to);
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) return null;
  const count = Math.floor(Math.abs(end - start) / step) + 1;
  if (count > wordsMax) return null;
  const sign = end < start ? -step : step;
  return Array.from({ length: count }, (_, k) => {
    const value = start + k * sign;
    return letters ? String.fromCharCode(value) : String(value);
  });
}
