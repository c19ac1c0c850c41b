import { createRequire } from 'node:module';
import { lastingEngine, type Engine, type Instance } from './engine.ts';

/** What of libpg-query's Emscripten module is used. Its own wrapper cannot make a second instance. */
interface PgModule {
  _malloc(size: number): number;
  _free(pointer: number): void;
  _wasm_parse_query_raw(query: number): number;
  _wasm_free_parse_result(result: number): void;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, pointer: number, size: number): void;
  UTF8ToString(pointer: number): string;
  getValue(pointer: number, type: 'i32'): number;
}

class SyntaxRefused extends Error {}

/** PostgreSQL's own parser. Trees are its JSON, with byte offsets. */
export const postgresEngine: Engine = lastingEngine(create, (error) =>
  error instanceof SyntaxRefused ? error.message : null,
);

async function create(): Promise<Instance> {
  const require = createRequire(import.meta.url);
  // The package ships no types for the module its wrapper is made of; the interface above states what is used.
  const factory = require('libpg-query/wasm/libpg-query.js') as () => Promise<PgModule>;
  const module = await factory();
  return { parse: (text) => parseWith(module, text) };
}

function parseWith(module: PgModule, text: string): unknown {
  const size = module.lengthBytesUTF8(text) + 1;
  const query = module._malloc(size);
  let result = 0;
  try {
    module.stringToUTF8(text, query, size);
    result = module._wasm_parse_query_raw(query);
    const error = module.getValue(result + 8, 'i32');
    if (error !== 0) throw new SyntaxRefused(module.UTF8ToString(module.getValue(error, 'i32')));
    return JSON.parse(module.UTF8ToString(module.getValue(result, 'i32')));
  } finally {
    if (result !== 0) module._wasm_free_parse_result(result);
    module._free(query);
  }
}
