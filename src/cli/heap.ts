import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 what it cannot find out about a gateway. Its garbage collector has objects born among the old ones once
 * others from the same place outlived two collections often enough ("pretenuring"). Calls wait for servers, so theirs
 * do while a gateway is young, and from then on each call drags along all that it touched. Decision 0007.
 */
export function tuneHeap(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
