/** Limits of one reading. Text beyond any of them is reported as `unparsed`, never passed. */
export interface ShellLimits {
  /** Length of the text, UTF-16 code units. */
  readonly lengthMax: number;
  /** Openers of nested constructs (`$(`, backtick, `${`, `(`, `{`, `<(`, here-documents) in one script. */
  readonly openersMax: number;
  /** Words, operators, double quotes and dollar signs in one script; words are counted as runs of blanks. */
  readonly piecesMax: number;
  /** Scripts within scripts: `bash -c "bash -c …"`. */
  readonly nestingMax: number;
  /** Commands named in one reading, wrappers and nested scripts included. */
  readonly commandsMax: number;
  /** Characters of nested scripts read in one reading, added up. */
  readonly nestedLengthMax: number;
}

export const SHELL_LIMITS: ShellLimits = {
  lengthMax: 32_768,
  openersMax: 48,
  piecesMax: 4_096,
  nestingMax: 12,
  commandsMax: 512,
  nestedLengthMax: 49_152,
};

/**
 * Says which limit a script breaks, before any parser sees it. One pass, no allocation: the parser's cost grows
 * faster than linearly with nesting, so openers are counted, not matched.
 */
export function breaksLimit(text: string, limits: ShellLimits): keyof ShellLimits | null {
  if (text.length > limits.lengthMax) return 'lengthMax';
  let openers = 0;
  let pieces = 0;
  let inRun = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (opens(c, text, i)) openers++;
    if (c === 34 || c === 36) pieces++;
    const separates = c <= 32 || c === 59 || c === 38 || c === 124 || c === 60 || c === 62;
    if (!separates) inRun = false;
    else if (!inRun || c > 32) {
      pieces++;
      inRun = true;
    }
  }
  if (openers > limits.openersMax) return 'openersMax';
  return pieces > limits.piecesMax ? 'piecesMax' : null;
}

function opens(c: number, text: string, i: number): boolean {
  if (c === 40) return true;
  if (c === 96) return true;
  if (c === 123) return true;
  return c === 60 && text.charCodeAt(i + 1) === 60 && text.charCodeAt(i + 2) !== 60;
}
