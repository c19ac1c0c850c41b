import { describe, expect, it } from 'vitest';
import { exchangeOf, modernClient, settingsOf, worldOf, type Script } from '../../test/doubles/rooms.ts';
import type { JsonObject } from '../core/json.ts';
import { checkRelay, legacyQuestion, signQuestion, signRequests, visitRequests, visitsIn, type Hop } from './relay.ts';

const ALL = { sampling: true, elicitation: true, roots: true };
const hop = (capabilities: JsonObject, relay = ALL): Hop => ({
  settings: settingsOf('it', { relay }),
  tenant: { key: '', capabilities },
});
const passes = (between: Hop, method: string, params: JsonObject = {}): boolean => {
  try {
    checkRelay(between, method, params);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'relay_refused' });
    return false;
  }
};

describe('a question is passed on', () => {
  it.each<[boolean, JsonObject, string, JsonObject]>([
    [true, { elicitation: {} }, 'elicitation/create', {}],
    [true, { elicitation: {} }, 'elicitation/create', { mode: 'form' }],
    [false, { elicitation: {} }, 'elicitation/create', { mode: 'url' }],
    [true, { elicitation: { form: {} } }, 'elicitation/create', {}],
    [false, { elicitation: { form: {} } }, 'elicitation/create', { mode: 'url' }],
    [true, { elicitation: { url: {} } }, 'elicitation/create', { mode: 'url', url: 'https://a.example' }],
    [false, { elicitation: { url: {} } }, 'elicitation/create', {}],
    [true, { elicitation: { form: {}, url: {} } }, 'elicitation/create', { mode: 'form' }],
    [false, { elicitation: { form: {}, url: {} } }, 'elicitation/create', { mode: 'voice' }],
    [false, { elicitation: true }, 'elicitation/create', {}],
    [true, { sampling: {} }, 'sampling/createMessage', {}],
    [false, { sampling: {} }, 'sampling/createMessage', { tools: [] }],
    [false, { sampling: {} }, 'sampling/createMessage', { toolChoice: { mode: 'auto' } }],
    [true, { sampling: { tools: {} } }, 'sampling/createMessage', { tools: [] }],
    [false, { sampling: {} }, 'roots/list', {}],
    [true, { roots: {} }, 'roots/list', {}],
    [false, { roots: {}, constructor: {} }, 'constructor', {}],
  ])('%s: declared %j, asked %s %j', (expected, declared, method, params) => {
    expect(passes(hop(declared), method, params)).toBe(expected);
    expect(passes(hop(declared, { sampling: false, elicitation: false, roots: false }), method, params)).toBe(false);
  });
});

describe('pages to visit', () => {
  it('are read from the error, and asked for without a number', () => {
    const visit = { mode: 'url', url: 'https://a.example', message: 'go', elicitationId: 'x' };
    const visits = visitsIn({ code: -32042, message: 'm', data: { elicitations: [visit, 1, null] } });
    expect(visits).toEqual([visit]);
    expect(visitRequests(visits)).toEqual({
      'visit-1': { method: 'elicitation/create', params: { mode: 'url', url: 'https://a.example', message: 'go' } },
    });
    for (const data of [undefined, null, 'x', { elicitations: {} }]) {
      expect(visitsIn({ code: -32042, message: 'm', ...(data === undefined ? {} : { data }) })).toEqual([]);
    }
  });

  it.each([
    ['https://login.example.com/start?state=1', true],
    ['http://localhost:8080/done', true],
    ['http://127.0.0.1/done', true],
    ['http://[::1]:3000/', true],
    ['http://login.example.com/start', false],
    ['http://127.0.0.1.example.com/', false],
    ['https://bank.example@evil.example/', false],
    ['https://user:pass@login.example.com/', false],
    ['javascript:alert(1)', false],
    ['data:text/html,<form>', false],
    ['file:///etc/passwd', false],
    ['vscode://extension/run', false],
    ['//login.example.com', false],
    ['', false],
    [undefined, false],
    [{ href: 'https://login.example.com' }, false],
  ])('may be %j: %s', (url, expected) => {
    const params: JsonObject = { mode: 'url', message: 'go', ...(url === undefined ? {} : { url }) };
    expect(passes(hop({ elicitation: { url: {} } }), 'elicitation/create', params)).toBe(expected);
  });

  it('get a number for clients of 2025-11-25 when they have none', () => {
    const numbered = legacyQuestion('elicitation/create', { mode: 'url' }, 0);
    expect(numbered['elicitationId']).toMatch(/^[\w-]{8,}$/);
    expect(legacyQuestion('elicitation/create', { mode: 'url', elicitationId: 'own' }, 0)['elicitationId']).toBe('own');
    expect(legacyQuestion('elicitation/create', {}, 0)).toEqual({});
    expect(legacyQuestion('sampling/createMessage', { mode: 'url' }, 0)).toEqual({ mode: 'url' });
  });
});

describe('a question of one of several servers', () => {
  const ask = { method: 'elicitation/create', params: { message: 'Your name?' } };
  const byRequest: Script['answer'] = async (_, ports) => ({
    kind: 'result',
    result: await ports.ask(ask.method, ask.params, ports.signal),
  });
  const byResult: Script['answer'] = async ({ params }) => ({
    kind: 'result',
    result: params.inputResponses ? {} : { resultType: 'input_required', inputRequests: { k: ask } },
  });

  it.each([
    ['legacy', 'legacy', byRequest],
    ['legacy', 'modern', byResult],
    ['modern', 'legacy', byRequest],
    ['modern', 'modern', byResult],
  ] as const)(
    'reaches a %s client of a %s server signed, and as it is where there is one server',
    async (client, era, answer) => {
      const asker: Script = {
        tools: [{ name: 'it', inputSchema: {} }],
        era,
        settings: { relay: { sampling: false, elicitation: true, roots: false } },
        answer,
      };
      for (const [scripts, message] of [
        [{ files: asker, other: { tools: [] } }, '[files] Your name?'],
        [{ files: asker }, 'Your name?'],
      ] as const) {
        const asked: unknown[] = [];
        const as = client === 'modern' ? modernClient : {};
        const exchange = exchangeOf(
          'tools/call',
          { name: 'it' },
          {
            client: { ...as, capabilities: { elicitation: {} } },
            ask: async (_, params) => {
              asked.push(params['message']);
              return {};
            },
          },
        );
        const answered = await worldOf(scripts).gateway.answer(exchange);
        if (client === 'legacy') expect(asked).toEqual([message]);
        else expect(JSON.stringify(answered)).toContain(`"message":"${message}"`);
      }
    },
  );

  it('says who asks, in its message and for programs', () => {
    const params = { message: 'Your name?', _meta: { own: 1 } };
    expect(signQuestion('files', 'elicitation/create', params)).toEqual({
      message: '[files] Your name?',
      _meta: { own: 1, 'veto/server': 'files' },
    });
    expect(signQuestion('files', 'sampling/createMessage', { maxTokens: 5 })).toEqual({
      maxTokens: 5,
      _meta: { 'veto/server': 'files' },
    });
  });

  it('is signed in results too; others stay the very same', () => {
    const request = { method: 'elicitation/create', params: { message: 'Your name?' } };
    const result: JsonObject = { resultType: 'input_required', inputRequests: { k: request } };
    expect(signRequests('files', result)).toMatchObject({
      inputRequests: { k: { params: { message: '[files] Your name?' } } },
    });
    expect(signRequests(null, result)).toBe(result);
    const plain = { content: [] };
    expect(signRequests('files', plain)).toBe(plain);
  });
});
