import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareGuards } from '../../src/guards/prepare.ts';
import { pathType, pathView } from '../../src/guards/path/type.ts';
import { shellType, shellView } from '../../src/guards/shell/shell.ts';
import { sqlType, sqlView, startSql } from '../../src/guards/sql/sql.ts';
import { urlType, urlView } from '../../src/guards/url/type.ts';
import { evaluateCall } from '../../src/policy/evaluate.ts';
import { loadPolicies, type PolicyEnvironment } from '../../src/policy/load.ts';
import { describeProblem } from '../../src/policy/problem.ts';
import { questionOf } from '../../src/policy/question-of.ts';
import { runTests } from '../../src/policy/run-tests.ts';

const environment: PolicyEnvironment = {
  argumentTypes: [pathType, urlType, sqlType, shellType],
  views: [pathView, urlView, sqlView, shellView],
  profile: 'development',
};

const files = ['examples/policies', 'examples/cookbook'].flatMap((folder) =>
  readdirSync(folder).map((name) => ({ name: `${folder}/${name}`, text: readFileSync(`${folder}/${name}`, 'utf8') })),
);

describe('published policies with the real guards', () => {
  beforeAll(startSql);

  it.each(files)('$name', (file) => {
    const loaded = loadPolicies([file], environment);
    if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join('\n'));
    expect(runTests(loaded.policy, loaded.files).results.filter(({ passed }) => !passed)).toEqual([]);
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
