import { join } from 'node:path';
import { encodeRecord } from '../../audit/encode.ts';
import type { AuditRecord } from '../../audit/record.ts';
import { AUDIT_FILE } from './audit-schema.ts';
import { Ledger } from './ledger.ts';

/**
 * Appends one record durably from a process that is not the gateway, also while a gateway runs.
 * @throws Fault('store_failed')
 */
export function appendOnce(directory: string, record: AuditRecord): void {
  const path = join(directory, AUDIT_FILE);
  const ledger = new Ledger({ path, durability: 'full', busyTimeoutMs: 5_000, auditBytesMax: 0 });
  try {
    ledger.append([encodeRecord(record)]);
  } finally {
    ledger.close();
  }
}
