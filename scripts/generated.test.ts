import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REFUSALS } from '../src/core/refusal.ts';
import { GENERATED } from './generated.ts';

describe('generated files', () => {
  it.each(GENERATED)('$path is current (else: npm run generate)', ({ path, make }) => {
    expect(readFileSync(path, 'utf8')).toBe(make());
  });

  it('document every refusal', () => {
    const page = readFileSync('docs/reference/refusals.md', 'utf8');
    expect(Object.keys(REFUSALS).filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
