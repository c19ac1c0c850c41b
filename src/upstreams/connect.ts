import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { modernDialect } from './dialect.ts';
import {
  discover,
  EraContradicted,
  initialize,
  UNKNOWN_MODERN,
  type Introducer,
  type Introduction,
} from './introduction.ts';
import type { Peer } from './peer.ts';
import { HttpRefused } from './transports/wire-faults.ts';
import type { TransportName } from './transports.ts';
import type { UpstreamSettings } from './upstream.ts';

/** What is known of a server, whoever asks: the era is a property of the server, not of a request. */
export interface Verdict {
  readonly transport: TransportName;
  readonly introduction: Introduction;
  readonly atMs: number;
}

export interface Connected {
  readonly peer: Peer;
  readonly verdict: Verdict;
}

export interface ConnectPorts extends Introducer {
  readonly settings: UpstreamSettings;
  /** What was found before; null when nothing was, or it was contradicted. */
  readonly verdict: Verdict | null;
  readonly capabilities: JsonObject;
  /** A fresh wire and the peer at its end, not yet opened. */
  openPeer(transport: TransportName): Peer;
  /** Closes a peer that led nowhere, without anybody waiting for it. */
  discard(peer: Peer): void;
}

/**
 * Reaches the server and settles how it is spoken to: transport (`auto` falls from Streamable HTTP to HTTP+SSE) and era
 * (probed, remembered, or pinned). Leaves no connection behind when it fails.
 * @throws Fault
 */
export async function connect(ports: ConnectPorts): Promise<Connected> {
  const { settings, verdict, clock } = ports;
  const deadlineMs = clock.monotonicMs() + settings.limits.startTimeoutMs;
  const known = verdict?.transport ?? null;
  if (settings.transport === 'stdio') return connectStdio(ports, deadlineMs);
  if (settings.transport === 'sse' || known === 'sse') return connectSse(ports, deadlineMs);
  try {
    return await connectHttp(ports, deadlineMs);
  } catch (error) {
    // 2026-07-28, Streamable HTTP › HTTP+SSE Transport: these three, without a modern error in the body.
    const older = error instanceof HttpRefused && [400, 404, 405].includes(error.status);
    if (settings.transport !== 'auto' || settings.era === 'modern' || known !== null || !older) throw error;
    return connectSse(ports, deadlineMs, error);
  }
}

async function connectHttp(ports: ConnectPorts, deadlineMs: number): Promise<Connected> {
  const { settings, verdict, clock } = ports;
  return attempt(ports, 'streamable-http', async (peer) => {
    await peer.wire.open(deadlineMs);
    if (settings.era === 'legacy') return legacy(ports, peer, deadlineMs);
    if (verdict?.introduction.era === 'modern') {
      // Nothing to open: what was discovered holds for every tenant, and state travels with each request.
      peer.dialect = modernDialect(verdict.introduction.revision, ports.clientInfo);
      peer.wire.agree(verdict.introduction.revision);
      return verdict.introduction;
    }
    if (verdict !== null) {
      try {
        return await legacy(ports, peer, deadlineMs);
      } catch (error) {
        if (!(error instanceof EraContradicted)) throw error;
      }
    }
    const probeMs = Math.min(deadlineMs, clock.monotonicMs() + settings.limits.probeTimeoutMs);
    return probed(ports, peer, deadlineMs, probeMs);
  });
}

async function connectSse(ports: ConnectPorts, deadlineMs: number, first?: Fault): Promise<Connected> {
  if (ports.settings.era === 'modern') throw new Fault('config_invalid', 'HTTP+SSE has no modern era');
  try {
    return await attempt(ports, 'sse', async (peer) => {
      await peer.wire.open(deadlineMs);
      return legacy(ports, peer, deadlineMs);
    });
  } catch (error) {
    if (first !== undefined && error instanceof HttpRefused) throw first;
    throw error;
  }
}

async function connectStdio(ports: ConnectPorts, deadlineMs: number): Promise<Connected> {
  const { settings, verdict, clock } = ports;
  const knownLegacy = settings.era === 'legacy' || verdict?.introduction.era === 'legacy';
  if (knownLegacy) {
    try {
      return await startLegacy(ports, deadlineMs);
    } catch (error) {
      if (!(error instanceof EraContradicted) || settings.era === 'legacy') throw error;
    }
  }
  const probeMs = Math.min(deadlineMs, clock.monotonicMs() + settings.limits.probeTimeoutMs);
  try {
    return await attempt(ports, 'stdio', async (peer) => {
      await peer.wire.open(deadlineMs);
      return probed(ports, peer, deadlineMs, probeMs);
    });
  } catch (error) {
    // Some servers exit at anything that comes before `initialize`: that process was thrown away on the probe.
    const died = error instanceof Fault && error.code === 'upstream_closed';
    if (!died || settings.era === 'modern') throw error;
    return startLegacy(ports, deadlineMs);
  }
}

function startLegacy(ports: ConnectPorts, deadlineMs: number): Promise<Connected> {
  return attempt(ports, 'stdio', async (peer) => {
    await peer.wire.open(deadlineMs);
    return legacy(ports, peer, deadlineMs);
  });
}

/** Probes on an open connection, and goes on in the era found. Silence may be a slow start, so both are tried twice. */
async function probed(ports: ConnectPorts, peer: Peer, deadlineMs: number, probeMs: number): Promise<Introduction> {
  const pinned = ports.settings.era === 'modern';
  let silent = false;
  try {
    const probe = await discover(peer, ports, pinned ? deadlineMs : probeMs);
    if (probe.kind === 'modern') return probe.introduction;
    if (pinned) return UNKNOWN_MODERN;
  } catch (error) {
    if (pinned || !(error instanceof Fault) || error.code !== 'upstream_timeout') throw error;
    silent = true;
  }
  try {
    return await legacy(ports, peer, deadlineMs);
  } catch (error) {
    const late = silent && error instanceof Fault && error.code === 'upstream_protocol';
    if (!late) throw error;
    const probe = await discover(peer, ports, deadlineMs);
    if (probe.kind === 'modern') return probe.introduction;
    throw error;
  }
}

function legacy(ports: ConnectPorts, peer: Peer, deadlineMs: number): Promise<Introduction> {
  return initialize(peer, ports, ports.capabilities, deadlineMs);
}

/** Runs `introduce` on a new peer; closes it when that fails. */
async function attempt(
  ports: ConnectPorts,
  transport: TransportName,
  introduce: (peer: Peer) => Promise<Introduction>,
): Promise<Connected> {
  const peer = ports.openPeer(transport);
  try {
    const introduction = await introduce(peer);
    return { peer, verdict: { transport, introduction, atMs: ports.clock.monotonicMs() } };
  } catch (error) {
    ports.discard(peer);
    throw error;
  }
}
