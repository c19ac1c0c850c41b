import { readFile } from 'node:fs/promises';
import { lastingEngine, type Engine, type Instance } from './engine.ts';

/** What of the package's generated bindings is used. */
interface Bindings {
  initSync(given: { module: Uint8Array<ArrayBuffer> }): unknown;
  parse_sql(dialect: string, text: string): unknown;
}

/** A trap of WebAssembly, or the host's stack running out below it. */
const TRAPS: ReadonlySet<string> = new Set(['RuntimeError', 'RangeError', 'TypeError', 'CompileError', 'LinkError']);

let made = 0;

/** datafusion-sqlparser: MySQL, SQLite, SQL Server and ANSI. It throws plain objects or strings for syntax errors. */
export const generalEngine: Engine = lastingEngine(create, (error) => {
  if (error instanceof Error && TRAPS.has(error.name)) return null;
  if (typeof error === 'string') return error;
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : null;
  return typeof message === 'string' ? message : null;
});

async function create(): Promise<Instance> {
  const package_ = import.meta.resolve('@guanmingchiu/sqlparser-ts');
  const folder = new URL('../wasm/', package_);
  const bytes = await readFile(new URL('sqlparser_rs_wasm_bg.wasm', folder));
  // The bindings keep one instance per module; a query makes a module, and so an instance, of its own.
  const address = new URL(`sqlparser_rs_wasm.js?instance=${made++}`, folder);
  const bindings = (await import(address.href)) as Bindings; // generated, typed in the package as above
  bindings.initSync({ module: new Uint8Array(bytes) });
  return { parse: (text, dialect) => bindings.parse_sql(dialect, text) };
}
