import { setFlagsFromString } from 'node:v8';

/**
 * Tells V8 what it cannot find out about a gateway. Its garbage collector puts objects that outlived two collections
 * often enough straight among the old ones from then on ("pretenuring"). Calls wait for servers, so those of a gateway
 * do, and then each call drags what it touched along, to be looked through again and again: measured with
 * `npm run bench -- gateway`, a third of the processor time. The size of the young generation cannot be set here, once
 * the program runs: the line that starts it does (`veto`, and the first line of `veto.ts`). Decision 0007.
 */
export function tuneHeap(): void {
  setFlagsFromString('--no-allocation-site-pretenuring');
}
