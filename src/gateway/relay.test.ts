import { describe, expect, it } from 'vitest';
import { settingsOf } from '../../test/doubles/rooms.ts';
import type { JsonObject } from '../core/json.ts';
import { checkRelay, legacyQuestion, visitRequests, visitsIn, type Hop } from './relay.ts';

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
    [true, { elicitation: { url: {} } }, 'elicitation/create', { mode: 'url' }],
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

  it('get a number for clients of 2025-11-25 when they have none', () => {
    const numbered = legacyQuestion('elicitation/create', { mode: 'url' }, 0);
    expect(numbered['elicitationId']).toMatch(/^[\w-]{8,}$/);
    expect(legacyQuestion('elicitation/create', { mode: 'url', elicitationId: 'own' }, 0)['elicitationId']).toBe('own');
    expect(legacyQuestion('elicitation/create', {}, 0)).toEqual({});
    expect(legacyQuestion('sampling/createMessage', { mode: 'url' }, 0)).toEqual({ mode: 'url' });
  });
});
