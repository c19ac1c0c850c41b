import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { doubles } from '../../test/doubles/argument-types.ts';
import { loadPolicies, type PolicyEnvironment } from './load.ts';
import type { Problem } from './problem.ts';

interface Case {
  readonly name: string;
  readonly text: string;
  readonly problems: readonly string[];
}

const environment: PolicyEnvironment = { ...doubles, profile: 'development' };

function problemsOf(text: string | Uint8Array): readonly Problem[] {
  const loaded = loadPolicies([{ name: 'p.yaml', text }], environment);
  return loaded.ok ? [] : loaded.problems;
}

const line = ({ line: at, column, words, what, mend }: Problem): string =>
  `${at}:${column} [${words}] ${what}; ${mend}`;

describe.each(['syntax', 'keys', 'types', 'meaning'])('wrong policy files: %s', (group) => {
  const url = new URL(`../../test/cases/policy-errors/${group}.json`, import.meta.url);
  const cases = JSON.parse(readFileSync(url, 'utf8')) as Case[];

  it.each(cases)('$name', ({ text, problems }) => {
    const found = problemsOf(text);
    expect(found.map(line)).toEqual(problems);
    expect(found.length).toBeGreaterThan(0);
    for (const { what, mend } of found) {
      expect(what).toMatch(/^[a-z`0-9]/);
      expect(`${what}${mend}`).not.toMatch(/\n|undefined|\[object|Zod|JSON/);
    }
  });
});

describe('wrong encodings and sizes', () => {
  it.each([
    ['UTF-16, little end first', Buffer.from('\ufeffpolicies: []', 'utf16le'), 'the file is UTF-16; save it as UTF-8'],
    ['Latin-1', Buffer.from('policies: [] # caf\xe9', 'latin1'), 'the file is not valid UTF-8; save it as UTF-8'],
    ['a NUL byte', Buffer.from('policies: []\0'), 'the file holds a NUL byte at offset 12; save it as UTF-8 text'],
    ['an overlong encoding', Buffer.from([0xc0, 0xaf]), 'the file is not valid UTF-8; save it as UTF-8'],
    [
      'too many bytes',
      Buffer.alloc(2_097_153, 0x23),
      'the file has 2097153 bytes, more than 2097152; split it into several files',
    ],
  ])('%s', (_name, bytes, expected) => {
    expect(problemsOf(bytes).map(({ what, mend }) => `${what}; ${mend}`)).toEqual([expected]);
  });

  it('a byte order mark does no harm', () => {
    expect(problemsOf(Buffer.from('\ufeffpolicies: []'))).toEqual([]);
  });

  it.each(['[', '{a: ', '- ', '[{', '"', '&a [', '? '])('%s, ten thousand times', (opener) => {
    expect(problemsOf(opener.repeat(10_000)).length).toBeGreaterThan(0);
  });
});

describe('several files', () => {
  const file = (name: string, text: string) => ({ name, text });
  const rule = '- { name: a, match: { tool: x }, action: deny }';

  it('are rejected whole, problems in the order of files and places', () => {
    const loaded = loadPolicies([file('b.yaml', 'policies: x'), file('a.yaml', 'y: 1\npolicies: 1')], environment);
    expect(loaded.ok ? [] : loaded.problems.map((problem) => `${problem.file}:${problem.line}`)).toEqual([
      'a.yaml:1',
      'a.yaml:2',
      'b.yaml:1',
    ]);
  });

  it('share one space of names', () => {
    const loaded = loadPolicies(
      [file('a.yaml', `policies: [${rule.slice(2)}]`), file('b.yaml', `policies:\n  ${rule}`)],
      environment,
    );
    expect(loaded.ok ? [] : loaded.problems.map(line)).toEqual([
      '2:13 [a] the name `a` is taken by the rule at a.yaml:1; give each rule a name of its own',
    ]);
  });

  it('must agree on the default', () => {
    const loaded = loadPolicies(
      [file('a.yaml', 'default: deny\npolicies: []'), file('b.yaml', 'default: allow\npolicies: []')],
      environment,
    );
    expect(loaded.ok ? [] : loaded.problems.map(line)).toEqual([
      '1:10 [allow] `default` is `allow`, in a.yaml it is `deny`; let all files of a gateway say the same',
    ]);
  });

  it('have one hash, whatever their order', () => {
    const a = file('a.yaml', `policies: [${rule.slice(2)}]`);
    const b = file('b.yaml', 'default: deny\npolicies: []');
    const hash = (files: readonly { name: string; text: string }[]) => {
      const loaded = loadPolicies(files, environment);
      return loaded.ok ? loaded.policy.hash : null;
    };
    expect(hash([a, b])).toBe(hash([b, a]));
    expect(hash([a, b])).not.toBe(hash([a]));
  });
});
