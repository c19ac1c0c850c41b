import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { isObject, type JsonValue } from '../core/json.ts';
import { configJsonSchema, loadConfig, type Loaded, type LoadOptions } from './load.ts';
import { describeProblem } from './problem.ts';

const folder = mkdtempSync(join(tmpdir(), 'veto-config-'));
const KEY = 'veto_k1_0123456789abcdef0123456789abcdef';
const env = { DB_TOKEN: 'token-of-the-database', VETO_API_KEY: KEY };
writeFileSync(join(folder, 'policies.yaml'), 'policies: []\n');
writeFileSync(join(folder, 'token.txt'), 'from-a-file\n');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function load(text: string, more: Partial<LoadOptions> = {}): Loaded {
  writeFileSync(join(folder, 'veto.yaml'), text);
  return loadConfig({ file: 'veto.yaml', folder, env, ...more });
}

function good(text: string, more: Partial<LoadOptions> = {}): Extract<Loaded, { ok: true }> {
  const loaded = load(text, more);
  if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join('\n'));
  return loaded;
}

const FULL = `version: 1
listen: { agents: "0.0.0.0:8420", admin: "[::1]:8421" }
public_url: https://mcp.example.com
store: ./veto-data
profile: production
environment: { env: staging }
gateways:
  default:
    upstreams: [files, db]
    policies:
      - policies.yaml
      - { default: deny, policies: [] }
upstreams:
  files:
    transport: stdio
    command: npx
    args: ["-y", "@modelcontextprotocol/server-filesystem", "./demo"]
    env: { TZ: UTC }
    roots: ["./demo"]
  db:
    transport: streamable-http
    url: https://db.example.com/mcp
    headers: { Authorization: "Bearer env:DB_TOKEN", X-Extra-Token: "file:token.txt", X-Trace: plain }
    timeout_ms: 5000
    relay: { sampling: true }
keys:
  - { name: laptop, secret: "env:VETO_API_KEY", principal: { id: alice, groups: [dev] }, expires: "2027-01-01T00:00:00Z" }
`;

describe('loadConfig', () => {
  it('completes an empty file with defaults and the gateway that exists out of the box', () => {
    const { settings } = good('');
    expect(settings).toMatchObject({
      profile: 'development',
      listen: { agents: { host: '127.0.0.1', port: 8420 }, admin: null },
      publicUrl: null,
      store: { kind: 'embedded', folder: join(folder, 'veto-data') },
      gateways: [{ name: 'default', upstreams: [], policies: [] }],
      keys: [],
    });
  });

  it('needs no file at all', () => {
    const loaded = loadConfig({ file: null, folder, env: {} });
    expect(loaded.ok && loaded.settings.file).toBe(null);
  });

  it('puts every upstream behind the gateway that was not written', () => {
    const { settings } = good('upstreams: { b: { command: x }, a: { url: "https://a.example.com" } }');
    expect(settings.gateways.map(({ name, upstreams }) => ({ name, upstreams }))).toEqual([
      { name: 'default', upstreams: ['b', 'a'] },
    ]);
  });

  it('looks secrets up, makes paths absolute and reads addresses', () => {
    const { settings } = good(FULL);
    const [files, db] = settings.upstreams;
    expect(settings.listen).toEqual({ agents: { host: '0.0.0.0', port: 8420 }, admin: { host: '::1', port: 8421 } });
    expect(files).toMatchObject({ transport: 'stdio', cwd: folder, roots: [join(folder, 'demo')], env: { TZ: 'UTC' } });
    expect(db).toMatchObject({ cwd: null, command: null, timeoutMs: 5000, era: 'auto', isolation: 'principal' });
    expect(db?.headers).toEqual({
      Authorization: 'Bearer token-of-the-database',
      'X-Extra-Token': 'from-a-file',
      'X-Trace': 'plain',
    });
    expect(db?.relay).toEqual({ sampling: true, elicitation: false, roots: false });
    expect(settings.gateways[0]?.policies).toEqual([
      { kind: 'file', path: join(folder, 'policies.yaml') },
      { kind: 'inline', name: 'veto.yaml:12', text: '{\n  "default": "deny",\n  "policies": []\n}' },
    ]);
    expect(settings.keys).toEqual([
      {
        name: 'laptop',
        gateway: 'default',
        text: KEY,
        principal: { id: 'alice', kind: 'user', groups: ['dev'], roles: [], attributes: {} },
        expiresAtMs: Date.UTC(2027, 0, 1),
      },
    ]);
  });

  it('takes `auto` with a command for stdio', () => {
    expect(good('upstreams: { a: { command: x } }').settings.upstreams[0]?.transport).toBe('stdio');
  });

  it('leaves open what an upstream does not say about integrity', () => {
    const { settings } = good('upstreams: { a: { command: x, integrity: { pin: review } } }');
    expect(settings.upstreams[0]?.integrity).toEqual({ pin: 'review' });
  });

  it('hands out settings that cannot be changed', () => {
    const { settings } = good(FULL);
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.upstreams[0]?.args)).toBe(true);
    expect(Object.isFrozen(settings.keys[0]?.principal.groups)).toBe(true);
  });

  it('notes what works but should be known', () => {
    const { notes } = good('listen: 0.0.0.0:8420\nupstreams: { a: { url: "http://10.0.0.5/mcp" } }');
    expect(notes.map(describeProblem)).toEqual([
      'veto.yaml:1:9: `0.0.0.0:8420` can be reached from other machines, but there is no `public_url`; ' +
        'add `public_url:` with the https address that clients use',
      'veto.yaml:2:24: `http://10.0.0.5/mcp` is not encrypted and not on this machine; use https',
    ]);
  });

  it('checks without the secrets at hand when asked to', () => {
    expect(load(FULL, { env: {} }).ok).toBe(false);
    expect(load(FULL, { env: {}, secrets: 'form' }).ok).toBe(true);
  });

  it('says when the file is not there', () => {
    const loaded = loadConfig({ file: 'absent.yaml', folder, env: {} });
    expect(loaded.ok ? [] : loaded.problems.map(describeProblem)).toEqual([
      'absent.yaml:1:1: the file cannot be read (ENOENT); name another with `--config`, or write one with `veto init`',
    ]);
  });
});

