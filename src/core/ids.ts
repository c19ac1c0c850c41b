import { randomBytes, randomFillSync } from 'node:crypto';

const POOL_BYTES = 4096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** `count` unguessable bytes as lower-case hexadecimal; drawn from a pool, because one system call per call is dear. */
function randomHex(count: number): string {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  const hex = pool.toString('hex', used, used + count);
  pool.fill(0, used, used + count);
  used += count;
  return hex;
}

/** Hexadecimal digits whose first two bits are 1 and 0. */
const VARIANTS = '89ab';

/**
 * An identifier that sorts by time: UUID version 7 (RFC 9562, 5.7).
 * @param nowMs wall time in milliseconds
 */
export function newId(nowMs: number): string {
  const time = Math.trunc(nowMs).toString(16).padStart(12, '0');
  const rand = randomHex(10);
  const variant = VARIANTS.charAt(Number.parseInt(rand.charAt(3), 16) & 3);
  const tail = `${variant}${rand.slice(4, 7)}-${rand.slice(7, 19)}`;
  return `${time.slice(0, 8)}-${time.slice(8, 12)}-7${rand.slice(0, 3)}-${tail}`;
}

/** A secret of 256 bits in base64url, for keys and session ids. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url');
}
