import type { Finding } from '../../core/decision.ts';
import type { Guard, Surroundings } from '../guard.ts';
import { judgeShell } from './judge.ts';
import { readShell, shellType, shellView } from './shell.ts';
import { dialectOf } from './type.ts';

/** A command line as an argument: `{ type: shell, … }`, and by default where a tool says so. */
export const shellGuard = { name: 'shell', type: shellType, view: shellView, judge } as const satisfies Guard;

function judge(value: string, { at, tuning }: Surroundings): readonly Finding[] {
  const found = judgeShell(readShell(value, { dialect: dialectOf(tuning['dialect']) }));
  return at === '' ? found : found.map((finding) => ({ ...finding, at }));
}
