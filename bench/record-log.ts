import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENCODE_LIMITS } from '../src/audit/encode.ts';
import type { AuditRecord } from '../src/audit/record.ts';
import { systemClock } from '../src/core/clock.ts';
import { newId } from '../src/core/ids.ts';
import type { Durability } from '../src/store/sqlite/open.ts';
import { SqliteRecordLog } from '../src/store/sqlite/record-log.ts';
import { numberArguments } from './rig.ts';

// What does recording cost a call? Each simulated call awaits an intend record, yields to the event loop and hands
// over a settle record. Prints microseconds per call, next to a unit of this machine (one SHA-256 of 4 KiB in
// JavaScript's hands), so that figures of different machines compare. Run: node bench/record-log.ts [seconds]

const [secondsPerCase = 2] = numberArguments();
const root = mkdtempSync(join(tmpdir(), 'veto-bench-'));
process.on('exit', () => rmSync(root, { recursive: true, force: true }));

function intend(callId: string, nowMs: number, index: number): AuditRecord {
  return {
    kind: 'intend',
    atMs: nowMs,
    callId,
    gateway: 'default',
    principal: `alice${index % 50}`,
    keyId: 'k7Jx2mQp',
    address: '127.0.0.1',
    client: { name: 'claude-code', version: '2.0.14', era: 'modern' },
    method: 'tools/call',
    server: 'files',
    target: `read_file${index % 20}`,
    fingerprint: 'a'.repeat(64),
    arguments: { path: '/data/report.csv' },
    argumentsDigest: 'b'.repeat(64),
    decision: 'allow',
    rule: 'Allow file reads',
    policyHash: 'c'.repeat(64),
  };
}

function settle(callId: string, nowMs: number): AuditRecord {
  return {
    kind: 'settle',
    atMs: nowMs,
    callId,
    gateway: 'default',
    outcome: 'ok',
    durationMs: 3.25,
    resultDigest: 'd'.repeat(64),
    resultBytes: 346,
  };
}

interface Figures {
  readonly perSecond: number;
  readonly mainUs: number;
  readonly totalUs: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly p999Us: number;
}

async function measure(durability: Durability, inFlight: number, record: boolean): Promise<Figures> {
  const directory = join(root, `${durability}-${inFlight}-${String(record)}`);
  const settings = {
    directory,
    durability,
    busyTimeoutMs: 2_000,
    auditBytesMax: 0,
    queueRecordsMax: 65_536,
    queueBytesMax: 67_108_864,
    lingerMs: 5,
    retryMs: 1_000,
    encode: ENCODE_LIMITS,
  };
  const log = new SqliteRecordLog(settings, systemClock);
  const waits: number[] = [];
  let calls = 0;
  let stopAtMs = 0;
  const loop = async (): Promise<void> => {
    while (systemClock.monotonicMs() < stopAtMs) {
      const nowMs = systemClock.nowMs();
      const callId = newId(nowMs);
      const one = intend(callId, nowMs, calls++);
      const startedMs = systemClock.monotonicMs();
      if (record) await log.append(one);
      waits.push(systemClock.monotonicMs() - startedMs);
      await new Promise(setImmediate);
      const two = settle(callId, nowMs);
      if (record) log.enqueue(two);
    }
  };
  const run = async (seconds: number): Promise<void> => {
    stopAtMs = systemClock.monotonicMs() + seconds * 1_000;
    await Promise.all(Array.from({ length: inFlight }, loop));
  };
  await run(0.3);
  waits.length = calls = 0;
  const main = process.threadCpuUsage();
  const total = process.cpuUsage();
  await run(secondsPerCase);
  const mainSpent = process.threadCpuUsage(main);
  const totalSpent = process.cpuUsage(total);
  await log.close();
  waits.sort((a, b) => a - b);
  const at = (part: number): number => (waits[Math.floor(waits.length * part)] ?? 0) * 1_000;
  return {
    perSecond: calls / secondsPerCase,
    mainUs: (mainSpent.user + mainSpent.system) / calls,
    totalUs: (totalSpent.user + totalSpent.system) / calls,
    p50Us: at(0.5),
    p99Us: at(0.99),
    p999Us: at(0.999),
  };
}

async function unitUs(): Promise<number> {
  const { hash } = await import('node:crypto');
  const text = 'x'.repeat(4_096);
  const rounds = 20_000;
  const before = process.threadCpuUsage();
  for (let index = 0; index < rounds; index++) hash('sha256', text);
  const spent = process.threadCpuUsage(before);
  return (spent.user + spent.system) / rounds;
}

const unit = await unitUs();
console.log(
  `unit: one SHA-256 over 4 KiB = ${unit.toFixed(2)} µs of CPU; a call = intend awaited + settle handed over`,
);
console.log('durability  in flight   calls/s   main µs/call   total µs/call  (× unit)   wait p50   p99    p99.9 µs');
for (const inFlight of [1, 32, 256]) {
  const idle = await measure('normal', inFlight, false);
  for (const durability of ['normal', 'full'] as const) {
    const figures = await measure(durability, inFlight, true);
    const main = figures.mainUs - idle.mainUs;
    const total = figures.totalUs - idle.totalUs;
    const cells = [
      durability.padEnd(10),
      String(inFlight).padStart(10),
      figures.perSecond.toFixed(0).padStart(9),
      main.toFixed(1).padStart(14),
      total.toFixed(1).padStart(15),
      `(${(total / unit).toFixed(2)})`.padStart(9),
      figures.p50Us.toFixed(0).padStart(10),
      figures.p99Us.toFixed(0).padStart(6),
      figures.p999Us.toFixed(0).padStart(8),
    ];
    console.log(cells.join(' '));
  }
}
