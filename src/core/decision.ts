import type { RefusalCode } from './refusal.ts';

/** What a room noticed about a call, a definition or a result. Rooms observe; policy decides. */
export interface Finding {
  /** Stable, dotted: `path.traversal`, `sql.write`, `tool.drift`. */
  readonly code: string;
  /** The guard or check that found it. */
  readonly by: string;
  /** Where: an argument path such as `query` or `files[2].path`, or a definition field; empty for the whole. */
  readonly at: string;
  /** Start and end (exclusive) in UTF-16 code units within the string at `at`. */
  readonly span?: readonly [number, number];
  /** One sentence, lower case. */
  readonly why: string;
  /** What would be legal instead, when that can be said. */
  readonly legal?: string;
  /** No rule may waive it. */
  readonly locked: boolean;
  /** True: a fact that denies nothing by itself, for rules to name. Absent: the finding denies. */
  readonly noted?: boolean;
}

/** What must be met after the decision and before forwarding (XACML's obligations). */
export type Obligation =
  | {
      readonly kind: 'limit';
      readonly rule: string;
      readonly callsMax: number;
      readonly windowMs: number;
      readonly per: readonly string[];
      readonly countAttempts: boolean;
      readonly sum?: string;
    }
  | { readonly kind: 'concurrency'; readonly rule: string; readonly callsMax: number; readonly per: readonly string[] }
  | {
      readonly kind: 'approve';
      readonly rule: string;
      readonly channels: readonly string[];
      readonly timeoutMs: number;
      readonly approvers: readonly string[];
      readonly approvalsMin: number;
      readonly selfApproval: boolean;
      readonly allowEdit: boolean;
    }
  /** To be remembered when it passes; refuses nothing. */
  | { readonly kind: 'count'; readonly watch: Watch }
  | { readonly kind: 'redact'; readonly rule: string; readonly classes: readonly string[] }
  | { readonly kind: 'alert'; readonly rule: string; readonly channels: readonly string[] };

/** Calls that a rule asks about: remembered when they pass, apart by scope, over a sliding window. */
export interface Watch {
  /** The same for the same question, across reloads and restarts. */
  readonly id: string;
  readonly per: readonly string[];
  readonly windowMs: number;
  /** More need not be told apart. */
  readonly callsMax: number;
}

/** A watch that can say which calls it is about. */
export interface Watching extends Watch {
  readonly covers: (server: string | null, tool: string) => boolean;
}

/** What rules in shadow would have made of a call; recorded beside the decision, never enforced. */
export interface ShadowOutcome {
  readonly effect: 'allow' | 'deny' | 'require_approval';
  /** The rules in shadow that matched. */
  readonly rules: readonly string[];
}

export type Decision =
  | {
      readonly effect: 'deny';
      readonly code: RefusalCode;
      readonly rule: string;
      readonly reason: string;
      readonly publicMessage: string;
      /** Limits that count attempts, of all rules that matched. Absent: none. */
      readonly attempts?: readonly Obligation[];
      /** Channels to tell, though the call goes nowhere. Absent: none. */
      readonly alerts?: readonly Obligation[];
      readonly shadow?: ShadowOutcome;
    }
  | {
      readonly effect: 'allow';
      readonly rule: string;
      readonly obligations: readonly Obligation[];
      readonly shadow?: ShadowOutcome;
    };
