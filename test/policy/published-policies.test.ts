import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { processIo } from '../../src/cli/io.ts';
import { policyIoOf } from '../../src/cli/policy-surroundings.ts';
import { testPolicies } from '../../src/cli/policy-test.ts';
import { GUARDED } from '../../src/gateway/guarded.ts';
import { prepareGuards } from '../../src/guards/prepare.ts';
import { startSql } from '../../src/guards/sql/sql.ts';
import { evaluateCall } from '../../src/policy/evaluate.ts';
import { loadPolicies, type PolicyEnvironment } from '../../src/policy/load.ts';
import { questionOf } from '../../src/policy/question-of.ts';

const environment: PolicyEnvironment = { ...GUARDED, profile: 'development' };

interface TestReport {
  readonly results: readonly { readonly passed: boolean }[];
  readonly coverage: readonly { readonly rule: string; readonly matched: boolean }[];
}

const files = ['examples/policies', 'examples/cookbook'].flatMap((folder) =>
  readdirSync(folder).map((name) => `${folder}/${name}`),
);

describe('published policies with the real guards', () => {
  it.each(files)('%s passes `veto policy test`', async (file) => {
    const written: string[] = [];
    const io = { ...processIo(), out: (text: string) => void written.push(text) };
    const code = testPolicies([file], { json: true }, await policyIoOf(io));
    const { results, coverage } = JSON.parse(written.join('')) as TestReport;
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(code).toBe(0);
    if (file.endsWith('founding-page.yaml')) return; // as on the page, without tests of its own
    expect(results.length).toBeGreaterThanOrEqual(2);
    expect(coverage.filter(({ matched }) => !matched).map(({ rule }) => rule)).toEqual([]);
  });
});

describe("the founding page's policy with the real guards", () => {
  beforeAll(startSql);

  const text = readFileSync('examples/policies/founding-page.yaml', 'utf8');
  // Not here: `etc/passwd`. A relative path lies below the directory of the server, which only declared roots tell.
  const paths = [
    '/data/../etc/passwd',
    '//etc/passwd',
    '/./etc/passwd',
    '/proc/self/root/etc/shadow',
    '/Users/x/.ssh/id_rsa',
    '~/.ssh/id_rsa',
    '/ETC/passwd',
    'file:///etc/passwd',
    '/private/etc/passwd',
    ' /etc/passwd',
  ];
  const queries = [
    'delete from u',
    ' DELETE FROM u',
    '\nDELETE FROM u',
    '/**/DELETE FROM u',
    'WITH d AS (DELETE FROM u) SELECT 1',
    'DELETE FROM u\nWHERE 1=1',
    'SELECT 1; DELETE FROM u',
    'TRUNCATE u',
    'DROP TABLE u',
    'ALTER TABLE u ADD c int',
  ];
  const commands = [
    ' rm -rf /',
    'cd / && rm -rf .',
    '/bin/rm -rf /',
    'rm -fr /',
    'sudo rm -rf /',
    'rm -rf /\n:',
    'bash -c "rm -rf /"',
  ];
  const calls = [
    ...paths.map((path) => ({ tool: 'read_file', arguments: { path } })),
    ...queries.map((query) => ({ tool: 'execute_query', arguments: { query } })),
    ...commands.map((command) => ({ tool: 'run_command', arguments: { command } })),
  ];

  it.each(calls)('$tool with $arguments does not pass without a person', (call) => {
    const loaded = loadPolicies([{ name: 'p.yaml', text }], environment);
    if (!loaded.ok) throw new Error('it did not load');
    const question = questionOf(call, { nowMs: 0 });
    const findings = prepareGuards(null, { roots: [], declared: [] }).inspect(question.arguments ?? {});
    const evaluated = evaluateCall(loaded.policy, { ...question, findings });
    expect(evaluated.decision).not.toBe('allow');
  });

  it('lets an honest read pass', () => {
    const loaded = loadPolicies([{ name: 'p.yaml', text }], environment);
    if (!loaded.ok) throw new Error('it did not load');
    const call = { tool: 'read_file', arguments: { path: '/data/report.csv' } };
    expect(evaluateCall(loaded.policy, questionOf(call, { nowMs: 0 })).decision).toBe('allow');
  });
});
