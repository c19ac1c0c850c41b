import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { fill, seeded } from '../../test/fixtures/recipes.ts';
import type { Definition } from '../core/definition.ts';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { GUARDS, warmGuards } from './guards.ts';
import { HEADER_ARGUMENT, judgeHeaders } from './headers.ts';
import { FINDINGS_MAX, PARSED_CHARS_MAX, prepareGuards } from './prepare.ts';
import { textInspector } from './secret/inspect.ts';
import { SECRET_CLASSES } from './secret/type.ts';
import { guardsSection } from './section.ts';
import { shapeOf } from './shape.ts';
import { typeArguments } from './typing.ts';

function tool(name: string, description: string, properties: JsonObject, more: JsonObject = {}): Definition {
  return { kind: 'tool', name, body: { name, description, inputSchema: { type: 'object', properties, ...more } } };
}

const typesOf = (definition: Definition): Record<string, string | null> =>
  Object.fromEntries(typeArguments(definition, []).map(({ argument, type }) => [argument, type]));

const S = { type: 'string' };

beforeAll(warmGuards);

describe('a query of a tool that does not say it takes SQL', () => {
  const found = (definition: Definition, query: string): readonly string[] =>
    prepareGuards(definition, { roots: [], declared: [] })
      .inspect({ query })
      .map(({ code }) => code);
  const unclear = tool('ask_database', 'Asks the database', { query: S });
  const clear = tool('ask_database', 'Runs SQL on the database', { query: S });

  it('is read as SQL only if it looks like it', () => {
    expect(found(unclear, 'which customers did we drop last year?')).toEqual([]);
    expect(found(unclear, "what's new; show me")).toEqual([]);
    expect(found(unclear, 'SELECT 1; DROP TABLE users')).toContain('sql.ddl');
    expect(found(unclear, `SELECT ${'1,'.repeat(20_000)} 1`)).toContain('sql.unparsed');
    expect(found(clear, 'which customers did we drop last year?')).toContain('sql.unparsed');
  });

  it('says so to people', () => {
    expect(typeArguments(unclear, [])[0]).toMatchObject({
      certain: false,
      reason: '`query` is read as sql where it looks like it, because of its name',
    });
  });
});

describe('typing', () => {
  it.each<[string, Definition, Record<string, string | null>]>([
    ['paths by name', tool('read_file', 'Read a file', { path: S, encoding: S }), { path: 'path', encoding: null }],
    ['paths in lists', tool('read_many', '', { paths: { type: 'array', items: S } }), { 'paths[*]': 'path' }],
    [
      'paths in objects',
      tool('edit', '', { files: { type: 'array', items: { type: 'object', properties: { filePath: S, text: S } } } }),
      { 'files[*].filePath': 'path', 'files[*].text': null },
    ],
    [
      'moves between files',
      tool('move_file', 'Move a file', { source: S, destination: S }),
      { source: 'path', destination: 'path' },
    ],
    [
      'not every path',
      tool('pick', '', { json_path: S, xPath: S, css_path: S }),
      { json_path: null, xPath: null, css_path: null },
    ],
    ['sql by name and tool', tool('execute_query', 'Run SQL on the database', { query: S }), { query: 'sql' }],
    ['sql where it looks so', tool('ask_database', 'Asks the database', { query: S }), { query: 'sql' }],
    ['not every query', tool('search_web', 'Search the web', { query: S }), { query: null }],
    ['sql by name alone', tool('q', 'Runs a query', { sql: S }), { sql: 'sql' }],
    ['shell', tool('run_command', 'Run a shell command', { command: S, cwd: S }), { command: 'shell', cwd: 'path' }],
    ['not every command', tool('robot', 'Moves the robot', { command: S }), { command: null }],
    ['urls by format', tool('x', '', { target: { type: 'string', format: 'uri' } }), { target: 'url' }],
    ['urls by name', tool('x', '', { imageUrl: S, webhook_url: S }), { imageUrl: 'url', webhook_url: 'url' }],
    [
      'by description',
      tool('x', '', { thing: { type: 'string', description: 'Absolute path to the file to read' } }),
      { thing: 'path' },
    ],
    ['a fixed list needs no reading', tool('x', '', { path: { type: 'string', enum: ['a', 'b'] } }), { path: null }],
    ['base64 needs no reading', tool('x', '', { file: { type: 'string', contentEncoding: 'base64' } }), { file: null }],
    [
      'through references',
      tool('x', '', { a: { $ref: '#/$defs/loc' } }, { $defs: { loc: { type: 'object', properties: { path: S } } } }),
      { 'a.path': 'path' },
    ],
    ['through alternatives', tool('x', '', { path: { anyOf: [S, { type: 'null' }] } }), { path: 'path' }],
  ])('%s', (_, definition, expected) => {
    expect(typesOf(definition)).toEqual(expected);
  });

  it('is corrected in one line', () => {
    const definition = tool('read_file', '', { path: S });
    const [typed] = typeArguments(definition, [{ argument: 'path', type: 'string', tuning: {} }]);
    expect(typed).toMatchObject({ type: null, source: 'declared', reason: '`path` is read as string, as declared' });
    const guards = prepareGuards(definition, {
      roots: ['/data'],
      declared: [{ argument: 'path', type: 'string', tuning: {} }],
    });
    expect(guards.inspect({ path: '/etc/passwd' })).toEqual([]);
  });

  it('gives a reason for each', () => {
    expect(typeArguments(tool('read_file', '', { path: S }), [])[0]?.reason).toBe(
      '`path` is read as path, because of its name',
    );
  });

  it('survives schemas that refer to themselves', () => {
    expect(typesOf(tool('x', '', { a: { $ref: '#/properties/a' } }))).toEqual({});
  });
});