it('lets both addresses be any free one: the same text then names two', () => {
  const { settings } = good('listen: { agents: "127.0.0.1:0", admin: "127.0.0.1:0" }');
  expect(settings.listen.admin).toEqual(settings.listen.agents);
});

describe('overrides', () => {
  it('are stronger from the command line than from the environment, and from there than from the file', () => {
    const file = 'listen: 127.0.0.1:1\nprofile: production\n';
    const fromEnv = good(file, { env: { VETO_LISTEN: '127.0.0.1:2', VETO_PROFILE: 'development' } });
    expect(fromEnv.settings).toMatchObject({ listen: { agents: { port: 2 } }, profile: 'development' });
    const fromFlag = good(file, { env: { VETO_LISTEN: '127.0.0.1:2' }, flags: { listen: '127.0.0.1:3' } });
    expect(fromFlag.settings.listen.agents.port).toBe(3);
  });

  it('replace only the port with `--port`', () => {
    expect(good('listen: 0.0.0.0:1', { flags: { port: 9 } }).settings.listen.agents).toEqual({
      host: '0.0.0.0',
      port: 9,
    });
    expect(good(FULL, { flags: { port: 9 } }).settings.listen).toMatchObject({
      agents: { port: 9 },
      admin: { port: 8421 },
    });
    expect(good('', { flags: { port: 9 } }).settings.listen.agents).toEqual({ host: '127.0.0.1', port: 9 });
    expect(good('listen: localhost', { flags: { port: 0 } }).settings.listen.agents).toEqual({
      host: 'localhost',
      port: 0,
    });
    expect(good('listen: "[::1]:5"', { flags: { port: 6 } }).settings.listen.agents).toEqual({ host: '::1', port: 6 });
  });

  it('are named when they are wrong', () => {
    const loaded = load('', { env: { VETO_PROFILE: 'staging' } });
    expect(loaded.ok ? [] : loaded.problems.map(describeProblem)).toEqual([
      'VETO_PROFILE:1:1: `profile` is `staging`; write `development` or `production`',
    ]);
  });
});

