import type { Clock } from '../core/clock.ts';
import { eventText, primingText } from '../mcp/server-messages.ts';

export interface ReplayLimits {
  readonly replayEventsMax: number;
  readonly replayBytesMax: number;
  readonly replayMs: number;
  readonly streamsPerSessionMax: number;
}

/** Bytes of events kept by all sessions together. */
export interface ReplayGauge {
  bytes: number;
  readonly bytesMax: number;
}

/** A connection that carries a stream for a while. */
export interface Carrier {
  readonly isGone: boolean;
  /** @returns false when the client is gone */
  send(text: string): boolean;
  end(): void;
  onClose(run: () => void): void;
}

interface KeptEvent {
  readonly seq: number;
  readonly text: string;
  readonly atMs: number;
}

/** `p`: began with a POST and carries its answers. `g`: began with a GET and carries what nobody asked for. */
type LogKind = 'p' | 'g';

/** What the client is told to wait before it reconnects. */
const RETRY_MS = 1000;
const EVENT_ID = /^([pg])(\d{1,9})-(\d{1,9})$/;

/** One stream of a session, which outlives the connections that carry it. */
class StreamLog {
  readonly id: string;
  readonly kind: LogKind;
  seq = 0;
  /** The last event that some connection was given. */
  sentSeq = 0;
  readonly events: KeptEvent[] = [];
  carrier: Carrier | null = null;
  isOver = false;

  constructor(kind: LogKind, no: number) {
    this.kind = kind;
    this.id = `${kind}${no}`;
  }

  get isCarried(): boolean {
    return this.carrier !== null && !this.carrier.isGone;
  }
}

export type Resumed = 'resumed' | 'over' | 'malformed';

/** The sending end of one resumable stream. */
export interface Track {
  /** Sends one message, or keeps it for the client's return. */
  send(text: string): void;
  /** Nothing more will come: ends the connection that carries it. */
  finish(): void;
}

/**
 * The event streams of one session: event ids name the stream and the place in it, so that a client that lost its
 * connection is given exactly what that stream would have carried (2025-11-25, Transports › Resumability and
 * Redelivery). Each message goes to one stream only. What is kept is bounded in number, bytes and time.
 */
export class SessionStreams {
  readonly #clock: Clock;
  readonly #limits: ReplayLimits;
  readonly #gauge: ReplayGauge;
  readonly #logs = new Map<string, StreamLog>();
  #newest: StreamLog | null = null;
  #streamNo = 0;
  #events = 0;
  #bytes = 0;
  /** Whether streams open with a priming event: from 2025-11-25 on. */
  primes = false;

  constructor(clock: Clock, limits: ReplayLimits, gauge: ReplayGauge) {
    this.#clock = clock;
    this.#limits = limits;
    this.#gauge = gauge;
  }

  get isIdle(): boolean {
    return this.#events === 0;
  }

  /** Begins the stream of one POST. */
  begin(carrier: Carrier): Track {
    const log = this.#open('p', carrier);
    return {
      send: (text) => this.#append(log, text),
      finish: () => {
        log.isOver = true;
        log.carrier?.end();
        this.#forgetIfSpent(log);
      },
    };
  }

