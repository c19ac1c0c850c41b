/** The repository's own cases: attack rows, credential recipes, and the text of installed packages as honest text. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parse } from 'yaml';
import { fill, seeded } from '../../test/fixtures/recipes.ts';
import { path } from './path.ts';
import { secret } from './secret.ts';
import { shell } from './shell.ts';
import { sql } from './sql.ts';
import { url } from './url.ts';

export interface Counted {
  readonly set: string;
  readonly label: string;
  readonly source: string;
  readonly hit: boolean;
}

interface Table {
  readonly argument: string;
  readonly roots: readonly string[];
  readonly rows: readonly { readonly value: unknown; readonly finds: string }[];
}

export function* ownCases(root: URL): Generator<Counted> {
  yield* attackRows(root);
  yield* textRows(root);
  yield* credentialRecipes(root);
  yield* packageNames(root);
  yield* packageText(root);
}

function* attackRows(root: URL): Generator<Counted> {
  const directory = new URL('test/attacks/', root);
  for (const name of readdirSync(directory).filter((file) => /^(?:path|url)-.*\.yaml$/.test(file))) {
    const table = parse(readFileSync(new URL(name, directory), 'utf8')) as Table; // checked by test/attacks
    const [first = ''] = table.roots;
    if (table.argument === 'path' && first === '') continue;
    for (const { value, finds } of table.rows) {
      if (typeof value !== 'string') continue;
      const hit =
        (table.argument === 'path' ? path({ input: value, context: { root: first } }) : url({ input: value })) === true;
      yield {
        set: table.argument,
        label: finds === 'none' ? 'benign' : 'malicious',
        source: `test/attacks/${name}`,
        hit,
      };
    }
  }
}

/** The rows of shell and SQL: groups of attacks, and what passes. */
function* textRows(root: URL): Generator<Counted> {
  const directory = new URL('test/attacks/', root);
  for (const file of readdirSync(directory).filter((name) => /^(?:shell|sql)-.*\.yaml$/.test(name))) {
    const set = file.startsWith('sql') ? 'sql' : 'shell';
    const label = file.endsWith('-ordinary.yaml') ? 'benign' : 'malicious';
    const groups = parse(readFileSync(new URL(file, directory), 'utf8')) as unknown[]; // checked by test/attacks
    for (const [dialect, input] of groups.flatMap((group) => [...textsOf(group)])) {
      const hit =
        set === 'sql'
          ? sql({ input, category: `own:${dialect}` })
          : shell(dialect === 'powershell' || dialect === 'cmd' ? { input, dialect } : { input });
      yield { set, label, source: `test/attacks/${file}`, hit: hit === true };
    }
  }
}

/** A group is one text, or lists of texts beside strings that describe them. */
function* textsOf(group: unknown): Generator<readonly [dialect: string, text: string]> {
  if (typeof group === 'string') yield ['', group];
  if (typeof group !== 'object' || group === null) return;
  const members: readonly (readonly [string, unknown])[] = Object.entries(group);
  const dialect = members.find(([key]) => key === 'dialect')?.[1];
  for (const [key, texts] of members) {
    const named = typeof dialect === 'string' ? dialect : key;
    if (Array.isArray(texts)) for (const text of texts) yield [named === 'mssql' ? 'tsql' : named, String(text)];
  }
}

const DRAWS = 20;

function* credentialRecipes(root: URL): Generator<Counted> {
  for (const file of ['test/fixtures/secret-forms.yaml', 'test/fixtures/secret-forms-second-batch.yaml'])
    yield* recipesOf(file, root);
}

function* recipesOf(file: string, root: URL): Generator<Counted> {
  const recipes = parse(readFileSync(new URL(file, root), 'utf8')) as { text: string }[]; // checked by its test
  const draw = seeded(7);
  for (const { text } of recipes) {
    for (let i = 0; i < DRAWS; i++)
      yield {
        set: 'secret',
        label: 'malicious',
        source: file,
        hit: secret({ input: fill(text, draw) }) === true,
      };
  }
}

const FILES_MAX = 4000;
const FILE_CHARS_MAX = 200_000;

/** One row a file: what other people call their files. */
function* packageNames(root: URL): Generator<Counted> {
  const directory = modulesOf(root);
  if (directory === null) return;
  for (const input of readdirSync(directory, { recursive: true, encoding: 'utf8' }))
    yield {
      set: 'path',
      label: 'benign',
      source: 'names in installed packages',
      hit: path({ input, context: { root: '/data' } }) === true,
    };
}

/** One row a file: sources, declarations and documents of the installed packages. */
function* packageText(root: URL): Generator<Counted> {
  const directory = modulesOf(root);
  if (directory === null) return;
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:m?[jt]s|cjs|md|json|ya?ml|txt)$/.test(name))
    .sort();
  const step = Math.max(1, Math.floor(files.length / FILES_MAX));
  for (let i = 0; i < files.length; i += step) {
    const text = read(new URL(files[i] ?? '', directory));
    if (text !== null && text.length <= FILE_CHARS_MAX)
      yield {
        set: 'secret',
        label: 'benign',
        source: 'installed packages, a file a row',
        hit: secret({ input: text }) === true,
      };
  }
}

/** In a worktree the packages may be installed above. */
function modulesOf(root: URL): URL | null {
  for (const relative of ['node_modules/', '../node_modules/']) {
    const directory = new URL(relative, root);
    if (existsSync(new URL('typebox/', directory))) return directory;
  }
  return null;
}

function read(file: URL): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
