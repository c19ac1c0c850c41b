import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Cancellation } from '../core/cancellation.ts';
import { ManualClock } from '../core/clock.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { legacyDialect, modernDialect, type Dialect } from './dialect.ts';
import type { Ear, Sending } from './flight.ts';
import { Peer } from './peer.ts';
import type { Errand, Wire, WireEvents } from './transports/wire.ts';

/** A shared pipe that only remembers what was written. */
class FakeWire implements Wire {
  readonly name = 'stdio';
  readonly shared = true;
  readonly mirrors = false;
  readonly pid = null;
  readonly sent: Errand[] = [];
  readonly posted: JsonObject[] = [];
  send(errand: Errand): void {
    this.sent.push(errand);
  }
  post(body: string): Promise<void> {
    this.posted.push(JSON.parse(body) as JsonObject);
    return Promise.resolve();
  }
  open = (): Promise<void> => Promise.resolve();
  close = (): Promise<void> => Promise.resolve();
  stderrTail = (): string => '';
  agree(): void {
    // Nothing to agree on.
  }
  stand(): void {
    // Nothing to open.
  }
}

/**
 * @param timed told of every timer; may give another way to call it off
 * @param afterReading at once unless a test says otherwise: all that arrives is read there and then
 */
function peerOn(
  dialect: Dialect,
  exclusive = true,
  timed: (delayMs: number, callOff: () => void) => (() => void) | void = () => undefined,
  afterReading = (run: () => void): void => run(),
) {
  const clock = new ManualClock();
  const { after } = clock;
  clock.after = (delayMs, run) => {
    const callOff = after.call(clock, delayMs, run);
    return timed(delayMs, callOff) ?? callOff;
  };
  const wire = new FakeWire();
  const notices: string[] = [];
  const ignored: string[] = [];
  let id = 0;
  let events: WireEvents | null = null;
  const peer = new Peer(
    {
      clock,
      nextId: () => ++id,
      exclusive,
      asksMax: 2,
      afterReading,
      notice: (method) => notices.push(method),
      ignored: (why) => ignored.push(why),
      closed: () => undefined,
    },
    dialect,
    (given) => {
      events = given;
      return wire;
    },
  );
  if (events === null) throw new Error('no events');
  return { clock, wire, notices, ignored, peer };
}

const LEGACY = legacyDialect('2025-11-25');
const MODERN = modernDialect('2026-07-28', { name: 'veto', version: '0' });

class Listener implements Ear {
  readonly wantsProgress = true;
  readonly heard: [string, JsonObject][] = [];
  notify(method: string, params: JsonObject): void {
    this.heard.push([method, params]);
  }
  ask(): Promise<JsonObject> {
    return Promise.reject(new Error('not asked'));
  }
}

const sending = (ear: Ear | null, more: Partial<Sending> = {}): Sending => ({
  method: 'tools/call',
  params: { name: 'it' },
  meta: {},
  capabilities: {},
  deadlineMs: Infinity,
  signal: null,
  ear,
  mirrored: [],
  ...more,
});