describe('shape', () => {
  it.each<[string, string | null]>([
    ['/etc/passwd', 'path'],
    ['../x', 'path'],
    ['~/x', 'path'],
    ['C:\\x', 'path'],
    ['\\\\h\\s', 'path'],
    ['file:///x', 'path'],
    ['a/../../b', 'path'],
    ['http://x/', 'url'],
    ['gopher://x', 'url'],
    ['read /etc/passwd please', null],
    ['and/or', null],
    ['10:30', null],
    ['text', null],
    ['', null],
    ['50%', null],
  ])('%j is %s', (value, shape) => {
    expect(shapeOf(value)).toBe(shape);
  });
});

describe('prepared guards', () => {
  const guards = prepareGuards(tool('read_file', 'Read', { path: S, note: S, n: { type: 'integer' } }), {
    roots: ['/data'],
    declared: [],
  });

  it('find nothing in an honest call', () => {
    expect(guards.inspect({ path: '/data/report.csv', note: 'see /etc/hosts for the reason' })).toEqual([]);
  });

  it('name the place in the call', () => {
    expect(guards.inspect({ path: ['/data/a', '/etc/shadow'] }).map((finding) => finding.at)).toContain('path[1]');
  });

  it('look at strings that nothing declares', () => {
    const open = prepareGuards(tool('x', '', {}, { additionalProperties: true }), { roots: [], declared: [] });
    expect(open.inspect({ anything: { deep: ['http://169.254.169.254/'] } })).toMatchObject([
      { code: 'url.metadata', at: 'anything.deep[0]' },
    ]);
    expect(open.inspect({ anything: 'file:///etc/shadow' })).toMatchObject([{ code: 'path.sensitive' }]);
    expect(open.inspect({ anything: '/help' })).toEqual([]);
  });

  it('judge what has no definition by its look', () => {
    const bare = prepareGuards(null, { roots: [], declared: [] });
    expect(bare.inspect({ uri: 'file:///etc/shadow' })).toMatchObject([{ code: 'path.sensitive' }]);
    expect(bare.inspect({ uri: 'memo://notes/1' })).toEqual([]);
  });

  it('look for credentials unless told otherwise', () => {
    const args = { path: '/data/a', note: fill('ghp_{alnum:36}', seeded(1)) };
    expect(guards.inspect(args)).toMatchObject([{ code: 'secret.code', at: 'note' }]);
    const definition = tool('x', '', { path: S, note: S });
    expect(prepareGuards(definition, { roots: ['/data'], declared: [], inspectText: null }).inspect(args)).toEqual([]);
  });

  it('report a bounded number of findings', () => {
    const many = Array.from({ length: 500 }, () => '/etc/shadow');
    expect(guards.inspect({ path: many }).length).toBeLessThanOrEqual(FINDINGS_MAX + 1);
  });

  it('keep one finding of every code, however many of another come first', () => {
    const many = Array.from({ length: 500 }, () => '/etc/shadow');
    const codes = (args: JsonObject): Set<string> => new Set(guards.inspect(args).map(({ code }) => code));
    expect(codes({ path: [...many, 'a\0b'] })).toContain('path.nul');
    expect(codes({ path: many, other: many, last: 'ghp_' + 'a1B2c3D4e5F6'.repeat(3) })).toContain('secret.code');
  });

  it('never throw, whatever the arguments', () => {
    const inspectText = textInspector({ classes: new Set(SECRET_CLASSES) });
    const armed = prepareGuards(tool('x', 'Run SQL, fetch files', { path: S, url: S, headers: {} }), {
      roots: ['/data'],
      declared: [],
      ...(inspectText ? { inspectText } : {}),
    });
    const nasty = fc.constantFrom(
      '%',
      '\ud800',
      '\0',
      '://',
      'file:',
      '\\\\',
      '[',
      '{',
      '~',
      'http://[',
      '-----BEGIN',
      'key=',
      '﹒﹒/',
      '%u',
      '%ff',
    );
    const leaf = fc.oneof(fc.string({ unit: nasty, maxLength: 12 }), fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('path', 'url', 'headers', '__proto__', 'constructor', 'x.y', 'a[0]'), leaf),
        (args) => {
          const findings = armed.inspect(args as JsonObject); // fast-check's JSON
          for (const finding of findings) expect(finding.why.length).toBeLessThan(1000);
        },
      ),
      { numRuns: 2000, seed: 14 },
    );
  });

  it('have one name each', () => {
    const names = GUARDS.map((guard) => guard.name);
    expect(new Set(names).size).toBe(names.length);
    for (const guard of GUARDS) expect(guard.type.name).toBe(guard.name);
  });
});

