import { CST, isScalar, Lexer, parseAllDocuments, visit, type Document, type LineCounter } from 'yaml';

/** What the parser complains about, in its own words: code, message, and from where to where in the text. */
export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly pos: readonly [number, number];
}

/** Brackets and dashes that may be open at once. The library calls itself for each, and tries long when it cannot. */
const OPEN_MAX = 64;

/**
 * Parses all documents of a text, in time that grows with its length only.
 * @param lines learns where lines begin
 */
export function parseYaml(
  text: string,
  lines: LineCounter,
): { readonly documents: readonly Document.Parsed[]; readonly complaints: readonly Complaint[] } {
  const deep = tooDeepAt(text);
  if (deep !== null) {
    for (let start = 0; start <= deep; start = text.indexOf('\n', start) + 1 || Infinity) lines.addNewLine(start);
    // The library's own word for it.
    return { documents: [], complaints: [{ code: 'RESOURCE_EXHAUSTION', message: '', pos: [deep, deep + 1] }] };
  }
  // The library compares every key with every other one of its mapping.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false };
  const documents = [...parseAllDocuments(text, options)];
  const complaints: Complaint[] = documents.flatMap((each) => [...each.errors, ...each.warnings]);
  const repeated = documents.flatMap(repeatedKeys);
  if (repeated.length === 0) return { documents, complaints };
  return { documents, complaints: [...complaints, ...repeated].sort((a, b) => a.pos[0] - b.pos[0]) };
}

/** The keys that an earlier one of their mapping equals; as in the library, only scalars can, and by their values. */
function repeatedKeys(document: Document.Parsed): Complaint[] {
  const complaints: Complaint[] = [];
  visit(document, {
    Map(_key, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || Number.isNaN(key.value)) continue;
        const start = key.range?.[0] ?? 0;
        if (seen.has(key.value)) complaints.push({ code: 'DUPLICATE_KEY', message: '', pos: [start, start + 1] });
        seen.add(key.value);
      }
    },
  });
  return complaints;
}

/** Where the text opens more than `OPEN_MAX` collections; null when it does not. Indentation bounds itself. */
function tooDeepAt(text: string): number | null {
  let offset = 0;
  let brackets = 0;
  let dashes = 0;
  let isContent = false;
  for (const token of new Lexer().lex(text)) {
    const isMark = token === CST.SCALAR || token === CST.DOCUMENT || token === CST.FLOW_END;
    if (isMark && !isContent) {
      isContent = token === CST.SCALAR;
      if (token === CST.FLOW_END) brackets = 0;
      continue;
    }
    if (!isContent) {
      if (token === '[' || token === '{') brackets += 1;
      else if (token === ']' || token === '}') brackets = Math.max(brackets - 1, 0);
      else if (brackets === 0 && (token === '-' || token === '?')) dashes += 1;
      else if (token.includes('\n')) dashes = 0;
    }
    if (brackets + dashes > OPEN_MAX) return offset;
    isContent = false;
    offset += token.length;
  }
  return null;
}
