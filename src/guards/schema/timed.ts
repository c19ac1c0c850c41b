/**
 * A time limit for code that is not ours to make faster. V8 interrupts both loops and its regular expression engine
 * when a `node:vm` script runs out of time, whatever function the script calls.
 */
import { Script, createContext } from 'node:vm';

export const CHECK_TIME_MAX_MS = 20;

const context = createContext({ run: (): boolean => false });
const script = new Script('run()');

/** @returns null when `run` was stopped. Costs about 0.1 ms, so only what may be slow goes this way */
export function withinTime(run: () => boolean, timeoutMs = CHECK_TIME_MAX_MS): boolean | null {
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
