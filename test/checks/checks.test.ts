import { describe, expect, it } from 'vitest';
import { CHECKS, runCheck } from '../../scripts/checks.ts';

describe('the repository', () => {
  it.each(CHECKS)('passes $name', (check) => {
    const { code, output } = runCheck(check, process.cwd());
    expect(code === 0 ? '' : output).toBe('');
  });
});
