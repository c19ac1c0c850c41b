import { configuredConnector } from '../../guards/url/pinned-connector.ts';
import { Fault } from '../../core/fault.ts';
import { VERSION } from '../../core/version.ts';
import { openUpstreams } from '../../upstreams/open-upstreams.ts';
import type { Catalogue, UpstreamSettings, UpstreamStatus } from '../../upstreams/upstream.ts';
import type { Io } from '../io.ts';

/** What came of connecting to one upstream by itself. */
export interface Visit {
  /** What it offers; null when it could not be had. */
  readonly catalogue: Catalogue | null;
  readonly fault: Fault | null;
  readonly status: UpstreamStatus;
  /** Until everything it offers was listed, in milliseconds. */
  readonly listedMs: number;
}

/**
 * Connects to an upstream as a gateway would for a client of its own, lists what it offers, and lets go of it again.
 * @param timeoutMs for all of it; stopping a child that does not end by itself takes up to twice its grace beside
 */
export async function visitUpstream(settings: UpstreamSettings, io: Io, timeoutMs: number): Promise<Visit> {
  const room = openUpstreams([settings], {
    clock: io.clock,
    connectTo: configuredConnector,
    jitter: () => io.random(),
    clientInfo: { name: 'veto', version: VERSION },
    report: () => undefined,
  });
  const startedMs = io.clock.monotonicMs();
  let catalogue: Catalogue | null = null;
  let fault: Fault | null = null;
  try {
    catalogue = await patient(room.catalogue(settings.name, { key: 'visit', capabilities: {} }), io, timeoutMs);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    fault = error;
  }
  const listedMs = io.clock.monotonicMs() - startedMs;
  const before = room.status(settings.name);
  // A child's last words are complete once it is gone.
  if (fault !== null) await room.restart(settings.name);
  const { stderrTail } = room.status(settings.name);
  await room.close();
  return { catalogue, fault, status: { ...before, stderrTail }, listedMs };
}

function patient<T>(work: Promise<T>, io: Io, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new Fault('cancelled', 'the command was stopped'));
    const callOff = io.clock.after(timeoutMs, () =>
      reject(new Fault('upstream_timeout', `it did not list what it offers within ${timeoutMs} ms`)),
    );
    if (io.signal.aborted) onAbort();
    io.signal.addEventListener('abort', onAbort, { once: true });
    const done = (): void => {
      callOff();
      io.signal.removeEventListener('abort', onAbort);
    };
    work.then(resolve, reject).finally(done);
  });
}
