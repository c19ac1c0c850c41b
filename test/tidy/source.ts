import { posix } from 'node:path';
import { parseSync } from 'rolldown/utils';

/** A node of the syntax tree (ESTree with TypeScript), as far as the rules look at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface Import {
  /** As written: `../core/clock.ts`, `node:fs`, `zod`. */
  readonly specifier: string;
  /** Path from the root when it is a file of this repository, else null. */
  readonly target: string | null;
  readonly typeOnly: boolean;
  /** Imported names; `*` for the whole module (namespace, dynamic, worker). */
  readonly names: readonly string[];
  readonly line: number;
}

export interface Export {
  readonly name: string;
  readonly kind: 'function' | 'class' | 'interface' | 'type' | 'value' | 'passed-on';
  readonly documented: boolean;
  readonly line: number;
}

/** One TypeScript file, read. */
export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly lines: readonly string[];
  readonly program: Node;
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
  lineOf(offset: number): number;
}

export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

/** Visits `node` and everything below it, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    if (isNode(value)) walk(value, visit, node);
    else if (Array.isArray(value)) for (const item of value) if (isNode(item)) walk(item, visit, node);
  }
}

/** The node in `field`; null where there is none. */
export function child(node: Node, field: string): Node | null {
  const value = node[field];
  return isNode(value) ? value : null;
}

export function children(node: Node, field: string): Node[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** The text of an identifier or string literal; empty for anything else. */
export function nameOf(node: Node | null): string {
  const value = node?.['name'] ?? node?.['value'];
  return typeof value === 'string' ? value : '';
}

/** @throws Error when the text is not TypeScript */
export function readSource(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text, { lang: 'ts', sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const lines = text.split('\n');
  const starts = lineStarts(lines);
  const lineOf = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1;
  const root = program as unknown as Node;
  const docEnds = comments.filter((c) => c.type === 'Block' && c.value.startsWith('*')).map((c) => c.end);
  const hasDoc = (start: number) => docEnds.some((end) => end <= start && text.slice(end, start).trim() === '');
  return {
    path,
    lines,
    program: root,
    lineOf,
    imports: importsOf(root, path, lineOf),
    exports: exportsOf(root, hasDoc, lineOf),
  };
}

/** Where each line begins, in UTF-16 code units from the start of the file. */
function lineStarts(lines: readonly string[]): number[] {
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.length + 1);
  return starts.slice(0, -1);
}

function importsOf(program: Node, path: string, lineOf: (offset: number) => number): Import[] {
  const found: Import[] = [];
  const add = (from: string, at: Node, names: readonly string[], typeOnly: boolean) => {
    const target = from.startsWith('.') ? posix.join(posix.dirname(path), from) : null;
    found.push({ specifier: from, target, typeOnly, names, line: lineOf(at.start) });
  };
  walk(program, (node) => {
    const from = nameOf(child(node, 'source'));
    if (node.type === 'ImportDeclaration') addDeclaration(node, from, add);
    else if (node.type === 'ExportNamedDeclaration' && from !== '') {
      add(
        from,
        node,
        children(node, 'specifiers').map((s) => nameOf(child(s, 'local'))),
        node['exportKind'] === 'type',
      );
    } else if (node.type === 'ExportAllDeclaration') add(from, node, ['*'], node['exportKind'] === 'type');
    else if (node.type === 'ImportExpression' && from !== '') add(from, node, ['*'], false);
    else if (node.type === 'TSImportType') add(nameOf(child(node, 'source')), node, ['*'], true);
    else if (node.type === 'NewExpression') addWorker(node, add);
  });
  return found;
}

type Add = (from: string, at: Node, names: readonly string[], typeOnly: boolean) => void;

function addDeclaration(node: Node, from: string, add: Add): void {
  const specifiers = children(node, 'specifiers');
  const isType = (s: Node) => node['importKind'] === 'type' || s['importKind'] === 'type';
  const name = (s: Node) => {
    if (s.type === 'ImportNamespaceSpecifier') return '*';
    return s.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(child(s, 'imported'));
  };
  const values = specifiers.filter((s) => !isType(s)).map(name);
  const types = specifiers.filter(isType).map(name);
  if (values.length > 0 || specifiers.length === 0) add(from, node, values, false);
  if (types.length > 0) add(from, node, types, true);
}

/**
 * `new URL('./writer.ts', import.meta.url)`: how a worker or another file is named; also with its extension computed,
 * `./writer${extname(import.meta.url)}`.
 */
function addWorker(node: Node, add: Add): void {
  const [file, base] = children(node, 'arguments');
  const isHere = base?.type === 'MemberExpression' && child(base, 'object')?.type === 'MetaProperty';
  if (!isHere || file === undefined || nameOf(child(node, 'callee')) !== 'URL') return;
  const path = file.type === 'TemplateLiteral' ? `${beginningOf(file)}.ts` : nameOf(file);
  if (path.startsWith('.') && path.endsWith('.ts')) add(path, node, ['*'], false);
}

/** The fixed text before the first `${…}` of a template. */
function beginningOf(template: Node): string {
  const value = children(template, 'quasis')[0]?.['value'];
  const cooked = typeof value === 'object' && value !== null && 'cooked' in value ? value.cooked : '';
  return typeof cooked === 'string' ? cooked : '';
}

const KINDS: Readonly<Record<string, Export['kind']>> = {
  FunctionDeclaration: 'function',
  TSDeclareFunction: 'function',
  ClassDeclaration: 'class',
  TSInterfaceDeclaration: 'interface',
  TSTypeAliasDeclaration: 'type',
};

function exportsOf(program: Node, hasDoc: (start: number) => boolean, lineOf: (offset: number) => number): Export[] {
  const found: Export[] = [];
  for (const node of children(program, 'body')) {
    const at = { documented: hasDoc(node.start), line: lineOf(node.start) };
    if (node.type === 'ExportDefaultDeclaration') found.push({ name: 'default', kind: 'value', ...at });
    if (node.type === 'ExportAllDeclaration') found.push({ name: '*', kind: 'passed-on', ...at });
    if (node.type !== 'ExportNamedDeclaration') continue;
    const passedOn = child(node, 'source') ? 'passed-on' : 'value';
    for (const s of children(node, 'specifiers'))
      found.push({ name: nameOf(child(s, 'exported')), kind: passedOn, ...at });
    const declared = child(node, 'declaration');
    if (!declared) continue;
    const kind = KINDS[declared.type] ?? 'value';
    const names = declared.type === 'VariableDeclaration' ? namesDeclared(declared) : [nameOf(child(declared, 'id'))];
    for (const name of names) found.push({ name, kind, ...at });
  }
  return found;
}

function namesDeclared(declaration: Node): string[] {
  return children(declaration, 'declarations').map((d) => nameOf(child(d, 'id')));
}
