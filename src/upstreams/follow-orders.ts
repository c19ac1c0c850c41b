import type { Clock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { RestartOrder, RestartOrders } from './ports.ts';
import type { Upstreams } from './upstream.ts';

/** How often is looked for orders, in milliseconds. */
const LOOK_MS = 500;

/**
 * Restarts upstreams as operators order from other processes, one order after the other. Earlier orders are void.
 * @param report one sentence about each, and about a store that does not answer
 * @returns stops looking
 */
export function followRestartOrders(
  orders: RestartOrders,
  upstreams: Pick<Upstreams, 'restart'>,
  clock: Clock,
  report: (sentence: string) => void,
): () => void {
  let stopped = false;
  let callOff = (): void => {};
  const look = async (): Promise<void> => {
    try {
      for (const order of orders.due()) report(await carryOut(order, orders, upstreams, clock));
    } catch (error) {
      report(`orders to restart upstreams could not be read: ${textOf(error)}`);
    }
    if (!stopped) callOff = clock.after(LOOK_MS, () => void look());
  };
  orders.dismissAll(clock.nowMs());
  callOff = clock.after(LOOK_MS, () => void look());
  return () => {
    stopped = true;
    callOff();
  };
}

async function carryOut(
  { id, upstream }: RestartOrder,
  orders: RestartOrders,
  upstreams: Pick<Upstreams, 'restart'>,
  clock: Clock,
): Promise<string> {
  let failed: string | null = null;
  try {
    await upstreams.restart(upstream);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    failed = error.message;
  }
  orders.settle(id, clock.nowMs(), failed);
  return failed === null ? `upstream \`${upstream}\` restarted, as ordered` : `upstream not restarted: ${failed}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
