import { parseStrict } from '../../src/core/strict-json.ts';

interface Row {
  readonly input: string;
  readonly note?: string;
}

/** Whether the strict parser refuses the text. Rows whose bytes are not UTF-8 carry them as base64 or Latin-1. */
export function json(row: Row): boolean | null {
  const encoding = row.note === 'base64' || row.note === 'latin1' ? row.note : 'utf8';
  try {
    parseStrict(Buffer.from(row.input, encoding));
    return false;
  } catch {
    return true;
  }
}
