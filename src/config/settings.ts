import type { Principal } from '../core/principal.ts';
import type { UpstreamSettings } from '../upstreams/upstream.ts';
import type { Config, UpstreamConfig } from './schema.ts';
import type { Address } from './sections/listen.ts';

type GatewayConfig = NonNullable<Config['gateways']>[string];

/** Where a policy comes from. */
export type PolicySource =
  | { readonly kind: 'file'; /** Absolute. */ readonly path: string }
  | {
      readonly kind: 'inline';
      /** For messages: `veto.yaml:12`. */ readonly name: string;
      readonly text: string;
    };

/** One gateway as configured. */
export interface GatewaySettings {
  readonly name: string;
  readonly upstreams: readonly string[];
  readonly policies: readonly PolicySource[];
  readonly mode: 'enforce' | 'shadow';
  readonly evaluate: GatewayConfig['evaluate'];
  readonly integrity: Readonly<GatewayConfig['integrity']>;
}

/** One upstream as configured, secrets looked up, paths absolute. */
export type ConfiguredUpstream = UpstreamSettings & {
  readonly integrity: Readonly<NonNullable<UpstreamConfig['integrity']>> | null;
};

/** An API key that is declared in the file. Its text is never written anywhere. */
export interface DeclaredKey {
  readonly name: string;
  readonly gateway: string;
  readonly text: string;
  readonly principal: Principal;
  readonly expiresAtMs: number | null;
}

/** The effective configuration: complete, checked, frozen. */
export interface Settings {
  /** Absolute path of the file; null when there is none. */
  readonly file: string | null;
  readonly profile: 'development' | 'production';
  readonly listen: { readonly agents: Address; /** null: on the same address. */ readonly admin: Address | null };
  /** Without a slash at the end. */
  readonly publicUrl: string | null;
  readonly store:
    { readonly kind: 'embedded'; readonly folder: string } | { readonly kind: 'postgres'; readonly url: string };
  /** Labels of the deployment, readable by rules. */
  readonly environment: Readonly<Record<string, string>>;
  readonly gateways: readonly GatewaySettings[];
  readonly upstreams: readonly ConfiguredUpstream[];
  readonly keys: readonly DeclaredKey[];
  /** The rooms' own sections, as their `section.ts` gives them. */
  readonly listener: Readonly<Config['listener']>;
  readonly audit: Readonly<Config['audit']>;
  readonly limits: Readonly<Config['limits']>;
  readonly guards: Readonly<Config['guards']>;
  readonly counters: Readonly<Config['counters']>;
}
