import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonObject } from '../../src/core/json.ts';
import { freePort, listening, start, type Running } from '../support/processes.ts';

const PROGRAM = fileURLToPath(new URL('turncoat.mjs', import.meta.url));

/** How a gateway reaches the turncoat. */
export type Wire = 'stdio legacy' | 'stdio modern' | 'http legacy' | 'http modern' | 'http+sse';

export const WIRES: readonly Wire[] = ['stdio legacy', 'stdio modern', 'http legacy', 'http modern', 'http+sse'];

/** A server that changes its definitions on command. */
export class Turncoat {
  readonly #file: string;
  readonly #wire: Wire;
  readonly #port: number;
  #running: Running | null = null;
  #number = 0;

  private constructor(file: string, wire: Wire, port: number) {
    this.#file = file;
    this.#wire = wire;
    this.#port = port;
  }

  /** @param folder where its state is kept */
  static async start(folder: string, wire: Wire, tools: readonly JsonObject[]): Promise<Turncoat> {
    const one = new Turncoat(join(folder, `${wire.replace(/\W/g, '-')}.json`), wire, await freePort());
    one.offer(tools, { announce: false });
    await one.#serve();
    return one;
  }

  /** The entry under `upstreams:`. */
  get settings(): JsonObject {
    const limits = { catalogue_ttl_ms: CATALOGUE_TTL_MS, back_off_ms: 50, back_off_max_ms: 100 };
    if (this.#wire.startsWith('stdio'))
      return { transport: 'stdio', command: process.execPath, args: [PROGRAM, this.#file, '--stdio'], limits };
    const path = { 'http legacy': 'legacy', 'http modern': 'modern', 'http+sse': 'sse' }[this.#wire as string] ?? '';
    const transport = path === 'sse' ? 'sse' : 'streamable-http';
    return { transport, url: `http://127.0.0.1:${this.#port}/${path}`, limits };
  }

  /** From now on it offers these; told to whoever listens when `announce`. */
  offer(tools: readonly JsonObject[], { announce }: { announce: boolean }): void {
    const era = this.#wire.endsWith('modern') ? 'modern' : 'legacy';
    writeFileSync(`${this.#file}.new`, JSON.stringify({ era, tools, announce, number: ++this.#number }));
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** Whether what it offers now was listed to the gateway. */
  wasListed(): boolean {
    const file = `${this.#file}.lists`;
    return existsSync(file) && readFileSync(file, 'utf8').includes(`${this.#number}\n`);
  }

  /** Whether anybody was ever told of changes. */
  wasHeard(): boolean {
    return existsSync(`${this.#file}.ears`);
  }

  /** Arguments of the calls that arrived. */
  calls(): JsonObject[] {
    if (!existsSync(`${this.#file}.calls`)) return [];
    const lines = readFileSync(`${this.#file}.calls`, 'utf8').trim().split('\n');
    return lines.map((line) => (JSON.parse(line) as { arguments: JsonObject }).arguments); // written by turncoat.mjs
  }

  /** Loses every connection: the process ends and, where nobody else does, is started anew. */
  async crash(): Promise<void> {
    if (this.#running) {
      await this.#running.stop();
      await this.#serve();
    } else process.kill(this.#lastPid(), 'SIGKILL');
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
  }

  #lastPid(): number {
    return Number(readFileSync(`${this.#file}.pids`, 'utf8').trim().split('\n').at(-1));
  }

  async #serve(): Promise<void> {
    if (this.#wire.startsWith('stdio')) return;
    this.#running = start(process.execPath, [PROGRAM, this.#file, String(this.#port)]);
    await listening(this.#port, this.#running);
  }
}

/** Short, so that a change without notice is seen within a test. */
const CATALOGUE_TTL_MS = 400;
