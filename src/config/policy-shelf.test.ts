import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GUARDED } from '../gateway/guarded.ts';
import { observer } from '../gateway/observer.ts';
import { warmGuards } from '../guards/guards.ts';
import { questionOf } from '../policy/question-of.ts';
import { loadConfig } from './load.ts';
import { PolicyShelf } from './policy-shelf.ts';
import type { FileRead } from './read-file.ts';

const RULES = 'default: deny\npolicies: [{ name: a, match: { tool: t }, action: ACTION }]\n';
const TESTS = 'tests: [{ name: t passes, call: { tool: t }, expect: { action: allow } }]\n';

const folder = mkdtempSync(join(tmpdir(), 'veto-shelf-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => warmGuards());

function shelfOf(files: Readonly<Record<string, string>>, mode = 'enforce') {
  const texts = new Map(Object.entries(files).map(([name, text]) => [join(folder, name), Buffer.from(text)]));
  writeFileSync(join(folder, 'p.yaml'), '');
  const text = `version: 1\nupstreams: {}\ngateways: { default: { upstreams: [], policies: [p.yaml], mode: ${mode} } }\n`;
  const loaded = loadConfig({ file: null, text, folder, env: {} });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const introduced = { ...GUARDED, observe: observer() };
  const read = (path: string): FileRead => {
    const bytes = texts.get(path);
    return bytes ? { ok: true, bytes } : { ok: false, kind: 'absent', what: 'cannot be found' };
  };
  const shelf = new PolicyShelf(loaded.settings, introduced, read);
  const decided = () => shelf.snapshot.gateways.get('default')?.policy.decide(questionOf({ tool: 't' }, { nowMs: 0 }));
  return { shelf, decided, write: (name: string, to: string) => texts.set(join(folder, name), Buffer.from(to)) };
}

describe('PolicyShelf', () => {
  it('keeps the last good version when a test of the new one fails, beside the file or in it', () => {
    const { shelf, decided, write } = shelfOf({ 'p.yaml': RULES.replace('ACTION', 'allow'), 'p.test.yaml': TESTS });
    expect(shelf.paths).toEqual([join(folder, 'p.yaml'), join(folder, 'p.test.yaml')]);
    write('p.yaml', RULES.replace('ACTION', 'deny'));
    expect(shelf.reload()).toEqual({
      changed: new Set(),
      problems: [
        `${join(folder, 'p.test.yaml')}:1: the test \`t passes\` fails: expected \`allow\`, came out \`deny\` by \`a\`; mend the rule or the test`,
      ],
    });
    expect(decided()).toMatchObject({ effect: 'allow', rule: 'a' });
    write('p.test.yaml', TESTS.replace('action: allow', 'action: deny'));
    expect(shelf.reload()).toEqual({ changed: new Set(['default']), problems: [] });
    expect(decided()).toMatchObject({ effect: 'deny', rule: 'a' });
    write('p.yaml', RULES.replace('ACTION', 'deny') + TESTS);
    expect(shelf.reload().problems[0]).toContain('p.yaml:3: the test `t passes` fails');
  });

  it('starts with no policy whose tests fail', () => {
    expect(() => shelfOf({ 'p.yaml': RULES.replace('ACTION', 'deny') + TESTS })).toThrow('the test `t passes` fails');
  });

  it('leaves a gateway in shadow unenforced', () => {
    const { decided } = shelfOf({ 'p.yaml': RULES.replace('ACTION', 'deny') }, 'shadow');
    expect(decided()).toMatchObject({ effect: 'allow', shadow: { effect: 'deny', rules: ['a'] } });
  });
});
