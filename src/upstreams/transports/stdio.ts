import { Fault } from '../../core/fault.ts';
import { idOfDropped, LineDecoder, type DroppedLine } from '../../mcp/client-lines.ts';
import type { Message } from '../../mcp/json-rpc.ts';
import { excerpt, handOn, NoiseMeter } from './inbound.ts';
import { StdioChild } from './stdio-child.ts';
import type { Errand, Transport, Wire, WireEvents, WirePorts } from './wire.ts';

/** stdio (every revision): one child process per connection, one JSON-RPC message per line. */
export const stdio: Transport = {
  name: 'stdio',
  create: (ports, events) => new StdioWire(ports, events),
};

const STDERR_EXCERPT_LENGTH = 300;

class StdioWire implements Wire {
  readonly name = 'stdio';
  readonly shared = true;
  readonly mirrors = false;
  readonly #ports: WirePorts;
  readonly #events: WireEvents;
  readonly #noise: NoiseMeter;
  #child: StdioChild | null = null;
  #ended = false;
  readonly #receive = (message: Message): boolean => this.#events.receive(message);
  readonly #ignored = (why: string): void => this.#events.ignored(`a line on stdout was ignored: ${why}`);

  constructor(ports: WirePorts, events: WireEvents) {
    this.#ports = ports;
    this.#events = events;
    this.#noise = new NoiseMeter(ports.clock, ports.settings.limits.noiseBytesPerSecondMax);
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  stderrTail(): string {
    return this.#child?.stderrTail() ?? '';
  }

  open(): Promise<void> {
    const { settings, clock } = this.#ports;
    const lines = new LineDecoder(settings.limits.lineBytesMax, {
      line: (line) => this.#line(line),
      dropped: (line) => this.#dropped(line),
      skipped: (bytes, count) => this.#passOver(bytes, count),
    });
    this.#child = new StdioChild(settings, clock, {
      stdout: (chunk) => (this.#ended ? this.#passOver(chunk.length, 1) : lines.push(chunk)),
      stderr: (bytes) => this.#passOver(bytes, 1),
      exit: (why) => this.#fail(`the process ${why}${this.#lastWords()}`),
    });
    return Promise.resolve();
  }

  send(errand: Errand): void {
    const fault = this.#write(errand.body);
    if (fault) errand.fail(fault);
  }

  post(body: string): Promise<void> {
    const fault = this.#write(body);
    return fault ? Promise.reject(fault) : Promise.resolve();
  }

  agree(): void {
    // Nothing on a pipe names the revision.
  }

  stand(): void {
    // A pipe always carries what the server says unasked.
  }

  async close(): Promise<void> {
    this.#ended = true;
    await this.#child?.stop(this.#ports.settings.limits.stopGraceMs);
  }

  #write(body: string): Fault | null {
    const { settings } = this.#ports;
    if (this.#ended || this.#child === null) return new Fault('upstream_closed', 'the process is gone');
    if (this.#child.pendingBytes > settings.limits.lineBytesMax) {
      return new Fault('upstream_overloaded', 'the process does not read its input');
    }
    this.#child.write(`${body}\n`);
    return null;
  }

  #line(line: Buffer): void {
    if (this.#ended) return;
    const { resultDepthMax } = this.#ports.settings.limits;
    let isQuiet: boolean;
    try {
      isQuiet = handOn(line, resultDepthMax, this.#noise, this.#receive, this.#ignored);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      isQuiet = this.#noise.take(line.length);
      this.#ignored(error.message);
    }
    if (!isQuiet) this.#cutOff();
  }

  /** Of a line that is too long, what lies beyond its limit was passed over as it came: it may never have ended. */
  #dropped(line: DroppedLine): void {
    if (this.#ended) return;
    const { lineBytesMax } = this.#ports.settings.limits;
    if (this.#events.dropped(idOfDropped(line), line.bytes)) this.#noise.giveBack(line.bytes - lineBytesMax);
    else this.#passOver(lineBytesMax, 1);
  }

  /** Also while the process is being stopped: it has its time for that, but not to keep everybody busy. */
  #passOver(bytes: number, lines: number): void {
    if (!this.#noise.skip(bytes, lines)) this.#cutOff();
  }

  #cutOff(): void {
    this.#child?.kill();
    this.#fail('the process floods its output and was ended');
  }

  #fail(why: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#events.closed(new Fault('upstream_closed', why));
  }

  #lastWords(): string {
    const tail = this.stderrTail().trim().slice(-STDERR_EXCERPT_LENGTH);
    return tail === '' ? '' : `; the end of its stderr: \`${excerpt(tail, STDERR_EXCERPT_LENGTH)}\``;
  }
}