describe('files that are none', () => {
  it.each([
    ['/dev/zero', 'is a device'],
    ['loop', 'cannot be read (ELOOP)'],
    ['.', 'is a folder'],
  ])('are not opened: %s', (path, what) => {
    if (path === 'loop') symlinkSync('loop', join(folder, 'loop'));
    const loaded = load(`gateways: { default: { upstreams: [], policies: [${path}] } }
keys: [{ name: a, secret: "file:${path}", principal: { id: a } }]`);
    expect(loaded.ok ? [] : loaded.problems.map(describeProblem)).toEqual([
      `veto.yaml:1:50: the policy file \`${path}\` ${what}; create it, or correct the path, relative to this file`,
      `veto.yaml:2:27: the secret file \`${path}\` ${what}; put a file there that the gateway may read`,
    ]);
  });

  it('are refused as secrets when they are large', () => {
    writeFileSync(join(folder, 'large'), 'x'.repeat(65_537));
    const loaded = load('keys: [{ name: a, secret: "file:large", principal: { id: a } }]');
    expect(loaded.ok ? [] : loaded.problems.map(describeProblem)).toEqual([
      'veto.yaml:1:27: the secret file `large` has more than 65536 bytes; keep only the secret in it',
    ]);
  });
});

describe('explain', () => {
  it('gives every value with its source, secrets as references', () => {
    const { explain } = good(FULL, { env: { ...env, VETO_STORE: './elsewhere' } });
    const rows = Object.fromEntries(explain().map(({ path, value, source }) => [path, { value, source }]));
    expect(rows['store']).toEqual({ value: './elsewhere', source: { kind: 'environment', at: 'VETO_STORE' } });
    expect(rows['upstreams.db.timeout_ms']).toEqual({ value: 5000, source: { kind: 'file', at: 'veto.yaml:24' } });
    expect(rows['upstreams.db.era']).toEqual({ value: 'auto', source: { kind: 'default' } });
    expect(rows['upstreams.db.headers.Authorization']?.value).toBe('Bearer env:DB_TOKEN');
    expect(rows['keys[0].secret']?.value).toBe('env:VETO_API_KEY');
    expect(JSON.stringify(explain())).not.toContain(KEY);
    expect(JSON.stringify(explain())).not.toContain('token-of-the-database');
  });
});

describe('hostile files', () => {
  const keys = fc.constantFrom(
    'listen',
    'upstreams',
    'gateways',
    'keys',
    'store',
    'a',
    'url',
    'headers',
    '__proto__',
    'x',
  );
  const { node } = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 5 },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      tie('list'),
      tie('map'),
    ),
    list: fc.array(tie('node'), { maxLength: 4 }),
    map: fc.dictionary(keys, tie('node'), { maxKeys: 5 }),
  }));

  it('end in settings or in problems with a place, never in a throw', () => {
    fc.assert(
      fc.property(node, (value) => {
        const loaded = load(stringify(value), { secrets: 'form' });
        const problems = loaded.ok ? [] : loaded.problems;
        expect(
          problems.every(({ line, column, what, mend }) => line > 0 && column > 0 && what !== '' && mend !== ''),
        ).toBe(true);
        expect(loaded.ok || problems.length > 0).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('never repeat a secret that was written in plain text', () => {
    const secret = 'hunter2-hunter2-hunter2';
    const texts = [
      `keys: [{ name: a, secret: ${secret}, principal: { id: a } }]`,
      `upstreams: { a: { url: "https://x:${secret}@h/mcp" } }`,
      `upstreams: { a: { url: "ftp://x:${secret}@h/mcp" } }`,
      `upstreams: { a: { url: "https://h", headers: { Authorization: "Bearer ${secret}" } } }`,
      `upstreams: { a: { url: "https://h", headers: { Authorization: ["${secret}"] } } }`,
      `upstreams: { a: { command: x, env: { API_KEY: ${secret} } } }`,
      `store: postgres://x:${secret}@h/db`,
      `store: mysql://x:${secret}@h/db`,
    ];
    const said = texts
      .map((text) => load(text))
      .map((loaded) => (loaded.ok ? 'accepted' : JSON.stringify(loaded.problems)));
    expect(said.filter((text) => text === 'accepted' || text.includes(secret))).toEqual([]);
  });
});

describe('the schema for editors', () => {
  it('describes every key', () => {
    const undescribed: string[] = [];
    const visit = (schema: JsonValue | undefined, path: string): void => {
      if (!isObject(schema)) return;
      const { properties, additionalProperties } = schema;
      for (const [key, inner] of Object.entries(isObject(properties) ? properties : {})) {
        if (isObject(inner) && inner['description'] === undefined) undescribed.push(`${path}.${key}`);
        visit(inner, `${path}.${key}`);
      }
      visit(additionalProperties, `${path}.*`);
    };
    visit(configJsonSchema(), '');
    expect(undescribed).toEqual([]);
  });
});
