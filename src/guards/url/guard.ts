import type { Guard } from '../guard.ts';
import { judgeUrl } from './judge.ts';
import { urlType, urlView } from './type.ts';

export const urlGuard = { name: 'url', type: urlType, view: urlView, judge: judgeUrl } as const satisfies Guard;
