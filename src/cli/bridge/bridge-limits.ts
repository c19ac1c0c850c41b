/** What a bridge may hold and wait for. */
export interface BridgeLimits {
  /** Longest line of the client. */
  readonly lineBytesMax: number;
  /** Largest answer and largest event of a stream. */
  readonly answerBytesMax: number;
  /** Deepest nesting of one message. */
  readonly depthMax: number;
  /** Messages of the client on their way at one time. */
  readonly inFlightMax: number;
  /** Bytes that the client has not read yet, after which nothing more is read from the gateway. */
  readonly outputBytesMax: number;
  /** Tools whose marked arguments are remembered. */
  readonly toolsMax: number;
  /** Time to connect. */
  readonly connectMs: number;
  /** Quiet time of a connection with a request on it; the gateway sends a comment far more often than that. */
  readonly stalledMs: number;
  /** Time that a notification or an answer holds up what the client said after it. */
  readonly orderMs: number;
  /** Time that calls get to end once the client has said all it had to say. */
  readonly drainMs: number;
  /** Time to tell the gateway that the session is over. */
  readonly farewellMs: number;
  /** First and longest wait before a broken stream is opened again. */
  readonly retryMs: number;
  readonly retryMaxMs: number;
  /** Attempts to resume the stream of one request without getting any further. */
  readonly resumptionsMax: number;
}

const MIB = 1024 * 1024;

export const BRIDGE_LIMITS: BridgeLimits = {
  lineBytesMax: 16 * MIB,
  answerBytesMax: 64 * MIB,
  depthMax: 256,
  inFlightMax: 1024,
  outputBytesMax: 8 * MIB,
  toolsMax: 10_000,
  connectMs: 10_000,
  stalledMs: 120_000,
  orderMs: 5_000,
  drainMs: 10_000,
  farewellMs: 1_500,
  retryMs: 1_000,
  retryMaxMs: 30_000,
  resumptionsMax: 5,
};
