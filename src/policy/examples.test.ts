import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { doubles } from '../../test/doubles/argument-types.ts';
import { describeProblem } from './problem.ts';
import { loadPolicies } from './load.ts';
import { runTests } from './run-tests.ts';

/** These need the real guards: `test/policy/published-policies.test.ts` runs all files with them. */
const GUARDED = new Set(['filesystem.yaml', 'github.yaml', 'playwright.yaml', 'postgres.yaml']);
const folders = ['examples/policies', 'examples/cookbook'];
const files = folders.flatMap((folder) => {
  const url = new URL(`../../${folder}/`, import.meta.url);
  const names = readdirSync(url).filter((name) => !GUARDED.has(name));
  return names.map((name) => ({
    name: `${folder}/${name}`,
    text: readFileSync(new URL(name, url), 'utf8'),
  }));
});

describe('published policies', () => {
  it.each(files)('$name loads, and its tests pass', (file) => {
    const loaded = loadPolicies([file], { ...doubles, profile: 'development' });
    if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join('\n'));
    const { results, coverage } = runTests(loaded.policy, loaded.files);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    if (!file.name.endsWith('founding-page.yaml')) {
      expect(results.length).toBeGreaterThanOrEqual(2);
      expect(coverage.filter(({ matched }) => !matched).map(({ rule }) => rule)).toEqual([]);
    }
  });
});
