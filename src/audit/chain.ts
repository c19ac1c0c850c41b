import { sha256 } from '../core/canonical-json.ts';
import type { StoredRecord } from './record.ts';

// In: records in stored order. Out: the hash that ties each to its predecessor, or the first place where they do not
// fit. What must never happen here: two different histories with the same last hash, or a verdict that depends on
// anything but the records and the heads it is given.

/** The hash before the first record. */
export const GENESIS_HASH = sha256('veto audit chain, version 1');

/** A place in the chain: the record with this `seq` has this `hash`. */
export interface ChainHead {
  readonly seq: number;
  readonly hash: string;
}

export const GENESIS: ChainHead = { seq: 0, hash: GENESIS_HASH };

/**
 * SHA-256 over previous hash, sequence number and body, separated by line feeds (which none of the three contains).
 * @param previousHash lower-case hexadecimal
 * @param body JSON text without raw line feeds, as `encodeRecord` makes it
 * @returns lower-case hexadecimal
 */
export function linkHash(previousHash: string, seq: number, body: string): string {
  return sha256(`${previousHash}\n${seq}\n${body}`);
}

export interface VerifyOptions {
  /** Where the records begin, when not at the beginning of the log. */
  readonly from?: ChainHead;
  /** A head noted earlier, such as the last line of a former verification: the chain must reach it unchanged. */
  readonly head?: ChainHead;
}

/**
 * - `edited`: the record does not have the content that was hashed.
 * - `removed`: records are missing before this one.
 * - `reordered`: the record stands, unchanged, at another place, or twice.
 * - `replaced`: the record is consistent in itself, but is not the successor of the one before it: that one, or
 *   everything before, was written anew.
 * - `truncated`: the records end before the head that is known to have existed.
 */
export type BreakKind = 'edited' | 'removed' | 'reordered' | 'replaced' | 'truncated';

export type ChainVerdict =
  | { readonly intact: true; readonly count: number; readonly head: ChainHead }
  | { readonly intact: false; readonly seq: number; readonly kind: BreakKind; readonly why: string };

/**
 * Follows the chain and reports the first break. Someone who can write the whole store can also rewrite the whole
 * chain: only a `head` kept elsewhere shows that.
 */
export async function verifyChain(
  records: AsyncIterable<StoredRecord> | Iterable<StoredRecord>,
  options: VerifyOptions = {},
): Promise<ChainVerdict> {
  let at = options.from ?? GENESIS;
  const wanted = options.head;
  let count = 0;
  for await (const record of records) {
    const broken = checkLink(at, record);
    if (broken) return broken;
    if (wanted && record.seq === wanted.seq && record.hash !== wanted.hash) {
      return broke(record.seq, 'replaced', 'the record has another hash than the head that was noted');
    }
    at = { seq: record.seq, hash: record.hash };
    count++;
  }
  if (wanted && wanted.seq > at.seq) {
    return broke(at.seq + 1, 'truncated', `the log ends at ${at.seq}, but once reached ${wanted.seq}`);
  }
  return { intact: true, count, head: at };
}

function checkLink(at: ChainHead, record: StoredRecord): ChainVerdict | null {
  const { seq } = record;
  if (seq <= at.seq) return broke(seq, 'reordered', `record ${seq} follows record ${at.seq}`);
  if (seq > at.seq + 1) {
    const first = at.seq + 1;
    const what = seq - first === 1 ? `record ${first} is` : `records ${first} to ${seq - 1} are`;
    return broke(first, 'removed', `${what} missing${at.seq === 0 ? ': the head of the log was cut off' : ''}`);
  }
  if (linkHash(record.previousHash, seq, record.body) !== record.hash) return explainMismatch(record);
  if (record.previousHash !== at.hash) {
    return broke(seq, 'replaced', `the record before it is not the one that record ${seq} was chained to`);
  }
  return null;
}

/** How far a moved record is looked for, in places. Work on failure only. */
const MOVED_MAX = 1_000;

function explainMismatch(record: StoredRecord): ChainVerdict {
  for (let by = 1; by <= MOVED_MAX; by++) {
    for (const home of [record.seq - by, record.seq + by]) {
      if (linkHash(record.previousHash, home, record.body) !== record.hash) continue;
      return broke(record.seq, 'reordered', `record ${home} stands in place ${record.seq}`);
    }
  }
  return broke(record.seq, 'edited', 'body or hash were changed after the record was written');
}

function broke(seq: number, kind: BreakKind, why: string): ChainVerdict {
  return { intact: false, seq, kind, why };
}
