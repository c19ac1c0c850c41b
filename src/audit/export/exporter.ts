import type { StoredRecord } from '../record.ts';

/** A form in which records leave the store, as text. */
export interface Exporter {
  readonly name: string;
  /** What stands before the first record; empty when nothing does. */
  readonly head: string;
  /** One record with its line end. */
  line(record: StoredRecord): string;
}
