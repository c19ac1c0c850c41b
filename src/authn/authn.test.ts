import { describe, expect, it } from 'vitest';
import { ManualClock } from '../core/clock.ts';
import type { Principal } from '../core/principal.ts';
import { Authn } from './authn.ts';
import type { Credential, Recognised } from './authenticator.ts';
import type { ConfiguredKey } from './configured-keys.ts';
import { issueKey, keyIdOf } from './issue-key.ts';
import type { KeyEntry, KeyStore } from './ports.ts';

const alice: Principal = { id: 'alice', kind: 'user', groups: ['dev'], roles: [], attributes: {} };

/** The smallest key store; the real ones are tested in `store/`. */
class Keys implements KeyStore {
  entries: KeyEntry[] = [];
  lists = 0;
  #revision = 0;

  revision(): number {
    return this.#revision;
  }

  list(): readonly KeyEntry[] {
    this.lists++;
    return this.entries;
  }

  add(entry: KeyEntry): boolean {
    this.entries = [...this.entries, entry];
    this.#revision++;
    return true;
  }

  revoke(id: string, atMs: number): boolean {
    this.entries = this.entries.map((entry) => (entry.id === id ? { ...entry, revokedAtMs: atMs } : entry));
    this.#revision++;
    return true;
  }

  rotate(): boolean {
    throw new Error('not asked for here');
  }
}

function setUp(configured: readonly ConfiguredKey[] = []) {
  const clock = new ManualClock();
  const keys = new Keys();
  const authn = new Authn({ keys, configured, clock });
  const issue = (gateway: string, livesMs: number | null = null) => {
    const expiresAtMs = livesMs === null ? null : clock.nowMs() + livesMs;
    const issued = issueKey({ name: 'laptop', gateway, principal: alice, expiresAtMs }, clock.nowMs());
    keys.add(issued.entry);
    return issued;
  };
  return { clock, keys, authn, issue };
}

function shown(recognised: Recognised): string {
  return recognised.kind === 'caller' ? `caller ${recognised.caller.principal.id}` : recognised.refusal.code;
}

const none: Credential = { apiKey: null, bearer: null };

describe('recognise', () => {
  it('accepts a key in either header, or the same in both', () => {
    const { authn, issue } = setUp();
    const { text, entry } = issue('default');
    for (const credential of [
      { ...none, apiKey: text },
      { ...none, bearer: text },
      { apiKey: text, bearer: text },
    ]) {
      const recognised = authn.recognise('default', credential);
      expect(recognised).toMatchObject({ caller: { principal: alice, keyId: entry.id, authenticatedBy: 'api-key' } });
    }
  });

  it('refuses everything else, and tells the agent no difference', () => {
    const { authn, issue, keys, clock } = setUp();
    const { text, entry } = issue('default');
    const other = issue('other').text;
    const revoked = issue('default');
    keys.revoke(revoked.entry.id, clock.nowMs());
    const cases: readonly [Credential, string, RegExp][] = [
      [none, 'AUTHN_REQUIRED', /no credential/],
      [{ apiKey: '', bearer: '' }, 'AUTHN_REQUIRED', /no credential/],
      [{ apiKey: other, bearer: text }, 'AUTHN_INVALID', /different/],
      [{ ...none, apiKey: other }, 'AUTHN_INVALID', /for gateway `other`/],
      [{ ...none, apiKey: revoked.text }, 'AUTHN_INVALID', /revoked/],
      [{ ...none, apiKey: `veto_${entry.id}_${'A'.repeat(43)}` }, 'AUTHN_INVALID', /wrong secret/],
      [{ ...none, apiKey: `veto_${'0'.repeat(16)}_${'A'.repeat(43)}` }, 'AUTHN_INVALID', /no key/],
      [{ ...none, apiKey: text.slice(0, -1) }, 'AUTHN_INVALID', /no known form/],
      [{ ...none, apiKey: ` ${text}` }, 'AUTHN_INVALID', /no known form/],
      [{ ...none, apiKey: entry.hash }, 'AUTHN_INVALID', /no known form/],
      [{ ...none, bearer: '__proto__' }, 'AUTHN_INVALID', /no known form/],
      [{ ...none, bearer: 'x'.repeat(100_000) }, 'AUTHN_INVALID', /too long/],
    ];
    const messages = new Set<string>();
    for (const [credential, code, detail] of cases) {
      const recognised = authn.recognise('default', credential);
      if (recognised.kind !== 'refusal') throw new Error(`recognised ${String(detail)}`);
      expect(recognised.refusal.code).toBe(code);
      expect(recognised.refusal.detail).toMatch(detail);
      expect(JSON.stringify(recognised)).not.toContain(text.slice(22));
      if (code === 'AUTHN_INVALID') messages.add(recognised.refusal.message);
    }
    expect(messages.size).toBe(1);
  });

  it('lets keys expire to the millisecond', () => {
    const { authn, issue, clock } = setUp();
    const { text } = issue('default', 1_000);
    const recognised = authn.recognise('default', { ...none, apiKey: text });
    clock.advance(999);
    expect(shown(authn.recognise('default', { ...none, apiKey: text }))).toBe('caller alice');
    clock.advance(1);
    expect(shown(authn.recognise('default', { ...none, apiKey: text }))).toBe('AUTHN_INVALID');
    expect(recognised.kind === 'caller' && recognised.caller.isValid()).toBe(false);
  });

  it('does not bring a dead key back when the clock is put back', () => {
    const { clock, keys, authn, issue } = setUp();
    const { text, entry } = issue('default');
    const recognised = authn.recognise('default', { ...none, apiKey: text });
    if (recognised.kind !== 'caller') throw new Error('refused');
    keys.revoke(entry.id, clock.nowMs());
    expect(recognised.caller.isValid()).toBe(false);
    clock.advance(-3_600_000);
    expect(recognised.caller.isValid()).toBe(false);
    expect(shown(authn.recognise('default', { ...none, apiKey: text }))).toBe('AUTHN_INVALID');
  });

  it('notices a revocation on open streams, without a call in between', () => {
    const { authn, issue, keys, clock } = setUp();
    const { text, entry } = issue('default');
    const recognised = authn.recognise('default', { ...none, bearer: text });
    if (recognised.kind !== 'caller') throw new Error('refused');
    expect(recognised.caller.isValid()).toBe(true);
    keys.revoke(entry.id, clock.nowMs());
    expect(recognised.caller.isValid()).toBe(false);
  });

  it('reads the keys only when they changed', () => {
    const { authn, issue, keys } = setUp();
    const { text } = issue('default');
    for (let n = 0; n < 10; n++) authn.recognise('default', { ...none, apiKey: text });
    expect(keys.lists).toBe(1);
  });
});

