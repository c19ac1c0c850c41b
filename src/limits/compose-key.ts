/** What is known of a call when its limits are taken. */
export interface LimitFacts {
  readonly gateway: string;
  readonly principal: string;
  readonly keyId: string | null;
  readonly session: string | null;
  readonly agent: string | null;
  readonly server: string;
  readonly tool: string;
}

const SCOPES = {
  principal: (facts: LimitFacts) => facts.principal,
  key: (facts: LimitFacts) => facts.keyId,
  agent: (facts: LimitFacts) => facts.agent,
  session: (facts: LimitFacts) => facts.session,
  gateway: (facts: LimitFacts) => facts.gateway,
  tool: (facts: LimitFacts) => facts.tool,
  server: (facts: LimitFacts) => facts.server,
} as const;

export type Scope = keyof typeof SCOPES;

/** What `per:` may name, alone or together. */
export const SCOPE_NAMES = Object.keys(SCOPES) as readonly Scope[]; // the keys of a literal

function isScope(name: string): name is Scope {
  return Object.hasOwn(SCOPES, name);
}

/**
 * The name of a window: kind, rule and the values of its scopes. JSON keeps them apart: no value can be chosen so that
 * two different windows share a name. A fact that is absent (no session on a stateless wire) counts as one value of its
 * own. Without scopes, all calls that the rule matches share one window; the policy fills in gateway, principal and
 * tool when a rule says nothing (rule 11 of the language). Unknown scopes narrow nothing: stricter.
 */
export function composeKey(kind: string, rule: string, per: readonly string[], facts: LimitFacts): string {
  const scopes = [...new Set(per)].filter(isScope).sort();
  return JSON.stringify([kind, rule, ...scopes.flatMap((scope) => [scope, SCOPES[scope](facts)])]);
}