  /** Begins, for a GET, a stream for what belongs to no request; it takes over what was kept unsent. */
  listen(carrier: Carrier): void {
    const waiting = this.#newest;
    if (waiting !== null && !waiting.isCarried) {
      this.#carry(waiting, carrier, waiting.sentSeq);
      return;
    }
    this.#newest = this.#open('g', carrier);
    const open = [...this.#logs.values()].filter((log) => log.kind === 'g' && log.isCarried);
    if (open.length > this.#limits.streamsPerSessionMax) open[0]?.carrier?.end();
  }

  /** Sends what belongs to no request on the newest open GET stream, else keeps it for the next one. */
  send(text: string): void {
    let log = this.#newest;
    if (log === null || !log.isCarried) log = this.#carried() ?? log;
    if (log === null) log = this.#newest = this.#open('g', null);
    const { sentSeq, events } = log;
    if (!log.isCarried && events.some((event) => event.seq > sentSeq && event.text === text)) return;
    this.#append(log, text);
  }

  /** Whether a request to the client can go out now, outside any request of its own. */
  get isListening(): boolean {
    return this.#carried() !== null;
  }

  /** Goes on where `Last-Event-ID` says. `over`: that stream has nothing more. */
  resume(lastEventId: string, carrier: () => Carrier): Resumed {
    const [, kind, no, seq] = EVENT_ID.exec(lastEventId) ?? [];
    if (kind === undefined || no === undefined || seq === undefined) return 'malformed';
    const log = this.#logs.get(`${kind}${no}`);
    if (log === undefined) {
      if (kind === 'p') return 'over';
      this.listen(carrier());
      return 'resumed';
    }
    const from = Number(seq);
    if (log.isOver && from >= log.seq) return 'over';
    log.carrier?.end();
    this.#carry(log, carrier(), from);
    if (log.kind === 'g') this.#newest = log;
    return 'resumed';
  }

  /** Drops what is older than `replayMs`. */
  prune(): void {
    if (this.#events === 0) return;
    const beforeMs = this.#clock.monotonicMs() - this.#limits.replayMs;
    for (const log of this.#logs.values()) {
      while ((log.events[0]?.atMs ?? Infinity) < beforeMs) this.#dropFirst(log);
      this.#forgetIfSpent(log);
    }
  }

  /** Ends every stream and lets go of everything kept. */
  close(): void {
    for (const log of this.#logs.values()) {
      while (log.events.length > 0) this.#dropFirst(log);
      log.carrier?.end();
      log.carrier = null;
    }
    this.#logs.clear();
    this.#newest = null;
  }

  #open(kind: LogKind, carrier: Carrier | null): StreamLog {
    const log = new StreamLog(kind, ++this.#streamNo);
    this.#logs.set(log.id, log);
    if (carrier !== null) this.#carry(log, carrier, 0);
    return log;
  }

  #carry(log: StreamLog, carrier: Carrier, from: number): void {
    log.carrier = carrier;
    if (this.primes) carrier.send(primingText(`${log.id}-${from}`, RETRY_MS));
    for (const event of log.events) {
      if (event.seq > from) carrier.send(eventText(event.text, `${log.id}-${event.seq}`));
    }
    log.sentSeq = log.seq;
    if (log.isOver) carrier.end();
    carrier.onClose(() => {
      if (log.carrier === carrier) log.carrier = null;
      this.#forgetIfSpent(log);
    });
  }

  /** The open GET stream that was opened last. */
  #carried(): StreamLog | null {
    let found: StreamLog | null = null;
    for (const log of this.#logs.values()) if (log.kind === 'g' && log.isCarried) found = log;
    return found;
  }

  #append(log: StreamLog, text: string): void {
    const seq = ++log.seq;
    this.#keep(log, { seq, text, atMs: this.#clock.monotonicMs() });
    if (log.carrier?.send(eventText(text, `${log.id}-${seq}`)) === true) log.sentSeq = seq;
  }

  #keep(log: StreamLog, event: KeptEvent): void {
    const size = event.text.length;
    const { replayEventsMax, replayBytesMax } = this.#limits;
    if (replayEventsMax === 0 || size > replayBytesMax) return;
    while (this.#events > 0 && (this.#events >= replayEventsMax || this.#bytes + size > replayBytesMax)) {
      this.#dropOldest();
    }
    if (this.#gauge.bytes + size > this.#gauge.bytesMax) return;
    log.events.push(event);
    this.#events++;
    this.#bytes += size;
    this.#gauge.bytes += size;
  }

  #dropOldest(): void {
    let oldest: StreamLog | null = null;
    for (const log of this.#logs.values()) {
      const atMs = log.events[0]?.atMs ?? Infinity;
      if (atMs < (oldest?.events[0]?.atMs ?? Infinity)) oldest = log;
    }
    if (oldest === null) return;
    this.#dropFirst(oldest);
    this.#forgetIfSpent(oldest);
  }

  #dropFirst(log: StreamLog): void {
    const size = log.events.shift()?.text.length ?? 0;
    this.#events--;
    this.#bytes -= size;
    this.#gauge.bytes -= size;
  }

  /** A stream without anything to give, now or later, is forgotten. */
  #forgetIfSpent(log: StreamLog): void {
    if (log.events.length > 0 || log.isCarried) return;
    if (log.kind === 'p' && !log.isOver) return;
    this.#logs.delete(log.id);
    if (this.#newest === log) this.#newest = null;
  }
}
