import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';
import { describeProblem } from './problem.ts';

// Each file of test/cases/config is wrong and says so itself: `# expect: LINE:COLUMN: what; mend`, one per problem.
const FOLDER = join(import.meta.dirname, '../../test/cases/config');
const EXPECT = '# expect: ';
const MULTI_LINE = 'veto_k1_0123456789\nabcdef';
const env = {
  GOOD_KEY: 'veto_k1_0123456789abcdef0123456789abcdef',
  SHORT_KEY: 'short',
  LINES_KEY: MULTI_LINE,
  EMPTY: '',
};
const files = readdirSync(FOLDER).sort();

function expected(file: string): string[] {
  const lines = readFileSync(join(FOLDER, file), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(EXPECT)).map((line) => line.slice(EXPECT.length));
}

describe('wrong configuration files', () => {
  it('are many', () => {
    expect(files.length).toBeGreaterThanOrEqual(100);
  });

  it.each(files)('%s', (file) => {
    const loaded = loadConfig({ file, folder: FOLDER, env });
    const problems = loaded.ok ? [] : loaded.problems.map((each) => describeProblem(each).slice(file.length + 1));
    expect(problems).toEqual(expected(file));
    expect(problems).not.toEqual([]);
  });
});
