/**
 * A time limit for code that is not ours to make faster. V8 interrupts both loops and its regular expression engine
 * when a `node:vm` script runs out of time, whatever function the script calls.
 */
import { Script, createContext } from 'node:vm';

export const CHECK_TIME_MAX_MS = 20;

const context = createContext({ run: (): boolean => false });
const script = new Script('run()');

/** How often code is run again that was stopped although the processor was given to others most of the time. */
const STARVED_TRIES_MAX = 4;
/** Below this part of the limit in processor time, it was the machine that was slow, not the code. */
const STARVED_BELOW = 0.5;

/**
 * V8 counts time on the clock; on a crowded machine that says little, and an honest schema would be refused for good.
 * So code that was stopped is run again as long as it had little of the time, a few times at most.
 * @param run must be safe to stop anywhere and to run again
 * @returns null when `run` was stopped. Costs about 0.1 ms, so only what may be slow goes this way
 */
export function withinTime(run: () => boolean, timeoutMs = CHECK_TIME_MAX_MS): boolean | null {
  for (let tries = 0; tries < STARVED_TRIES_MAX; tries++) {
    const before = process.threadCpuUsage();
    const done = once(run, timeoutMs);
    if (done !== null) return done;
    const { user, system } = process.threadCpuUsage(before);
    if (user + system > timeoutMs * 1000 * STARVED_BELOW) return null;
  }
  return null;
}

function once(run: () => boolean, timeoutMs: number): boolean | null {
  context['run'] = run;
  try {
    return script.runInContext(context, { timeout: timeoutMs }) === true;
  } catch (error) {
    if (isTimeout(error)) return null;
    throw error;
  } finally {
    context['run'] = () => false;
  }
}

/** The error is made in the script's own realm, so that `instanceof Error` does not know it. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