describe('declared keys', () => {
  const declared = {
    name: 'ci',
    gateway: 'default',
    principal: alice,
    text: 'a secret of the operator',
    expiresAtMs: null,
  };

  it('work beside stored ones, whatever their form', () => {
    const issued = issueKey({ name: 'x', gateway: 'default', principal: alice, expiresAtMs: null }, 0);
    const { authn, issue } = setUp([declared, { ...declared, name: 'two', text: issued.text }]);
    for (const apiKey of [declared.text, issued.text, issue('default').text]) {
      expect(shown(authn.recognise('default', { ...none, apiKey }))).toBe('caller alice');
      expect(shown(authn.recognise('other', { ...none, apiKey }))).toBe('AUTHN_INVALID');
    }
    expect(authn.recognise('default', { ...none, apiKey: declared.text })).toMatchObject({
      caller: { keyId: 'config:ci' },
    });
  });

  it('cannot bring a revoked key back', () => {
    const { clock, keys } = setUp();
    const issued = issueKey({ name: 'x', gateway: 'default', principal: alice, expiresAtMs: null }, 0);
    const authn = new Authn({ keys, clock, configured: [{ ...declared, text: issued.text }] });
    keys.add({ ...issued.entry, revokedAtMs: 1 });
    expect(shown(authn.recognise('default', { ...none, apiKey: issued.text }))).toBe('AUTHN_INVALID');
  });

  it('are refused when short or doubled', () => {
    expect(() => setUp([{ ...declared, text: 'short' }])).toThrow(/less than 20 characters/);
    expect(() => setUp([declared, { ...declared, name: 'again' }])).toThrow(/`ci` and `again` have the same secret/);
  });
});

describe("administrators' keys", () => {
  const admin = issueKey({ name: 'a', gateway: '', principal: alice, expiresAtMs: null }, 0, 'admin');

  it('have a form of their own and open no gateway', () => {
    const { authn, keys } = setUp();
    expect(admin.text).toMatch(/^veto_admin_[0-9a-f]{16}_[\w-]{43}$/);
    expect(keyIdOf(admin.text)).toBe(admin.entry.id);
    expect(shown(authn.recognise('default', { ...none, apiKey: admin.text }))).toBe('AUTHN_INVALID');
    keys.add(admin.entry); // even if one came among those of agents
    expect(shown(authn.recognise('default', { ...none, apiKey: admin.text }))).toBe('AUTHN_INVALID');
  });

  it('cannot be declared for agents', () => {
    const declared = { name: 'x', gateway: 'default', principal: alice, text: admin.text, expiresAtMs: null };
    expect(() => setUp([declared])).toThrow(/the secret of key `x` is an administrator's key/);
  });
});

it('issues keys of 256 bits with a public id', () => {
  const { text, entry } = issueKey({ name: 'n', gateway: 'g', principal: alice, expiresAtMs: null }, 5);
  expect(keyIdOf(text)).toBe(entry.id);
  expect(Buffer.from(text.slice(22), 'base64url')).toHaveLength(32);
  expect(JSON.stringify(entry)).not.toContain(text.slice(22));
});
