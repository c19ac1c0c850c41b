import { createReadStream } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Io } from './io.ts';
import { UsageError } from './output.ts';

/**
 * The objects of a JSON Lines file, one after the other; `-` is standard input. Empty lines are left out.
 * @throws UsageError naming the line that is no JSON object
 */
export async function* readJsonLines(io: Io, file: string): AsyncGenerator<JsonObject> {
  const path = isAbsolute(file) ? file : join(io.folder, file);
  const input = file === '-' ? io.input : createReadStream(path);
  let number = 0;
  try {
    for await (const line of createInterface({ input })) {
      number += 1;
      if (line.trim() !== '') yield readLine(line, file, number);
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`\`${file}\` cannot be read: ${error instanceof Error ? error.message : 'unknown reason'}`);
  }
}

function readLine(line: string, file: string, number: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new UsageError(`line ${number} of \`${file}\` is not JSON; write one definition per line`);
  }
  if (!isObject(value))
    throw new UsageError(`line ${number} of \`${file}\` is not an object; write one definition per line`);
  return value;
}
