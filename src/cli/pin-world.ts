import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordLog } from '../audit/record.ts';
import { isLive } from '../authn/ports.ts';
import { PolicyShelf } from '../config/policy-shelf.ts';
import type { Settings } from '../config/settings.ts';
import { readBytes } from '../config/watch-files.ts';
import { Fault } from '../core/fault.ts';
import { GUARDED } from '../gateway/guarded.ts';
import type { ReviewWorld } from '../gateway/review/review.ts';
import { AUDIT_FILE } from '../store/sqlite/audit-schema.ts';
import { SqliteKeyStore } from '../store/sqlite/keys.ts';
import { RecordReader } from '../store/sqlite/record-reader.ts';
import type { Registry } from '../store/sqlite/registry.ts';

/** Where pins stand, beside the pins themselves. */
export interface Place {
  readonly directory: string;
  readonly registry: Registry;
  readonly settings: Settings | null;
}

/** What is known around a pin to somebody who is not the gateway: what its store and its files say. */
export function worldOf({ directory, registry, settings }: Place, nowMs: number): ReviewWorld {
  const stored = new SqliteKeyStore(registry).list().filter((key) => isLive(key, nowMs));
  return {
    records: recordsIn(directory),
    keys: [...stored, ...(settings?.keys ?? [])],
    gateways: gatewaysOf(settings),
    rootsOf: (upstream) => settings?.upstreams.find(({ name }) => name === upstream)?.roots ?? [],
    nowMs,
  };
}

function recordsIn(directory: string): Pick<RecordLog, 'query'> | null {
  if (!existsSync(join(directory, AUDIT_FILE))) return null;
  return {
    async *query(query) {
      const reader = new RecordReader(directory);
      try {
        yield* reader.query(query);
      } finally {
        reader.close();
      }
    },
  };
}

function gatewaysOf(settings: Settings | null): ReviewWorld['gateways'] {
  if (settings === null) return 'no configuration was read; name it with `--config`';
  try {
    return new PolicyShelf(settings, GUARDED, readBytes).snapshot.gateways;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}
