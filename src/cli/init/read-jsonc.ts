import { isObject, type JsonObject } from '../../core/json.ts';
import { Unreadable } from './client.ts';

const BYTE_ORDER_MARK = '\ufeff';

/**
 * Reads JSON with `//` and block comments and commas before a closing bracket, as the clients do that allow them.
 * @throws Unreadable when it is not that, or no object
 */
export function readJsonc(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(plain(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text));
  } catch {
    throw new Unreadable('it is not JSON');
  }
  if (!isObject(value)) throw new Unreadable('it is not an object');
  return value;
}

/** Strings are kept, comments dropped, and a comma with nothing but a closing bracket behind it too. */
const TOKEN = /"(?:[^"\\]|\\[^])*"|\/\/[^\n\r]*|\/\*[^]*?\*\//g;
const TRAILING_COMMA = /("(?:[^"\\]|\\[^])*")|,(?=\s*[}\]])/g;

function plain(text: string): string {
  const bare = text.replace(TOKEN, (token) => (token.startsWith('"') ? token : ' '));
  return bare.replace(TRAILING_COMMA, (_, kept: string | undefined) => kept ?? '');
}
