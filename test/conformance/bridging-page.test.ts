import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CROSSED } from './crossed.ts';

const page = readFileSync('docs/bridging.md', 'utf8');
const rows = page.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| What |'));

describe('docs/bridging.md', () => {
  it('shows exactly the scenarios that cannot cross', () => {
    const shown = rows.filter((row) => /^\| (?:legacy|modern) \|/.test(row));
    expect(shown).toEqual(
      CROSSED.map(
        ({ upstream, revision, scenario, because }) => `| ${upstream} | ${revision} | \`${scenario}\` | ${because} |`,
      ),
    );
  });

  it('names for everything else a test that exists', () => {
    const named = rows.flatMap((row) => {
      const [, file, title] = /\| `([^`]+\.test\.ts)` › ([^|]+) \|$/.exec(row) ?? [];
      return file === undefined || title === undefined ? [] : [{ row, file, title }];
    });
    const wrong = named.filter(({ file, title }) => !readFileSync(file, 'utf8').includes(`'${title.trim()}`));
    expect(wrong).toEqual([]);
    const others = rows.filter((row) => !/^\| (?:legacy|modern|Upstream) \|/.test(row));
    expect(named).toHaveLength(others.length);
    expect(named.length).toBeGreaterThan(20);
  });
});
