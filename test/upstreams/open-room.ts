import { systemClock } from '../../src/core/clock.ts';
import type { Definition } from '../../src/core/definition.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { Permit } from '../../src/core/permit.ts';
import type { Resolved } from '../../src/core/call.ts';
import { configuredConnector } from '../../src/guards/url/pinned-connector.ts';
import { openUpstreams } from '../../src/upstreams/open-upstreams.ts';
import { DEFAULT_LIMITS } from '../../src/upstreams/section.ts';
import type {
  CallPorts,
  Tenant,
  UpstreamAnswer,
  UpstreamLimits,
  UpstreamSettings,
  Upstreams,
} from '../../src/upstreams/upstream.ts';

/** Short enough for tests of silence, long enough for a busy machine. */
export const TEST_LIMITS: UpstreamLimits = {
  ...DEFAULT_LIMITS,
  startTimeoutMs: 20_000,
  probeTimeoutMs: 3000,
  stopGraceMs: 1000,
  backOffMs: 50,
  backOffMaxMs: 400,
};

export const ALICE: Tenant = { key: 'alice', capabilities: {} };
export const BOB: Tenant = { key: 'bob', capabilities: {} };

export type Changes = Partial<Omit<UpstreamSettings, 'limits'>> & { limits?: Partial<UpstreamLimits> };

/** Settings of one upstream named `it`, everything else as in an empty configuration. */
export function settingsOf({ limits, ...changes }: Changes): UpstreamSettings {
  return {
    name: 'it',
    transport: 'auto',
    command: null,
    args: [],
    cwd: null,
    env: {},
    url: null,
    headers: {},
    era: 'auto',
    isolation: 'principal',
    roots: [],
    relay: { sampling: true, elicitation: true, roots: true },
    timeoutMs: 10_000,
    ...changes,
    limits: { ...TEST_LIMITS, ...limits },
  };
}

export interface Heard {
  readonly notified: [string, JsonObject][];
  readonly asked: [string, JsonObject][];
}

export interface CallOptions {
  readonly tenant?: Tenant;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly wantsProgress?: boolean;
  readonly meta?: JsonObject;
  readonly definition?: Definition;
  readonly ask?: CallPorts['ask'];
}

/** The room with one upstream, and short ways to use it. */
export class TestRoom {
  readonly upstreams: Upstreams;
  readonly reports: string[] = [];

  constructor(changes: Changes) {
    let seed = 1;
    this.upstreams = openUpstreams([settingsOf(changes)], {
      clock: systemClock,
      connectTo: configuredConnector,
      jitter: () => ((seed = (seed * 16_807) % 2_147_483_647) % 1000) / 1000,
      clientInfo: { name: 'veto', version: '0.0.0' },
      report: (_, note) => this.reports.push(note),
    });
  }

  /** Forwards any method; what came meanwhile is in `heard`. */
  async send(
    method: string,
    params: JsonObject,
    options: CallOptions = {},
  ): Promise<{ answer: UpstreamAnswer } & Heard> {
    const heard: Heard = { notified: [], asked: [] };
    const ports: CallPorts = {
      signal: options.signal ?? new AbortController().signal,
      deadlineMs: systemClock.monotonicMs() + (options.timeoutMs ?? 10_000),
      wantsProgress: options.wantsProgress ?? false,
      notify: (name, notice) => heard.notified.push([name, notice]),
      ask: (name, question, signal) => {
        heard.asked.push([name, question]);
        return options.ask?.(name, question, signal) ?? Promise.reject(new Error('nobody answers'));
      },
      meta: options.meta ?? {},
    };
    const call = { upstream: 'it', method, definition: options.definition ?? null } as unknown as Resolved;
    const permit = Permit.grant({ call, params });
    const answer = await this.upstreams.forward(permit, options.tenant ?? ALICE, ports);
    return { answer, ...heard };
  }

  call(tool: string, args: JsonObject = {}, options: CallOptions = {}): Promise<{ answer: UpstreamAnswer } & Heard> {
    return this.send('tools/call', { name: tool, arguments: args }, options);
  }

  /** The text of a tool's answer. */
  async text(tool: string, args: JsonObject = {}, options: CallOptions = {}): Promise<string> {
    return textOf((await this.call(tool, args, options)).answer);
  }

  close(): Promise<void> {
    return this.upstreams.close();
  }
}

export function textOf(answer: UpstreamAnswer): string {
  if (answer.kind === 'error') return `error ${answer.error.code}: ${answer.error.message}`;
  const [first] = (answer.result['content'] ?? []) as JsonObject[];
  const text = first?.['text'];
  return typeof text === 'string' ? text : JSON.stringify(answer.result);
}

/** Resolves once `holds` does, checked now and then; rejects when it takes too long. */
export async function eventually(holds: () => boolean, what: string, withinMs = 10_000): Promise<void> {
  const untilMs = systemClock.monotonicMs() + withinMs;
  while (!holds()) {
    if (systemClock.monotonicMs() > untilMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
