import { PolicyShelf } from '../../config/policy-shelf.ts';
import type { Settings } from '../../config/settings.ts';
import { readBytes } from '../../config/watch-files.ts';
import type { Client } from '../../core/call.ts';
import type { Definition } from '../../core/definition.ts';
import { isObject, own, type JsonObject } from '../../core/json.ts';
import type { Principal } from '../../core/principal.ts';
import { GUARDED } from '../../gateway/guarded.ts';
import { declaredTypes } from '../../gateway/inspection.ts';
import type { GatewaySnapshot } from '../../gateway/snapshot.ts';
import { prepareGuards } from '../../guards/prepare.ts';
import { MODERN_REVISION } from '../../mcp/revisions.ts';
import type { UpstreamSettings } from '../../upstreams/upstream.ts';

/** How one argument of a tool is read. */
interface TypedArgument {
  readonly argument: string;
  readonly type: string;
  readonly reason: string;
}

/** One tool as a caller of one gateway meets it. */
export interface JudgedTool {
  readonly gateway: string;
  readonly upstream: string;
  readonly tool: string;
  /** Outcomes that some arguments could have: `allow`, `require_approval`, `deny`. Only `deny`: it is not listed. */
  readonly reachable: readonly string[];
  readonly arguments: readonly TypedArgument[];
  /** What the guards noticed of its schema. */
  readonly notes: readonly string[];
}

/** Judges tools under the policies of a configuration, for one caller. */
export class ToolJudge {
  readonly #settings: Settings;
  readonly #shelf: PolicyShelf;
  readonly #principal: Principal;
  readonly #nowMs: number;

  /** @throws Fault('config_invalid') for policies that do not load */
  constructor(settings: Settings, principal: Principal, nowMs: number) {
    this.#settings = settings;
    this.#shelf = new PolicyShelf(settings, GUARDED, readBytes);
    this.#principal = principal;
    this.#nowMs = nowMs;
  }

  /** @param gateway name of one that has this upstream */
  judge(gateway: string, upstream: UpstreamSettings, definition: Definition): JudgedTool {
    const snapshot = this.#shelf.snapshot.gateways.get(gateway);
    const declared = declaredTypes(this.#settings.guards, upstream.name, definition.name);
    const { typed, notes } = prepareGuards(definition, { roots: upstream.roots, declared });
    return {
      gateway,
      upstream: upstream.name,
      tool: definition.name,
      reachable: snapshot === undefined ? [] : this.#reachable(snapshot, upstream, definition),
      arguments: typed.flatMap(({ argument, type, reason }) => (type === null ? [] : [{ argument, type, reason }])),
      notes,
    };
  }

  #reachable(gateway: GatewaySnapshot, upstream: UpstreamSettings, definition: Definition): string[] {
    const explanation = gateway.policy.explain({
      gateway: gateway.name,
      method: 'tools/call',
      server: upstream.name,
      target: { kind: 'tool', name: definition.name },
      arguments: null,
      definition,
      pinState: 'unpinned',
      caller: { principal: this.#principal, keyId: null, authenticatedBy: 'local', isValid: () => true },
      client: NOBODY,
      nowMs: this.#nowMs,
      environment: gateway.environment,
      findings: [],
      roots: upstream.roots,
    });
    return textsOf(own(explanation, 'outcome'));
  }
}

const NOBODY: Client = {
  name: null,
  version: null,
  era: 'modern',
  revision: MODERN_REVISION,
  transport: 'stdio',
  capabilities: {},
  address: 'local',
  session: null,
};

function textsOf(outcome: JsonObject[string]): string[] {
  const reachable = isObject(outcome) ? own(outcome, 'reachable') : undefined;
  return Array.isArray(reachable) ? reachable.filter((effect) => typeof effect === 'string') : [];
}
