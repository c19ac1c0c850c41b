import type { View } from '../core/argument-type.ts';
import type { Definition } from '../core/definition.ts';
import { isObject, own } from '../core/json.ts';

/** What a text is taken to be, and with it the ways in which a pattern looks at it. */
export type ViewKind = 'raw' | 'text' | 'path' | 'url' | 'sql' | 'shell';

/** What guards add to the basic views, by kind. A view belongs to a kind when its name begins with the kind's. */
const KINDS: Readonly<
  Record<ViewKind, { readonly basic: boolean; readonly percent: boolean; readonly injected: readonly string[] }>
> = {
  raw: { basic: false, percent: false, injected: [] },
  text: { basic: true, percent: true, injected: [] },
  path: { basic: true, percent: true, injected: ['path'] },
  url: { basic: true, percent: true, injected: ['url'] },
  sql: { basic: true, percent: false, injected: ['sql'] },
  shell: { basic: true, percent: false, injected: ['shell'] },
};

export const VIEW_KINDS: readonly ViewKind[] = ['raw', 'text', 'path', 'url', 'sql', 'shell'];

/** Times that percent-encoding is taken off. */
const DECODINGS_MAX = 3;

export interface SeenText {
  readonly view: string;
  readonly text: string;
}

/** A text under all views of its kind, and the views that could not read it. */
export interface Seen {
  readonly texts: readonly SeenText[];
  /** Parts of the text that a restriction looks at as well, such as the host of a URL; no allow needs to match them. */
  readonly parts: readonly SeenText[];
  readonly failed: readonly { readonly view: string; readonly why: string }[];
}

/** Makes views. One per loaded policy. */
export class Viewer {
  readonly #injected: Readonly<Record<ViewKind, readonly View[]>>;

  constructor(views: readonly View[]) {
    const of = (kind: ViewKind): View[] =>
      views.filter((view) => KINDS[kind].injected.some((prefix) => view.name.startsWith(prefix)));
    this.#injected = { raw: [], text: [], path: of('path'), url: of('url'), sql: of('sql'), shell: of('shell') };
  }

  /** Names of the views of a kind, for `check` and `explain`. */
  names(kind: ViewKind): readonly string[] {
    const { basic, percent } = KINDS[kind];
    return [
      'raw',
      ...(basic ? ['trimmed', 'nfc', 'nfkc'] : []),
      ...(percent ? ['decoded'] : []),
      ...this.#injected[kind].map((view) => view.name),
    ];
  }

  see(text: string, kind: ViewKind): Seen {
    const texts: SeenText[] = [{ view: 'raw', text }];
    const { basic, percent } = KINDS[kind];
    if (basic && !isPlain(text)) addBasic(texts, text);
    if (percent && text.includes('%')) addDecoded(texts, text);
    const injected = this.#injected[kind];
    if (injected.length === 0) return { texts, parts: NONE, failed: NONE };
    const failed: Failed = [];
    const sources = texts.length === 1 ? texts : [...texts];
    const parts: SeenText[] = [];
    for (const view of injected) derive(view, sources, texts, kind === 'url' ? parts : texts, failed);
    return { texts, parts, failed };
  }
}

type Failed = { view: string; why: string }[];

/**
 * A guard's view of the text and of its folded form: look-alikes must not hide a statement from the parser. The first
 * text a guard derives of a URL is the whole, the others are parts; of SQL and commands each text counts in full.
 */
function derive(view: View, sources: readonly SeenText[], texts: SeenText[], parts: SeenText[], failed: Failed): void {
  for (const source of sources) {
    if (source.view !== 'raw' && source.view !== 'nfkc') continue;
    try {
      view.derive(source.text).forEach((derived, i) => add(i === 0 ? texts : parts, view.name, derived));
    } catch (error) {
      failed.push({ view: view.name, why: error instanceof Error ? error.message : String(error) });
    }
  }
}

const NONE: readonly never[] = [];
const PLAIN = /^[!-~](?:[ -~]*[!-~])?$/;

/** Printable ASCII without blanks at its ends: the basic views of it are itself. */
function isPlain(text: string): boolean {
  return PLAIN.test(text);
}

function add(texts: SeenText[], view: string, text: string): void {
  if (!texts.some((seen) => seen.text === text)) texts.push({ view, text });
}

// oxlint-disable-next-line no-control-regex -- all of ASCII is meant
const ASCII = /^[\0-\u007f]*$/;
const EDGE = /^[\s\p{C}\p{Default_Ignorable_Code_Point}]$/u;

function addBasic(texts: SeenText[], text: string): void {
  add(texts, 'trimmed', trimEdges(text));
  if (ASCII.test(text)) return; // is its own normal form
  add(texts, 'nfc', text.normalize('NFC'));
  add(texts, 'nfkc', text.normalize('NFKC'));
  add(texts, 'nfkc', trimEdges(text.normalize('NFKC')));
}

/** Takes blanks, control and invisible characters off both ends, in one pass. */
function trimEdges(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && EDGE.test(text.charAt(start))) start++;
  while (end > start && EDGE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function addDecoded(texts: SeenText[], text: string): void {
  let decoded = text;
  for (let i = 0; i < DECODINGS_MAX && decoded.includes('%'); i++) {
    const next = percentDecode(decoded);
    if (next === decoded) return;
    decoded = next;
    add(texts, 'decoded', decoded);
    add(texts, 'decoded', trimEdges(decoded.normalize('NFKC')));
  }
}

/** Decodes every valid `%XX` as UTF-8; bytes that are not UTF-8 become U+FFFD, everything else stays. */
function percentDecode(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}

const BY_NAME: readonly (readonly [ViewKind, RegExp])[] = [
  [
    'path',
    /^(?:.*[_-])?(?:path|paths|file|files|filename|filepath|dir|directory|folder|source|destination|src|dst|dest|cwd|root|location)s?$/,
  ],
  ['url', /^(?:.*[_-])?(?:url|uri|href|link|endpoint|webhook|callback)s?$/],
  ['sql', /^(?:.*[_-])?(?:sql|query|statement)s?$|^(?:query|queries)$/],
  ['shell', /^(?:.*[_-])?(?:command|commands|cmd|shell|script|bash|exec|args?line)$/],
];

/** What an argument's name says of its kind: `file_path`, `sourcePath`, `query`, `command`, `url`. */
export function kindOfName(name: string): ViewKind {
  const plain = name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return BY_NAME.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'text';
}

/** What the schema of an argument adds where the name says nothing: `format: uri`. */
export function kindOfSchema(definition: Definition, argument: string): ViewKind {
  const schema = own(definition.body, 'inputSchema');
  const properties = isObject(schema) ? own(schema, 'properties') : undefined;
  const property = isObject(properties) ? own(properties, argument) : undefined;
  const format = isObject(property) ? own(property, 'format') : undefined;
  return typeof format === 'string' && /^(?:uri|iri)(?:-reference)?$/.test(format) ? 'url' : 'text';
}