describe('headers', () => {
  it.each<[JsonValue, readonly string[]]>([
    ['Accept: x\nCookie: a', ['header.credential']],
    [[['Authorization', 'x']], ['header.credential']],
    [{ 'X-Forwarded-For': '127.0.0.1' }, ['header.routing']],
    [{ accept: 1 }, []],
    [null, []],
    [3, []],
  ])('%j', (value, codes) => {
    expect(judgeHeaders(value, 'headers').map((finding) => finding.code)).toEqual(codes);
  });
});

describe('the section', () => {
  it('has defaults for everything', () => {
    expect(guardsSection.parse(undefined)).toMatchObject({
      secrets: { arguments: 'block', results: 'redact' },
      pii: { arguments: 'off', results: 'off' },
      types: [],
    });
  });

  it('refuses what it does not know', () => {
    expect(guardsSection.safeParse({ secret: {} }).success).toBe(false);
  });
});

describe('an argument of headers', () => {
  it.each([
    'headers',
    'header',
    'requestHeaders',
    'extraHTTPHeaders',
    'extra_http_headers',
    'proxyHeaders',
    'headers_json',
  ])('is %s', (name) => expect(HEADER_ARGUMENT.test(name)).toBe(true));
  it.each([
    'column_headers',
    'tableHeaders',
    'section_header',
    'subheader',
    'headers_only',
    `${'a'.repeat(5000)}headers`,
  ])('is not %s', (name) => expect(HEADER_ARGUMENT.test(name)).toBe(false));
});

describe('a call with many commands and statements', () => {
  const list = { type: 'array', items: S };
  const shell = tool('run_all', 'Runs shell commands one after another', { commands: list, paths: list });
  const sql = tool('execute_sql', 'Runs SQL queries on the database', { queries: list });
  const found = (of: Definition, args: JsonObject) => prepareGuards(of, { roots: [], declared: [] }).inspect(args);

  it.each<[string, Definition, string, string]>([
    ['commands', shell, `echo ${'x'.repeat(8_000)}`, 'shell.unparsed'],
    ['queries', sql, `SELECT '${'x'.repeat(8_000)}'`, 'sql.unparsed'],
  ])('is parsed up to a bound: %s', (key, of, one, code) => {
    const fitting = Math.floor(PARSED_CHARS_MAX / one.length);
    expect(found(of, { [key]: Array.from({ length: fitting }, () => one) })).toEqual([]);
    const beyond = found(of, { [key]: Array.from({ length: fitting + 3 }, () => one) });
    expect(beyond.map((finding) => [finding.code, finding.at])).toEqual(
      [0, 1, 2].map((n) => [code, `${key}[${fitting + n}]`]),
    );
  });

  it('counts nothing that is not parsed', () => {
    const paths = Array.from({ length: 5_000 }, (_, n) => `/data/reports/2026/november/summary-${n}.txt`);
    expect(found(shell, { paths }).filter(({ code }) => code.endsWith('.unparsed'))).toEqual([]);
  });
});
