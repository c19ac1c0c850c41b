import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../core/json.ts';
import {
  decodeHeaderValue,
  encodeHeaderValue,
  mirroredParams,
  mirroredText,
  mirroredValue,
  nameOf,
} from './headers.ts';

describe('header values', () => {
  it.each([
    ['us-west1', 'us-west1'],
    ['Hello, 世界', '=?base64?SGVsbG8sIOS4lueVjA==?='],
    [' padded ', '=?base64?IHBhZGRlZCA=?='],
    ['line1\nline2', '=?base64?bGluZTEKbGluZTI=?='],
    ['=?base64?literal?=', '=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?='],
    ['', ''],
    ['a\tb', 'a\tb'],
  ])('writes %j as %j', (value, header) => {
    expect(encodeHeaderValue(value)).toBe(header);
    expect(decodeHeaderValue(header)).toBe(value);
  });

  it('carries any text there and back in visible ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const header = encodeHeaderValue(value);
        expect(header).toMatch(/^[\t\x20-\x7e]*$/);
        expect(decodeHeaderValue(`\t${header} `)).toBe(value);
      }),
    );
  });

  it.each(['=?base64?SGVsbG8?=', '=?base64?####?=', '=?base64?/w==?=', 'caf\u00e9', 'a\u0000b'])(
    'refuses %j',
    (header) => {
      expect(decodeHeaderValue(header)).toBeNull();
    },
  );

  it('takes the name from the member that the method has', () => {
    expect(nameOf('tools/call', { name: 'x', uri: 'y' })).toBe('x');
    expect(nameOf('resources/read', { name: 'x', uri: 'y' })).toBe('y');
    expect(nameOf('tasks/get', { taskId: 't' })).toBe('t');
    expect(nameOf('tools/list', { name: 'x' })).toBeNull();
    expect(nameOf('toString', { name: 'x' })).toBeNull();
  });
});

describe('mirrored parameters', () => {
  const marked = (mark: JsonValue, type: JsonValue = 'string') => ({ type, 'x-mcp-header': mark });

  it('finds them at any depth of `properties`', () => {
    const schema = {
      properties: { region: marked('Region'), o: { properties: { dry: marked('Dry-Run', 'boolean') } } },
    };
    expect(mirroredParams(schema)).toEqual({
      valid: true,
      params: [
        { header: 'mcp-param-region', path: ['region'], type: 'string' },
        { header: 'mcp-param-dry-run', path: ['o', 'dry'], type: 'boolean' },
      ],
    });
  });

  it('takes the mark for a name or for data where it is one', () => {
    const schema = { properties: { 'x-mcp-header': { type: 'string', default: { 'x-mcp-header': 1 } } } };
    expect(mirroredParams(schema)).toEqual({ valid: true, params: [] });
  });

  it.each<[string, JsonValue]>([
    ['an empty name', { properties: { a: marked('') } }],
    ['a name that is no token', { properties: { a: marked('a b') } }],
    ['a line break', { properties: { a: marked('a\r\nEvil: 1') } }],
    ['a name that is no string', { properties: { a: marked(7) } }],
    ['a name used twice, in another case', { properties: { a: marked('X'), b: marked('x') } }],
    ['a number', { properties: { a: marked('X', 'number') } }],
    ['an object', { properties: { a: marked('X', 'object') } }],
    ['the root', { 'x-mcp-header': 'X', type: 'string' }],
    ['array items', { properties: { a: { items: marked('X') } } }],
    ['a composition', { anyOf: [{ properties: { a: marked('X') } }] }],
    ['a definition', { $defs: { a: marked('X') } }],
    ['a keyword of no standard', { 'x-other': { properties: { a: marked('X') } } }],
  ])('calls the tool invalid for %s', (_, schema) => {
    expect(mirroredParams(schema).valid).toBe(false);
  });

  it('bounds the depth of what it visits', () => {
    let schema: JsonValue = {};
    for (let i = 0; i < 5000; i++) schema = { not: schema };
    expect(mirroredParams(schema).valid).toBe(false);
  });

  it('reads the value at the exact path, own properties only', () => {
    const at = (...path: string[]) => ({ header: 'mcp-param-x', path, type: 'string' as const });
    expect(mirroredText(mirroredValue(at('a', 'b'), { a: { b: 'v' } }))).toBe('v');
    expect(mirroredText(mirroredValue(at('a'), { a: 42 }))).toBe('42');
    expect(mirroredText(mirroredValue(at('a'), { a: false }))).toBe('false');
    expect(mirroredText(mirroredValue(at('a'), { a: null }))).toBeNull();
    expect(mirroredText(mirroredValue(at('constructor'), {}))).toBeNull();
    expect(mirroredText(mirroredValue(at('a', 'b'), { a: 'text' }))).toBeNull();
  });
});
