import type { Clock } from '../core/clock.ts';
import { LegacySession } from './legacy-session.ts';
import type { Sender } from './open-exchange.ts';
import { SessionStreams, type ReplayGauge } from './replay.ts';
import type { ListenerLimits } from './section.ts';

/** A session of Streamable HTTP, 2025-03-26 to 2025-11-25. */
export class StreamableSession extends LegacySession {
  readonly streams: SessionStreams;
  /** Open responses; a session with one is not idle. */
  connections = 0;

  constructor(sender: Sender, clock: Clock, limits: ListenerLimits, gauge: ReplayGauge) {
    const streams = new SessionStreams(clock, limits, gauge);
    const outlet = {
      send: (text: string) => streams.send(text),
      get canReach() {
        return streams.isListening;
      },
    };
    super(sender, 'streamable-http', outlet, clock, limits.asksMax);
    this.streams = streams;
    this.onClose(() => streams.close());
  }
}
