import { appendOnce } from '../../store/sqlite/append-once.ts';
import { isHeld } from '../../store/sqlite/hold.ts';
import { Registry } from '../../store/sqlite/registry.ts';
import { SqliteRestartOrders, type SettledOrder } from '../../store/sqlite/restart-orders.ts';
import type { Io } from '../io.ts';
import { EXIT, paint, printable, writeJson } from '../output.ts';

const BUSY_MS = 5_000;
const LOOK_MS = 100;
/** A restart waits for children to end: closing stdin, SIGTERM and SIGKILL each have their grace. */
const WAIT_MS = 30_000;

/**
 * Orders the running gateway to restart upstreams, and waits until it did.
 * @param directory of the store that the gateway works on
 * @returns the exit code
 */
export async function restartUpstreams(
  io: Io,
  directory: string,
  names: readonly string[],
  json: boolean,
): Promise<number> {
  if (!isHeld(directory)) {
    io.err(`no gateway works on the store \`${directory}\`, so nothing runs that could be restarted\n`);
    return EXIT.finding;
  }
  const registry = new Registry(directory, BUSY_MS);
  const leave = io.stay();
  try {
    const orders = new SqliteRestartOrders(registry);
    const given = names.map((name) => ({ name, id: give(io, directory, orders, name) }));
    let failures = 0;
    for (const { name, id } of given) {
      const settled = await outcomeOf(io, orders, id);
      if (settled?.error !== null) failures++;
      say(io, name, settled, json);
    }
    return failures === 0 ? EXIT.fine : EXIT.finding;
  } finally {
    leave();
    registry.close();
  }
}

/** Recorded before it is ordered: what cannot be recorded is not done. */
function give(io: Io, directory: string, orders: SqliteRestartOrders, upstream: string): number {
  const principal = `local:${io.user}`;
  const atMs = io.clock.nowMs();
  appendOnce(directory, { kind: 'admin', atMs, callId: '', gateway: '', principal, server: upstream, code: RECORDED });
  return orders.give(upstream, principal, atMs);
}

const RECORDED = 'upstream.restart';

async function outcomeOf(io: Io, orders: SqliteRestartOrders, id: number): Promise<SettledOrder | null> {
  const untilMs = io.clock.monotonicMs() + WAIT_MS;
  for (;;) {
    const settled = orders.outcome(id);
    if (settled !== null || io.signal.aborted || io.clock.monotonicMs() > untilMs) return settled;
    await new Promise<void>((resolve) => io.clock.after(LOOK_MS, resolve));
  }
}

function say(io: Io, name: string, settled: SettledOrder | null, json: boolean): void {
  const error = settled === null ? `the gateway has not done it within ${WAIT_MS / 1000} seconds` : settled.error;
  if (json) writeJson(io, { name, ok: error === null, ...(error === null ? {} : { reason: error }) });
  else if (error === null) io.out(`${printable(name)}  ${paint(io, 'green', 'restarted')}\n`);
  else io.out(`${printable(name)}  ${paint(io, 'red', 'not restarted')}: ${printable(error)}\n`);
}
