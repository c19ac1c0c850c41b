import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../core/json.ts';
import { parseAnswer } from '../mcp/client-answer.ts';
import { changedFields } from './drift.ts';
import { fieldFingerprints, fingerprint } from './fingerprint.ts';

/** Every field that a revision of the protocol knows, and one that none knows yet. */
const TOOL = {
  name: 'read_note',
  title: 'Read a note',
  description: 'Reads a note.',
  inputSchema: { type: 'object', properties: { id: { type: 'string', minLength: 1 } }, required: ['id'] },
  outputSchema: { type: 'object', properties: { text: { type: 'string' } } },
  annotations: {
    title: 'Read',
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
  icons: [{ src: 'https://example.com/a.png', mimeType: 'image/png', sizes: ['48x48'] }],
  execution: { taskSupport: 'optional' },
  _meta: { 'com.example/tier': 'free' },
  laterRevision: { anything: [1, null] },
} satisfies JsonObject;
const SERVER = {
  serverInfo: { name: 'notes', title: 'Notes', version: '1.0.0', websiteUrl: 'https://example.com', icons: [] },
  instructions: 'Ask for notes by id.',
  capabilities: { tools: { listChanged: true }, prompts: {}, experimental: {} },
} satisfies JsonObject;
const PROMPT = {
  name: 'sum',
  title: 'Sum up',
  description: 'Sums up.',
  arguments: [{ name: 'id', description: 'Which.', required: true }],
  icons: [{ src: 'data:,' }],
  _meta: { a: 1 },
} satisfies JsonObject;
const TEMPLATE = {
  uriTemplate: 'note://{id}',
  name: 'note',
  title: 'A note',
  description: 'One note.',
  mimeType: 'text/plain',
  annotations: { audience: ['user'], priority: 1 },
  icons: [{ src: 'data:,' }],
  _meta: { a: 1 },
} satisfies JsonObject;
const SURFACES = [
  ['tool', TOOL],
  ['server', SERVER],
  ['prompt', PROMPT],
  ['template', TEMPLATE],
  ['resource', { uri: 'note://1', name: 'one', size: 5, mimeType: 'text/plain' }],
] as const;

type Path = readonly (string | number)[];

/** Every place in a value that holds no other. */
function leaves(value: unknown, at: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inside = Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...at, key]));
  return inside.length === 0 ? [at] : inside;
}

function spoil(body: JsonObject, path: Path): JsonObject {
  const copy = structuredClone(body);
  let holder: Record<string | number, unknown> = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string | number, unknown>; // a path of `leaves`
  holder[path.at(-1) ?? ''] = 'something else';
  return copy;
}

describe.each(SURFACES)('the fingerprint of a %s', (kind, body) => {
  it('moves with every value, and the digest of its field with it', () => {
    const whole = fingerprint(kind, 'n', body);
    const fields = fieldFingerprints(body);
    expect(Object.keys(fields)).toEqual(Object.keys(body).toSorted());
    for (const path of leaves(body)) {
      const changed = spoil(body, path);
      expect(fingerprint(kind, 'n', changed), path.join('.')).not.toBe(whole);
      expect(changedFields(body, changed)).toEqual([path[0]]);
      const moved = Object.entries(fieldFingerprints(changed)).filter(([field, digest]) => fields[field] !== digest);
      expect(moved.map(([field]) => field)).toEqual([path[0]]);
    }
  });

  it('moves when a field is taken away, and belongs to kind and name', () => {
    const whole = fingerprint(kind, 'n', body);
    for (const field of Object.keys(body)) {
      const { [field]: _, ...rest } = body as JsonObject;
      expect(fingerprint(kind, 'n', rest)).not.toBe(whole);
    }
    const others = (['tool', 'prompt', 'resource', 'template', 'server'] as const).filter((other) => other !== kind);
    for (const other of others) expect(fingerprint(other, 'n', body)).not.toBe(whole);
    expect(fingerprint(kind, 'm', body)).not.toBe(whole);
  });

  it('does not mind blanks and the order of keys', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat()), (picks) => {
        const text = JSON.stringify(shuffled(body, picks), null, 3);
        expect(fingerprint(kind, 'n', JSON.parse(text) as JsonObject)).toBe(fingerprint(kind, 'n', body));
      }),
    );
  });
});

/** The same value with its keys in another order. */
function shuffled(value: unknown, picks: Iterator<number>): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffled(item, picks));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, shuffled(inner, picks)] as const);
  const order = entries.map((entry) => [Number(picks.next().value), entry] as const);
  return Object.fromEntries(order.toSorted(([a], [b]) => a - b).map(([, entry]) => entry));
}

describe('numbers that JavaScript cannot hold', () => {
  const read = (text: string) => parseAnswer(text, 64) as JsonObject;
  const of = (text: string) => fingerprint('tool', 'n', read(text));

  it('count with every digit, and are not the object that stands for them', () => {
    expect(of('{"max":9223372036854775807}')).not.toBe(of('{"max":9223372036854775808}'));
    expect(of('{"max":9223372036854775807}')).not.toBe(of('{"max":{"rawJSON":"9223372036854775807"}}'));
    expect(of('{"max":9223372036854775807}')).toBe(of('{ "max" : 9223372036854775807 }'));
  });
});
