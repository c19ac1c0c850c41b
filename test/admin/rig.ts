import { openControlPlane } from '../../src/admin/control-plane.ts';
import { readBody } from '../../src/audit/match.ts';
import { issueKey, type KeyKind } from '../../src/authn/issue-key.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { createIntegrity } from '../../src/integrity/integrity.ts';
import { integritySection, type IntegritySettings } from '../../src/integrity/section.ts';
import type { ListenerSettings } from '../../src/listener/reception.ts';
import type { ListenerSection } from '../../src/listener/section.ts';
import { MemoryKeyStore } from '../../src/store/memory/keys.ts';
import { MemoryPinStore } from '../../src/store/memory/pins.ts';
import { MemoryRecordLog } from '../../src/store/memory/record-log.ts';
import { start, type Started } from '../listener/started.ts';

/** A control plane on a real socket over stores in memory, and what a server offers to the gateways beside it. */
export class Rig {
  readonly pins = new MemoryPinStore();
  readonly records = new MemoryRecordLog();
  readonly keys = new MemoryKeyStore();
  readonly adminKeys = new MemoryKeyStore();
  readonly settings: IntegritySettings = integritySection.parse({});
  on: Started | null = null;

  async open(section: Partial<ListenerSection> = {}, settings: Partial<ListenerSettings> = {}): Promise<this> {
    const declared = { gateway: 'default', principal: principalOf('ci'), expiresAtMs: null };
    const { administrators, operations } = openControlPlane({
      pins: this.pins,
      records: this.records,
      keys: this.keys,
      adminKeys: this.adminKeys,
      configured: [{ ...declared, name: 'ci', text: DECLARED }],
      clock: systemClock,
      world: () => ({
        records: this.records,
        keys: this.keys.list(),
        gateways: 'no policy here',
        rootsOf: () => [],
        nowMs: systemClock.nowMs(),
      }),
    });
    this.on = await start(section, settings, { routes: operations, administrators });
    return this;
  }

  get url(): string {
    return this.on?.listener.url ?? '';
  }

  /** A new key, as text. */
  key(kind: KeyKind, principal: string, expiresAtMs: number | null = null): { text: string; id: string } {
    const gateway = kind === 'admin' ? '' : 'default';
    const about = { name: principal, gateway, principal: principalOf(principal), expiresAtMs };
    const { text, entry } = issueKey(about, systemClock.nowMs(), kind);
    (kind === 'admin' ? this.adminKeys : this.keys).add(entry);
    return { text, id: entry.id };
  }

  /** What a gateway would do with an offer of one tool; the descriptions that agents then see. */
  async offer(gateway: string, description: string, name = 'read_note'): Promise<unknown[]> {
    const room = createIntegrity(this.pins, () => this.settings);
    const tool = { kind: 'tool', name, body: { name, description } } as const;
    const rest = { capabilities: {}, instructions: null, prompts: [], resources: [], templates: [] };
    const offered = { serverInfo: { name: 'notes' }, tools: [tool], ...rest };
    const { served } = await room.admit(gateway, 'notes', offered, { agent: 'bot', nowMs: systemClock.nowMs() });
    return served.map(({ definition }) => definition.body['description']);
  }

  /** A request to the control plane. @param key null: none */
  async ask(
    key: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; headers: Headers; body: JsonObject }> {
    const response = await fetch(`${this.url}/v1/admin/${path}`, {
      method,
      headers: {
        ...(key === null ? {} : { 'x-veto-api-key': key }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as JsonObject };
  }

  /** Records of some kinds, oldest first. */
  async recorded(...kinds: ('admin' | 'authentication' | 'refusal')[]): Promise<JsonObject[]> {
    const found: JsonObject[] = [];
    for await (const { body } of this.records.query({ kinds, limit: 1_000 })) found.push(readBody(body) ?? {});
    return found;
  }

  async close(): Promise<void> {
    await this.on?.listener.close();
  }
}

export const DECLARED = 'a secret that veto.yaml declares';

function principalOf(id: string) {
  return { id, kind: 'user', groups: [], roles: [], attributes: {} } as const;
}
