import { beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { warmGuards } from './guards.ts';
import { prepareGuards } from './prepare.ts';
import { standIn } from './stand-in.ts';

beforeAll(warmGuards);

const codes = (tool: string, args: JsonObject): string[] =>
  prepareGuards(standIn(tool, args), { roots: [], declared: [] })
    .inspect(args)
    .map(({ code }) => code);

describe('a call without a definition', () => {
  it.each([
    ['run_command', { command: 'rm -rf /' }, 'shell.recursive_delete'],
    ['read_file', { path: '..%5c..%5cetc/passwd' }, 'path.traversal'],
    ['http_request', { url: 'file:///etc/passwd' }, 'url.scheme'],
    ['run_sql', { sql: 'DROP TABLE users' }, 'sql.ddl'],
    ['execute_query', { query: 'DROP TABLE users' }, 'sql.ddl'],
    ['batch', { calls: [{ n: 1 }, { path: '%c0%ae%c0%ae/x' }] }, 'path.encoding'],
    ['batch', { paths: ['a.txt', '%c0%ae%c0%ae/x'] }, 'path.encoding'],
    ['deep', { job: { target: { path: '%c0%ae%c0%ae/x' } } }, 'path.encoding'],
  ])('is read by the names of %s: %j', (tool, args, code) => {
    expect(codes(tool, args)).toContain(code);
  });

  it.each([
    ['execute_query', { query: 'sales of the last quarter by region' }],
    ['search', { query: 'DROP TABLE users' }],
    ['note', { text: null, list: [], number: 1, deep: { a: [[['x']]] } }],
  ])('demands nothing of %s: %j', (tool, args) => {
    expect(codes(tool, args)).toEqual([]);
  });
});
