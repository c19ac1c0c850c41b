import { describe, expect, it } from 'vitest';
import { fill, seeded } from '../../../test/fixtures/recipes.ts';
import type { Definition } from '../../core/definition.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { parseAnswer } from '../../mcp/client-answer.ts';
import { prepareResults } from './prepare.ts';
import { redact } from './redact.ts';
import type { ResultMode } from './prepare.ts';

const draw = seeded(12);
const token = fill('ghp_{alnum:36}', draw);
const key = `-----BEGIN PRIVATE KEY-----\n${fill('{b64:64}\n{b64:64}\n', draw)}-----END PRIVATE KEY-----`;
const guard = (
  secrets: ResultMode,
  outputSchema?: JsonObject,
  pii: ResultMode = 'off',
): ReturnType<typeof prepareResults> => {
  const definition: Definition = {
    kind: 'tool',
    name: 't',
    body: { name: 't', ...(outputSchema ? { outputSchema } : {}) },
  };
  return prepareResults(definition, { secrets, pii, piiClasses: ['payment-card'] });
};
const text = (value: string): JsonObject => ({ content: [{ type: 'text', text: value }] });

describe('a result', () => {
  it('without secrets passes as it is', () => {
    expect(guard('redact').inspect(text('all is well'))).toEqual({ kind: 'pass', findings: [] });
  });

  it('is not looked at when nothing is wanted', () => {
    expect(guard('off').inspect(text(token))).toEqual({ kind: 'pass', findings: [] });
  });

  it('is recorded, redacted or withheld', () => {
    expect(guard('record').inspect(text(token))).toMatchObject({
      kind: 'pass',
      findings: [{ code: 'secret.code', at: 'content[0].text' }],
    });
    expect(guard('redact').inspect(text(`a ${token} b`))).toMatchObject({
      kind: 'redacted',
      result: text('a [redacted: GitHub token] b'),
    });
    expect(guard('block').inspect(text(token))).toMatchObject({ kind: 'withheld' });
  });

  it('never repeats a secret in what it says', () => {
    const { result: _, ...said } = guard('redact').inspect(text(token)) as { result?: JsonValue };
    expect(JSON.stringify(said)).not.toContain(token.slice(6));
  });

  it('keeps `content` and `structuredContent` the same story', () => {
    const structured = { user: 'x', password: 'Kx9#mPqv7!Zw', nested: [{ token }], pem: key };
    const verdict = guard('redact').inspect({
      content: [{ type: 'text', text: JSON.stringify(structured) }],
      structuredContent: structured,
    });
    if (verdict.kind !== 'redacted') throw new Error(verdict.kind);
    const [block] = verdict.result['content'] as [{ text: string }]; // built above
    expect(JSON.parse(block.text)).toEqual(verdict.result['structuredContent']);
    expect(verdict.result['structuredContent']).toEqual({
      user: 'x',
      password: '[redacted: password]',
      nested: [{ token: '[redacted: GitHub token]' }],
      pem: '[redacted: private key]',
    });
  });

  it('has the whole of a secret replaced, not only the part that is one by itself', () => {
    const whole = `postgres://app:${token}@db.example.com/app`;
    const verdict = guard('redact').inspect({ content: [], structuredContent: { a: token, b: whole } });
    if (verdict.kind !== 'redacted') throw new Error(verdict.kind);
    expect(verdict.result['structuredContent']).toEqual({
      a: '[redacted: GitHub token]',
      b: 'postgres[redacted: Bearer credential in a URL]db.example.com/app',
    });
  });

  it('has it replaced where it stands as JSON within a text', () => {
    const text = 'two\nlines "quoted"';
    const detection = { name: 'password', class: 'password', start: 0, end: text.length };
    const content = [{ type: 'text', text: JSON.stringify({ text }) }];
    expect(redact({ content }, [{ at: 'x', detection, text }])).toEqual({
      content: [{ type: 'text', text: '{"text":"[redacted: password]"}' }],
    });
  });

  it('still fits its schema, or is withheld', () => {
    const open = { type: 'object', properties: { t: { type: 'string' } }, required: ['t'] };
    const tight = { type: 'object', properties: { t: { type: 'string', pattern: '^ghp_' } }, required: ['t'] };
    const numeric = { type: 'object', properties: { card: { type: 'integer' } } };
    const structured = { content: [], structuredContent: { t: token } };
    expect(guard('redact', open).inspect(structured).kind).toBe('redacted');
    expect(guard('redact', tight).inspect(structured).kind).toBe('withheld');
    expect(
      guard('off', numeric, 'redact').inspect({ content: [], structuredContent: { card: 4111111111111111 } }).kind,
    ).toBe('withheld');
  });

  it('keeps numbers that JavaScript cannot hold, digit by digit', () => {
    const source = `{"id":12345678901234567890,"rate":1e400,"token":"${token}","list":[98765432109876543210]}`;
    const structured = parseAnswer(source, 8);
    const verdict = guard('redact').inspect({
      content: [{ type: 'text', text: source }],
      structuredContent: structured,
    });
    if (verdict.kind !== 'redacted') throw new Error(verdict.kind);
    const expected = source.replace(token, '[redacted: GitHub token]');
    expect(JSON.stringify(verdict.result['structuredContent'])).toBe(expected);
    expect(verdict.result['content']).toEqual([{ type: 'text', text: expected }]);
  });

  it('reads them too', () => {
    const card = '6212345678901234569'; // 19 digits with a valid check digit
    const structured = parseAnswer(`{"card":${card},"id":12345678901234567890}`, 8);
    const verdict = guard('off', undefined, 'redact').inspect({ content: [], structuredContent: structured });
    if (verdict.kind !== 'redacted') throw new Error(verdict.kind);
    const [, id] = JSON.stringify(verdict.result['structuredContent']).split(',');
    expect(JSON.stringify(verdict.result)).not.toContain(card);
    expect(id).toBe('"id":12345678901234567890}');
  });

  it('is read in embedded resources, prompts and resource contents, not in base64', () => {
    expect(
      guard('redact').inspect({ content: [{ type: 'resource', resource: { uri: 'x:y', text: token } }] }).kind,
    ).toBe('redacted');
    expect(guard('redact').inspect({ messages: [{ role: 'user', content: { type: 'text', text: token } }] }).kind).toBe(
      'redacted',
    );
    expect(guard('redact').inspect({ contents: [{ uri: 'x:y', text: token }] }).kind).toBe('redacted');
    expect(guard('redact').inspect({ content: [{ type: 'image', data: token, mimeType: 'image/png' }] }).kind).toBe(
      'pass',
    );
  });

  it('is redacted of classes that an obligation adds', () => {
    expect(guard('off').inspect(text('4111 1111 1111 1111'), ['payment-card']).kind).toBe('redacted');
    expect(guard('block').inspect(text(token), ['code']).kind).toBe('withheld');
  });

  it('that is too long to be read is withheld, not passed', () => {
    const small = prepareResults(null, { secrets: 'redact', pii: 'off', piiClasses: [], textCharsMax: 100 });
    expect(small.inspect(text('x'.repeat(101))).kind).toBe('withheld');
  });

  it('with more secrets than are counted is withheld, not half redacted', () => {
    const many = Array.from({ length: 1200 }, () => fill('ghp_{alnum:36}', draw)).join(' ');
    expect(guard('redact').inspect(text(many)).kind).toBe('withheld');
  });
});
