import { isUtf8 } from 'node:buffer';
import { isAlias, isMap, isNode, isScalar, LineCounter, type Node } from 'yaml';
import type { JsonValue } from '../core/json.ts';
import { parseYaml, type Complaint } from './parse-yaml.ts';
import type { Problem } from './problem.ts';
import { plainValue, type RefuseKey } from './yaml-tree.ts';

/** Limits on one policy file, applied before anything interprets it. */
export const SOURCE_LIMITS = { fileBytesMax: 2_097_152, depthMax: 32, aliasesMax: 100, wordsMax: 60 } as const;

/** A file as it was found. `bytes` when its encoding is still to be checked. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string | Uint8Array;
}

export type Path = readonly (string | number)[];

/** A YAML file that was read, with a way back from a place in its value to a place in its text. */
export class Source {
  readonly file: string;
  readonly text: string;
  readonly #root: Node | null;
  readonly #lines: LineCounter;
  #value: JsonValue = null;

  constructor(file: string, text: string, root: Node | null, lines: LineCounter) {
    this.file = file;
    this.text = text;
    this.#root = root;
    this.#lines = lines;
  }

  /** The value, aliases resolved; null before `interpret`. */
  value(): JsonValue {
    return this.#value;
  }

  /** Makes the value of the text. @returns what YAML allows and a policy does not */
  interpret(root: Node): Problem[] {
    const { value, snags } = plainValue(root, SOURCE_LIMITS, refuseKey);
    this.#value = value;
    return snags.map(({ offset, length, what, mend }) => this.problemAtOffset(offset, length, what, mend));
  }

  /** A problem at the value of `path`, or at its deepest ancestor that was written. */
  problem(path: Path, what: string, mend: string): Problem {
    return this.#at(this.#find(path), what, mend);
  }

  /** A problem at the key `key` of the mapping at `path`. */
  problemAtKey(path: Path, key: string, what: string, mend: string): Problem {
    const map = this.#find(path);
    const pair = isMap(map)
      ? map.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    return this.#at(pair && isNode(pair.key) ? pair.key : map, what, mend);
  }

  /** A problem at an offset into the text. */
  problemAtOffset(offset: number, length: number, what: string, mend: string): Problem {
    const { line, col } = this.#lines.linePos(Math.min(offset, this.text.length));
    const words = shorten(this.text.slice(offset, offset + Math.max(length, 1)));
    return { file: this.file, line: Math.max(line, 1), column: Math.max(col, 1), words, what, mend };
  }

  /** Line of the value at `path`, counted from 1. */
  lineOf(path: Path): number {
    return this.#lines.linePos(this.#find(path)?.range?.[0] ?? 0).line;
  }

  #at(node: Node | null, what: string, mend: string): Problem {
    const start = node?.range?.[0] ?? 0;
    return this.problemAtOffset(start, (node?.range?.[1] ?? start) - start, what, mend);
  }

  #find(path: Path): Node | null {
    let node: Node | null = this.#root;
    for (const step of path) {
      const next = isMap(node) || (node && 'items' in node) ? node.get(step, true) : undefined;
      if (!isNode(next)) break;
      node = next;
    }
    return node;
  }
}

function shorten(words: string): string {
  const line = words.split(/[\r\n]/, 1)[0]?.trim() ?? '';
  return line.length > SOURCE_LIMITS.wordsMax ? `${line.slice(0, SOURCE_LIMITS.wordsMax - 1)}…` : line;
}

/** Reads one file as strict YAML 1.2: one document, UTF-8, no unknown tags, bounded in size, depth and aliases. */
export function readSource(file: PolicyFile): {
  readonly source: Source | null;
  readonly problems: readonly Problem[];
} {
  const refused = refuseBytes(file);
  if (refused) return { source: null, problems: [refused] };
  const text = (typeof file.text === 'string' ? file.text : new TextDecoder().decode(file.text)).replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  const { documents, complaints } = parseYaml(text, lines);
  const [document, second] = documents;
  const source = new Source(file.name, text, document?.contents ?? null, lines);
  const wrong = complaints.map((complaint) => yamlProblem(source, complaint));
  if (wrong.length > 0) return { source: null, problems: wrong };
  if (!document || document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return whole(file.name, 'the file is empty', 'write `policies:` and at least one rule');
  }
  const problems = second
    ? [
        source.problemAtOffset(
          second.range[0],
          3,
          'the file holds a second YAML document',
          'put it into a file of its own',
        ),
      ]
    : source.interpret(document.contents);
  return problems.length > 0 ? { source: null, problems } : { source, problems: [] };
}

