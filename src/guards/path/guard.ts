import type { Guard } from '../guard.ts';
import { judgePath } from './judge.ts';
import { pathType, pathView } from './type.ts';

export const pathGuard = { name: 'path', type: pathType, view: pathView, judge: judgePath } as const satisfies Guard;
