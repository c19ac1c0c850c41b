import { judgeUrl } from '../../src/guards/url/judge.ts';

const surroundings = { at: 'url', roots: [], tuning: {}, guessed: false };

/** Whether the URL guard finds anything. */
export function url(row: { readonly input: string }): boolean | null {
  return judgeUrl(row.input, surroundings).length > 0;
}
