import { z } from 'zod';

/** `audit:` in veto.yaml. */
export const auditSection = z
  .strictObject({
    durability: z
      .enum(['full', 'normal'])
      .default('full')
      .describe(
        'full: a record survives loss of power before its call is forwarded; ' +
          'normal: only the death of the process, the last records can be lost with the power; faster',
      ),
    argument_bytes_max: z
      .int()
      .min(256)
      .max(16_777_216)
      .default(16_384)
      .describe('JSON text of the recorded arguments in bytes; what is longer is cut and marked with its digest'),
    detail_bytes_max: z
      .int()
      .min(256)
      .max(16_777_216)
      .default(16_384)
      .describe('JSON text of recorded findings and details in bytes, each'),
    field_chars_max: z
      .int()
      .min(64)
      .max(1_048_576)
      .default(4_096)
      .describe('any single recorded text field in characters'),
    queue_records_max: z
      .int()
      .min(16)
      .max(10_000_000)
      .default(65_536)
      .describe('records waiting to be written; beyond that calls are refused'),
    queue_bytes_max: z
      .int()
      .min(65_536)
      .max(1_073_741_824)
      .default(67_108_864)
      .describe(
        'memory of records waiting to be written in bytes, two for each character; beyond that calls are refused',
      ),
    linger_ms: z
      .int()
      .min(0)
      .max(1_000)
      .default(5)
      .describe('how long a record that follows an effect may wait for company, in milliseconds'),
    retry_ms: z
      .int()
      .min(10)
      .max(600_000)
      .default(1_000)
      .describe('pause between attempts to recover after the store failed, in milliseconds'),
    bytes_max: z
      .int()
      .min(0)
      .default(0)
      .describe('size of the audit database in bytes at which calls are refused; 0: as large as the disk allows'),
    busy_timeout_ms: z
      .int()
      .min(0)
      .max(60_000)
      .default(2_000)
      .describe('how long a write waits for another process, in milliseconds'),
  })
  .prefault({})
  .describe('The record of every decision: durability, bounds of what is recorded.');

export type AuditSection = z.infer<typeof auditSection>;
