import { Fault } from '../../core/fault.ts';
import { idOfDropped, LineDecoder } from '../../mcp/client-lines.ts';
import { excerpt, NoiseMeter, readMessages } from './inbound.ts';
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
      dropped: (line) => {
        this.#events.dropped(idOfDropped(line), line.bytes);
      },
    });
    this.#child = new StdioChild(settings, clock, {
      stdout: (chunk) => lines.push(chunk),
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
    let messages;
    try {
      messages = readMessages(line, this.#ports.settings.limits.resultDepthMax, (why) => this.#ignored(line, why));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#ignored(line, error.message);
      return;
    }
    for (const message of messages) {
      if (!this.#events.receive(message) && !this.#quietEnough(line.length)) return;
    }
  }

  #ignored(line: Buffer, why: string): void {
    if (this.#quietEnough(line.length)) this.#events.ignored(`a line on stdout was ignored: ${why}`);
  }

  #quietEnough(bytes: number): boolean {
    if (this.#noise.take(bytes)) return true;
    this.#child?.kill();
    this.#fail('the process floods its output and was ended');
    return false;
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
