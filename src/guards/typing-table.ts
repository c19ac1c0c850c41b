/**
 * How argument names and descriptions tell what a string is. A table; the order is the order of trying.
 * Names are compared as words: `filePath`, `file_path` and `file-path` are `file`, `path`.
 */
export interface NameRule {
  readonly type: 'path' | 'sql' | 'shell' | 'url';
  /** The last word of the name. */
  readonly names: ReadonlySet<string>;
  /** Names that end alike and are something else. */
  readonly excluded?: RegExp;
  /** Words that the tool's own name or description must have when the argument's name alone is not enough. */
  readonly about: readonly string[] | null;
  /** Words of the tool's name that rule it out. */
  readonly unless?: ReadonlySet<string>;
  /** Descriptions that say it by themselves. */
  readonly described: RegExp;
}

export const NAME_RULES: readonly NameRule[] = [
  {
    type: 'sql',
    names: new Set(['sql', 'statement', 'statements']),
    about: [
      'sql',
      'query',
      'queries',
      'database',
      'db',
      'postgres',
      'postgresql',
      'mysql',
      'mariadb',
      'sqlite',
      'mssql',
      'statement',
      'bigquery',
      'snowflake',
      'duckdb',
    ],
    described: /\bsql (?:query|queries|statement|command|to (?:run|execute))|\b(?:select|insert) statement\b/,
  },
  {
    type: 'sql',
    names: new Set(['query', 'queries']),
    about: [
      'sql',
      'postgres',
      'postgresql',
      'mysql',
      'mariadb',
      'sqlite',
      'mssql',
      'duckdb',
      'database',
      'db',
      'execute',
      'exec',
    ],
    excluded: /search|graph|gql|promql|logql|mongo/i,
    unless: new Set([
      'search',
      'find',
      'lookup',
      'cypher',
      'graph',
      'mongo',
      'mongodb',
      'vector',
      'semantic',
      'knowledge',
    ]),
    described: /\bsql\b/,
  },
  {
    type: 'shell',
    names: new Set(['command', 'commands', 'cmd', 'cmdline', 'shell', 'bash']),
    about: [
      'command',
      'commands',
      'shell',
      'bash',
      'terminal',
      'execute',
      'exec',
      'run',
      'process',
      'powershell',
      'console',
      'zsh',
      'sh',
    ],
    described:
      /\b(?:shell|bash|terminal|command[- ]line|powershell) (?:command|script)s?\b|\bcommand (?:line )?to (?:run|execute)\b/,
  },
  {
    type: 'shell',
    names: new Set(['script', 'code']),
    about: ['shell', 'bash', 'powershell', 'terminal'],
    described: /\b(?:shell|bash|powershell) (?:command|script|code)s?\b/,
  },
  {
    type: 'url',
    names: new Set(['url', 'urls', 'uri', 'uris', 'href', 'link', 'links', 'webhook', 'website', 'origin', 'callback']),
    excluded: /template$/i,
    about: null,
    described: /\b(?:the )?(?:full |absolute |target |web )?url (?:to|of|that|which)\b|\bhttps?:\/\/ ?url\b/,
  },
  {
    type: 'url',
    names: new Set(['endpoint', 'host', 'hostname', 'domain', 'server', 'address']),
    about: ['url', 'http', 'https', 'fetch', 'request', 'download', 'scrape', 'crawl', 'browse', 'curl'],
    described: /\bhttps? endpoint\b/,
  },
  {
    type: 'path',
    names: new Set([
      'path',
      'paths',
      'file',
      'files',
      'filename',
      'filenames',
      'filepath',
      'filepaths',
      'dir',
      'dirs',
      'directory',
      'directories',
      'folder',
      'folders',
      'dirname',
      'cwd',
      'workdir',
      'pathname',
      'basedir',
      'rootdir',
      'outfile',
      'infile',
      'dirpath',
    ]),
    about: null,
    described:
      /\b(?:path|paths) (?:to|of) (?:the |a |an |one |each )?(?:\w+ )?(?:file|files|directory|directories|folder|folders)\b|\b(?:file|directory|folder) paths?\b|\b(?:absolute|relative) path\b/,
  },
  {
    type: 'path',
    names: new Set([
      'source',
      'destination',
      'src',
      'dest',
      'dst',
      'target',
      'from',
      'to',
      'output',
      'input',
      'root',
      'location',
    ]),
    about: ['file', 'files', 'directory', 'folder', 'filesystem', 'directories'],
    excluded: /^(?:from|to)_?(?:date|time|user|email|currency|line|version)/i,
    described: /\b(?:source|destination|target|output|input) (?:file|path|directory|folder)\b/,
  },
];

/** In the name of a tool they say which language its queries are in. */
export const SQL_PRODUCTS: ReadonlySet<string> = new Set([
  'postgres',
  'postgresql',
  'pg',
  'mysql',
  'mariadb',
  'sqlite',
  'mssql',
  'duckdb',
  'bigquery',
  'snowflake',
]);

/** Words before `path` that make it another kind of path. */
export const NOT_A_PATH: ReadonlySet<string> = new Set([
  'json',
  'x',
  'object',
  'api',
  'url',
  'uri',
  'key',
  'field',
  'property',
  'attribute',
  'css',
  'svg',
  'request',
  'http',
  'route',
  'module',
  'import',
  'class',
  'data',
]);

/** What a thing is called is never the thing, whatever its description mentions. */
export const LABELS: ReadonlySet<string> = new Set([
  'name',
  'title',
  'description',
  'label',
  'id',
  'comment',
  'message',
]);

export const FORMAT_TYPES: ReadonlyMap<string, 'url' | 'path'> = new Map([
  ['uri', 'url'],
  ['url', 'url'],
  ['iri', 'url'],
  ['uri-reference', 'url'],
  ['iri-reference', 'url'],
  ['path', 'path'],
  ['file-path', 'path'],
  ['filepath', 'path'],
  ['directory-path', 'path'],
]);

const WORD = /[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+/g;

/** `filePath_v2` → file, path, v, 2. At most the first 2,000 characters are read. */
export function wordsIn(text: string): readonly string[] {
  return (text.slice(0, 2000).match(WORD) ?? []).map((word) => word.toLowerCase());
}