describe('a peer on a shared pipe', () => {
  it('gives every answer and every step of progress to the call it belongs to, whatever else comes', async () => {
    const step = fc.record({
      what: fc.constantFrom('call', 'answer', 'progress', 'again', 'stray', 'text id', 'cancel'),
      which: fc.nat(20),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, modern) => {
        const { peer, wire } = peerOn(modern ? MODERN : LEGACY);
        const calls: {
          ear: Listener;
          end: Promise<unknown>;
          expected: unknown;
          abort: AbortController;
          at: number;
          isAnswered: boolean;
        }[] = [];
        const taken: [boolean, boolean][] = [];
        // Some calls are under way from the start, or most sequences would be about one call at a time.
        const begun = Array.from({ length: 4 }, () => ({ what: 'call', which: 0 }));
        for (const { what, which } of [...begun, ...steps]) {
          if (what === 'call') {
            const [ear, abort] = [new Listener(), new AbortController()];
            const { answer } = peer.send(sending(ear, { signal: abort.signal }));
            const end = answer.catch((error: unknown) => (error as Fault).code);
            calls.push({ ear, end, expected: null, abort, at: 0, isAnswered: false });
            continue;
          }
          const n = calls.length === 0 ? -1 : which % calls.length;
          const call = calls[n];
          const id = wire.sent[n]?.id;
          if (call === undefined || id === undefined) continue;
          const result = { n, which };
          if (what === 'answer' || what === 'again') {
            taken.push([peer.receive({ kind: 'result', id, result }), !call.isAnswered]);
            call.isAnswered = true;
            call.expected ??= { kind: 'result', result };
          } else if (what === 'progress') {
            const params = { progressToken: id, progress: ++call.at, n };
            peer.receive({ kind: 'notification', method: 'notifications/progress', params });
          } else if (what === 'stray') taken.push([peer.receive({ kind: 'result', id: id + 1000, result }), false]);
          else if (what === 'text id') {
            taken.push([peer.receive({ kind: 'result', id: String(id), result }), false]);
          } else {
            call.abort.abort();
            call.expected ??= 'cancelled';
          }
        }
        expect(taken.filter(([was, should]) => was !== should)).toEqual([]);
        await peer.close(new Fault('upstream_closed', 'over'));
        for (const [n, { ear, end, expected }] of calls.entries()) {
          expect(await end).toEqual(expected ?? 'upstream_closed');
          expect(ear.heard.every(([, params]) => params['n'] === n && !('progressToken' in params))).toBe(true);
        }
        expect(peer.inFlight).toBe(0);
        expect(new Set(wire.sent.map(({ id }) => id)).size).toBe(wire.sent.length);
      }),
    );
  });

  it('tells the server what is no longer wanted, by our id; but not about `initialize`', async () => {
    const { peer, wire, clock } = peerOn(LEGACY);
    const first = peer.send(sending(null, { deadlineMs: clock.monotonicMs() + 100 }));
    const second = peer.send(sending(null, { method: 'initialize', deadlineMs: clock.monotonicMs() + 100 }));
    clock.advance(101);
    await expect(first.answer).rejects.toMatchObject({ code: 'upstream_timeout' });
    await expect(second.answer).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(wire.posted).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/cancelled',
        params: { requestId: first.id, reason: 'no longer wanted' },
      },
    ]);
  });

  it('takes one answer to a request that was given up for an answer, of whatever size, and no second one', async () => {
    const { peer, clock, ignored } = peerOn(LEGACY, false);
    const caller = new AbortController();
    const [hungUp, expired, large] = [{ signal: caller.signal }, { deadlineMs: clock.monotonicMs() + 100 }, {}].map(
      (more) => peer.send(sending(null, { ...more })),
    );
    caller.abort();
    clock.advance(100);
    large?.cancel(new Fault('cancelled', 'no longer wanted'));
    const answers = (flight: typeof large) => peer.receive({ kind: 'result', id: flight?.id ?? 0, result: {} });
    expect([answers(hungUp), answers(expired), peer.dropped(large?.id ?? 0, 9)]).toEqual([true, true, true]);
    expect([answers(hungUp), answers(expired), peer.dropped(large?.id ?? 0, 9)]).toEqual([false, false, false]);
    expect(ignored.filter((why) => why.startsWith('an answer to no request'))).toHaveLength(2);
    for (const given of [hungUp, large]) await expect(given?.answer).rejects.toMatchObject({ code: 'cancelled' });
    await expect(expired?.answer).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('passes notices about the server on apart from any call', () => {
    const { peer, notices } = peerOn(LEGACY);
    const ear = new Listener();
    peer.send(sending(ear));
    const note = (method: string, params: JsonObject = {}) => peer.receive({ kind: 'notification', method, params });
    note('notifications/tools/list_changed');
    note('notifications/resources/updated', { uri: 'x' });
    note('notifications/message', { data: 1 });
    expect(notices).toEqual(['notifications/tools/list_changed', 'notifications/resources/updated']);
    expect(ear.heard).toEqual([['notifications/message', { data: 1 }]]);
  });

  it('gives modern notices to the subscription that they are tagged with', () => {
    const { peer, notices } = peerOn(MODERN);
    const [one, two] = [new Listener(), new Listener()];
    peer.send(sending(one, { method: 'subscriptions/listen' }));
    const flight = peer.send(sending(two, { method: 'subscriptions/listen' }));
    const _meta = { 'io.modelcontextprotocol/subscriptionId': flight.id };
    peer.receive({ kind: 'notification', method: 'notifications/tools/list_changed', params: { _meta } });
    expect([one.heard.length, two.heard.length, notices.length]).toEqual([0, 1, 0]);
  });

  it('refuses questions that no call could have caused, or that could be about the calls of several callers', () => {
    for (const [exclusive, calls, refused] of [
      [true, 0, true],
      [true, 1, false],
      [true, 2, false],
      [false, 1, false],
      [false, 2, true],
    ] as const) {
      const { peer, wire } = peerOn(LEGACY, exclusive);
      peer.declared = { roots: {} };
      let asked = 0;
      const ear: Ear = {
        wantsProgress: false,
        notify: () => undefined,
        ask: () => (asked++, new Promise(() => undefined)),
      };
      for (let n = 0; n < calls; n++) peer.send(sending(ear));
      peer.receive({ kind: 'request', id: 'a', method: 'roots/list', params: {} });
      expect([asked, wire.posted.length]).toEqual(refused ? [0, 1] : [1, 0]);
    }
  });

  it('withdraws a question that the server takes back, and refuses more than it may ask at once', async () => {
    const { peer, wire } = peerOn(LEGACY);
    peer.declared = { elicitation: {} };
    const signals: Cancellation[] = [];
    const ear: Ear = {
      wantsProgress: false,
      notify: () => undefined,
      ask: (_, __, signal) => {
        signals.push(signal);
        return new Promise(() => undefined);
      },
    };
    const flight = peer.send(sending(ear));
    for (const id of ['a', 'b', 'c', 'a'])
      peer.receive({ kind: 'request', id, method: 'elicitation/create', params: {} });
    expect(signals).toHaveLength(2);
    expect(wire.posted.map(({ id, error }) => [id, (error as JsonObject)['code']])).toEqual([
      ['c', -32600],
      ['a', -32600],
    ]);
    peer.receive({ kind: 'notification', method: 'notifications/cancelled', params: { requestId: 'a' } });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    flight.succeed({});
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});

describe('deadlines', () => {
  const DAY_MS = 86_400_000;

  it('are kept by every call for itself, whatever others do', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ what: fc.constant('send'), ms: fc.integer({ min: 0, max: 500 }) }) },
      fc.record({ what: fc.constant('advance'), ms: fc.integer({ min: 0, max: 300 }) }),
      fc.record({ what: fc.constant('answer'), ms: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { peer, clock } = peerOn(LEGACY);
        const calls: { deadlineMs: number; id: number; end: { code: string; atMs: number } | null }[] = [];
        for (const { what, ms } of steps) {
          if (what === 'advance') clock.advance(ms);
          else if (what === 'send') {
            const deadlineMs = clock.monotonicMs() + ms;
            const flight = peer.send(sending(null, { deadlineMs }));
            const call: (typeof calls)[number] = { deadlineMs, id: flight.id, end: null };
            calls.push(call);
            const ended = (code: string): void => void (call.end = { code, atMs: clock.monotonicMs() });
            flight.answer.then(
              () => ended('answered'),
              (fault: unknown) => ended((fault as Fault).code),
            );
          } else {
            const call = calls[ms % Math.max(1, calls.length)];
            if (call) peer.receive({ kind: 'result', id: call.id, result: {} });
          }
          await Promise.resolve();
          const due = calls.filter(({ end, deadlineMs }) => end === null && deadlineMs < clock.monotonicMs());
          expect(due).toEqual([]);
          const early = calls.filter(
            ({ end, deadlineMs }) => end?.code === 'upstream_timeout' && end.atMs < deadlineMs,
          );
          expect(early).toEqual([]);
        }
        clock.advance(DAY_MS);
        await Promise.resolve();
        expect([peer.inFlight, calls.filter(({ end }) => end === null)]).toEqual([0, []]);
      }),
      { numRuns: 300 },
    );
  });

  it('of a short call are not missed behind a long one, and the long one goes on', async () => {
    const { peer, clock } = peerOn(LEGACY);
    const long = peer.send(sending(null, { deadlineMs: clock.monotonicMs() + 1_000 }));
    const short = peer.send(sending(null, { deadlineMs: clock.monotonicMs() + 10 }));
    clock.advance(10);
    await expect(short.answer).rejects.toMatchObject({ code: 'upstream_timeout', message: /within 10 ms/ });
    expect(long.settled).toBe(false);
    clock.advance(990);
    await expect(long.answer).rejects.toMatchObject({ code: 'upstream_timeout', message: /within 1000 ms/ });
  });

  it('let an answer count that had arrived while the process stood still, and nothing that comes later', async () => {
    const reading: (() => void)[] = [];
    const { peer, clock } = peerOn(LEGACY, true, undefined, (run) => void reading.push(run));
    const [soon, silent, later] = [10, 10, 2_000].map((ms) =>
      peer.send(sending(null, { deadlineMs: clock.monotonicMs() + ms })),
    );
    clock.advance(1_000);
    peer.receive({ kind: 'result', id: soon?.id ?? 0, result: {} });
    expect(reading).toHaveLength(1);
    reading.pop()?.();
    peer.receive({ kind: 'result', id: silent?.id ?? 0, result: {} });
    await expect(soon?.answer).resolves.toMatchObject({ kind: 'result' });
    await expect(silent?.answer).rejects.toMatchObject({ code: 'upstream_timeout' });
    expect(later?.settled).toBe(false);
    clock.advance(1_000);
    expect(reading).toHaveLength(1);
    reading.pop()?.();
    await expect(later?.answer).rejects.toMatchObject({ code: 'upstream_timeout' });
  });

  it('beyond what a timer can wait do not run out at once', () => {
    const delays: number[] = [];
    const { peer } = peerOn(LEGACY, true, (delayMs) => void delays.push(delayMs));
    const { settled } = peer.send(sending(null, { deadlineMs: 100 * DAY_MS + Date.UTC(2026, 10, 22, 10) }));
    expect([settled, delays.every((delayMs) => delayMs < 2 ** 31)]).toEqual([false, true]);
  });

  it('leave one timer at most while calls are under way, and none after the connection was closed', async () => {
    let timers = 0;
    const { peer, clock } = peerOn(LEGACY, true, (_, callOff) => {
      timers++;
      return () => (timers--, callOff());
    });
    for (const ms of [500, 400, 300, 450, 200])
      peer.send(sending(null, { deadlineMs: clock.monotonicMs() + ms })).answer.catch(() => undefined);
    expect(timers).toBe(1);
    await peer.close(new Fault('upstream_closed', 'over'));
    expect(timers).toBe(0);
  });
});

