import { isUtf8 } from 'node:buffer';
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node } from 'yaml';
import { isObject, type JsonObject } from '../core/json.ts';
import { parseYaml, type Complaint } from '../policy/parse-yaml.ts';
import { plainValue, type RefuseKey } from '../policy/yaml-tree.ts';
import type { Problem } from './problem.ts';

/** Limits on the file itself, applied before anything interprets it. */
const DOCUMENT_LIMITS = { fileBytesMax: 1_048_576, depthMax: 32, aliasesMax: 100 } as const;

export type Path = readonly (string | number)[];

/** A configuration file that was read, with the way back from a place in its value to a place in its text. */
export interface ConfigDocument {
  readonly file: string;
  readonly value: JsonObject;
  /** A problem at the value of `path`, or at its deepest ancestor that was written. */
  problem(path: Path, what: string, mend: string): Problem;
  /** A problem at the last key of `path` rather than at its value. */
  problemAtKey(path: Path, what: string, mend: string): Problem;
  /** Line of the value at `path`, counted from 1; null when it was not written. */
  lineOf(path: Path): number | null;
}

export type ReadDocument =
  | { readonly ok: true; readonly document: ConfigDocument }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads strict YAML 1.2: one mapping in one document, UTF-8, no unknown tags, bounded in size, depth and aliases.
 * @param bytes the file as found; text where it was made in memory
 */
export function readDocument(file: string, bytes: Uint8Array | string): ReadDocument {
  const refused = refuseBytes(file, bytes);
  if (refused) return { ok: false, problems: [refused] };
  const text = (typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes)).replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  const { documents, complaints } = parseYaml(text, lines);
  const at = placer(file, lines);
  if (complaints.length > 0) return { ok: false, problems: complaints.map((each) => syntaxProblem(each, at)) };
  const [first, second] = documents;
  if (second) {
    return { ok: false, problems: [at(second.range[0], 'the file holds a second YAML document', 'keep one')] };
  }
  const root = first?.contents ?? null;
  if (root === null || isBlank(root)) return { ok: true, document: documentOf(file, {}, null, at, lines) };
  const { value, snags } = plainValue(root, DOCUMENT_LIMITS, refuseKey);
  if (snags.length > 0) return { ok: false, problems: snags.map(({ offset, what, mend }) => at(offset, what, mend)) };
  if (isObject(value)) return { ok: true, document: documentOf(file, value, root, at, lines) };
  return {
    ok: false,
    problems: [at(root.range[0], 'the file is not a mapping', 'write keys such as `upstreams:`')],
  };
}

type At = (offset: number, what: string, mend: string) => Problem;

function placer(file: string, lines: LineCounter): At {
  return (offset, what, mend) => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), what, mend };
  };
}

function isBlank(node: Node): boolean {
  return isScalar(node) && node.value === null;
}

function refuseBytes(file: string, bytes: Uint8Array | string): Problem | null {
  const start = { file, line: 1, column: 1 };
  const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
  if (size > DOCUMENT_LIMITS.fileBytesMax) {
    const what = `the file has ${size} bytes, more than ${DOCUMENT_LIMITS.fileBytesMax}`;
    return { ...start, what, mend: 'move the policies into files of their own' };
  }
  if (typeof bytes !== 'string' && !isUtf8(bytes)) {
    return { ...start, what: 'the file is not valid UTF-8', mend: 'save it as UTF-8' };
  }
  const hasNul = typeof bytes === 'string' ? bytes.includes('\0') : bytes.includes(0);
  return hasNul ? { ...start, what: 'the file holds a NUL byte', mend: 'save it as UTF-8 text' } : null;
}

const SYNTAX: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  DUPLICATE_KEY: ['a mapping names the same key twice', 'keep one of them'],
  TAB_AS_INDENT: ['a tab is used as indentation', 'indent with spaces'],
  BAD_INDENT: ['the indentation does not line up', 'indent the keys of one mapping by the same number of spaces'],
  MISSING_CHAR: ['a closing character or a separator is missing', 'close the quote, bracket or brace, or add the `:`'],
  UNEXPECTED_TOKEN: ['this is not expected here', 'check quotes, brackets and indentation before this place'],
  BAD_ALIAS: ['an alias has no anchor', 'define the anchor (`&name`) before its alias (`*name`)'],
  TAG_RESOLVE_FAILED: ['a tag is not known', 'remove the tag (`!…`)'],
  MULTILINE_IMPLICIT_KEY: ['a key runs over several lines', 'write the key on one line, followed by `:`'],
  BLOCK_AS_IMPLICIT_KEY: ['a mapping starts inside a value', 'quote the value, or put the mapping on its own lines'],
  BAD_DQ_ESCAPE: ['an escape in double quotes is not known to YAML', 'use single quotes, or double the backslash'],
  RESOURCE_EXHAUSTION: [`the file nests deeper than ${DOCUMENT_LIMITS.depthMax} levels`, 'flatten it'],
};

function syntaxProblem(error: Complaint, at: At): Problem {
  const isOpen = /must be sufficiently indented and end with/.test(error.message);
  const code = isOpen ? 'MISSING_CHAR' : error.code;
  const [what, mend] = SYNTAX[code] ?? ['this is not valid YAML', 'check the syntax at this place'];
  return at(error.pos[0], what, mend);
}

/** What YAML allows as a key and a configuration does not: no text, or more than a text to YAML or JavaScript. */
const refuseKey: RefuseKey = (key) => {
  const word = isScalar(key) ? String(key.value) : null;
  if (!isScalar(key) || typeof key.value !== 'string') {
    return {
      word: '?',
      what: word === null ? 'a key is not a text' : `the key \`${word}\` is not a text`,
      mend: 'put it in quotes',
    };
  }
  if (word === '<<') return { word, what: 'the key `<<` has no meaning here', mend: 'write the keys out' };
  return word === '__proto__' ? { word, what: 'unknown key `__proto__`', mend: 'remove it' } : null;
};

function documentOf(file: string, value: JsonObject, root: Node | null, at: At, lines: LineCounter): ConfigDocument {
  return {
    file,
    value,
    problem: (path, what, mend) => at(find(root, path).node?.range?.[0] ?? 0, what, mend),
    problemAtKey(path, what, mend) {
      const parent = find(root, path.slice(0, -1)).node;
      const pair = isMap(parent)
        ? parent.items.find(({ key }) => isScalar(key) && key.value === path.at(-1))
        : undefined;
      const node = isNode(pair?.key) ? pair.key : find(root, path).node;
      return at(node?.range?.[0] ?? 0, what, mend);
    },
    lineOf(path) {
      const { node, whole } = find(root, path);
      return whole && node?.range ? lines.linePos(node.range[0]).line : null;
    },
  };
}

/** The node at `path`, or its deepest ancestor that was written (`whole` is false then). */
function find(root: Node | null, path: Path): { readonly node: Node | null; readonly whole: boolean } {
  let node = root;
  for (const step of path) {
    const next: unknown = isMap(node) || isSeq(node) ? node.get(step, true) : undefined;
    if (!isNode(next)) return { node, whole: false };
    node = next;
  }
  return { node, whole: true };
}