function whole(file: string, what: string, mend: string): { source: null; problems: readonly Problem[] } {
  return { source: null, problems: [{ file, line: 1, column: 1, words: '', what, mend }] };
}

function refuseBytes(file: PolicyFile): Problem | null {
  const place = { file: file.name, line: 1, column: 1, words: '' };
  const bytes = typeof file.text === 'string' ? Buffer.byteLength(file.text) : file.text.byteLength;
  if (bytes > SOURCE_LIMITS.fileBytesMax) {
    return {
      ...place,
      what: `the file has ${bytes} bytes, more than ${SOURCE_LIMITS.fileBytesMax}`,
      mend: 'split it into several files',
    };
  }
  if (typeof file.text !== 'string') {
    const [first, second] = file.text;
    const wide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    if (wide || !isUtf8(file.text)) {
      return { ...place, what: wide ? 'the file is UTF-16' : 'the file is not valid UTF-8', mend: 'save it as UTF-8' };
    }
  }
  const nul = typeof file.text === 'string' ? file.text.indexOf('\0') : file.text.indexOf(0);
  return nul < 0
    ? null
    : { ...place, what: `the file holds a NUL byte at offset ${nul}`, mend: 'save it as UTF-8 text' };
}

const YAML_MENDS: Readonly<Record<string, readonly [what: string, mend: string]>> = {
  DUPLICATE_KEY: ['a mapping names the same key twice', 'keep one of them'],
  TAB_AS_INDENT: ['a tab is used as indentation', 'indent with spaces'],
  BAD_INDENT: [
    'the indentation does not line up',
    'indent keys of one mapping alike, and close every bracket and brace',
  ],
  MISSING_CHAR: ['a closing character or a separator is missing', 'close the quote, bracket or brace, or add the `:`'],
  UNEXPECTED_TOKEN: ['this is not expected here', 'check quotes, brackets and indentation before this place'],
  BAD_ALIAS: ['an alias has no anchor', 'define the anchor (`&name`) before its alias (`*name`)'],
  TAG_RESOLVE_FAILED: ['a tag is not known', 'remove the tag (`!…`); policies are plain YAML'],
  MULTILINE_IMPLICIT_KEY: ['a key runs over several lines', 'write the key on one line, followed by `:`'],
  BLOCK_AS_IMPLICIT_KEY: ['a mapping starts inside a value', 'quote the value, or put the mapping on its own lines'],
  BAD_DQ_ESCAPE: [
    'an escape in double quotes is not known to YAML',
    'use single quotes for patterns, or double the backslash',
  ],
  RESOURCE_EXHAUSTION: [`the file nests deeper than ${SOURCE_LIMITS.depthMax} levels`, 'flatten it'],
};

function yamlProblem(source: Source, { code, pos }: Complaint): Problem {
  const [what, mend] = YAML_MENDS[code] ?? ['this is not valid YAML', 'check the syntax at this place'];
  return source.problemAtOffset(pos[0], pos[1] - pos[0], what, mend);
}

/** What YAML allows as a key and a policy does not: texts that are more than that to YAML or JavaScript. */
const refuseKey: RefuseKey = (key) => {
  if (isScalar(key) && !['__proto__', '<<'].includes(String(key.value))) return null;
  if (!isScalar(key) && !isAlias(key)) return { word: '?', what: 'a key is not a string', mend: 'quote the key' };
  const word = isScalar(key) ? String(key.value) : '*';
  return { word, what: `the key \`${word}\` has no meaning in a policy`, mend: 'remove it' };
};