it('leaves nothing behind on the signal of a caller', async () => {
  const { peer, wire } = peerOn(MODERN);
  const { signal } = new AbortController();
  for (let n = 0; n < 50; n++) {
    const { answer } = peer.send(sending(null, { signal }));
    peer.receive({ kind: 'result', id: wire.sent.at(-1)?.id ?? 0, result: {} });
    await answer;
  }
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

describe('results', () => {
  const TASKS = { extensions: { 'io.modelcontextprotocol/tasks': {} } };

  it.each<[string, Dialect, unknown, Partial<Sending>, boolean]>([
    ['complete of a modern server', MODERN, 'complete', {}, true],
    ['of no type of a modern server', MODERN, undefined, {}, true],
    ['that ask for input', MODERN, 'input_required', {}, true],
    [
      'that ask for input where nothing may be asked',
      MODERN,
      'input_required',
      { method: 'completion/complete' },
      false,
    ],
    ['that are tasks', MODERN, 'task', { capabilities: TASKS }, true],
    ['that are tasks for a client that knows none', MODERN, 'task', {}, false],
    ['of an unknown type', MODERN, 'other', {}, false],
    ['of a type that is no text', MODERN, 7, {}, false],
    ['of no type of a legacy server', LEGACY, undefined, {}, true],
    ['complete of a legacy server', LEGACY, 'complete', {}, true],
    ['of a type that a legacy server cannot mean', LEGACY, 'task', { capabilities: TASKS }, false],
    ['of an unknown type of a legacy server', LEGACY, 'other', {}, false],
    ['of a null type of a legacy server', LEGACY, null, {}, false],
  ])('%s', async (_, dialect, type, more, fine) => {
    const { peer, wire } = peerOn(dialect);
    const { answer } = peer.send(sending(null, more));
    const result = type === undefined ? {} : ({ resultType: type } as JsonObject);
    expect(peer.receive({ kind: 'result', id: wire.sent[0]?.id ?? 0, result })).toBe(true);
    if (fine) await expect(answer).resolves.toEqual({ kind: 'result', result });
    else await expect(answer).rejects.toMatchObject({ code: 'upstream_protocol' });
  });
});
