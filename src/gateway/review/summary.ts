import type { DriftClass, Pin, PinStatus, Verifier } from '../../integrity/ports.ts';

/** A pin without its definitions, as commands and the control plane tell it. */
export interface PinSummary {
  readonly gateway: string;
  readonly server: string;
  readonly kind: Pin['kind'];
  /** Empty for the server itself. */
  readonly name: string;
  readonly status: PinStatus;
  readonly version: number;
  readonly trustedSinceMs: number | null;
  readonly approved: { readonly fingerprint: string; readonly verifier: Verifier; readonly atMs: number } | null;
  readonly waiting: {
    readonly fingerprint: string;
    readonly drift: DriftClass;
    /** How many. */
    readonly findings: number;
    readonly seenAtMs: number;
  } | null;
}

/** What a list shows of a pin. */
export function summaryOf(pin: Pin): PinSummary {
  const { gateway, upstream: server, kind, name, status, version, trustedSinceMs, approved, waiting } = pin;
  const { by, who } = approved?.verifier ?? { by: 'person', who: '' };
  return {
    gateway,
    server,
    kind,
    name,
    status,
    version,
    trustedSinceMs,
    approved: approved && { fingerprint: approved.fingerprint, verifier: { by, who }, atMs: approved.atMs },
    waiting: waiting && {
      fingerprint: waiting.fingerprint,
      drift: waiting.drift,
      findings: waiting.findings.length,
      seenAtMs: waiting.seenAtMs,
    },
  };
}
