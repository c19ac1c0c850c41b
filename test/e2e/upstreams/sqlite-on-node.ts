// Preloaded into `mcp-server-sqlite-npx`. Its native binding is built by an install script, and no package here runs
// one; so the binding, and nothing else of the published server, is replaced by Node's own SQLite.
import { registerHooks } from 'node:module';

const binding = new URL('sqlite-binding.cjs', import.meta.url).href;

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'sqlite3' ? { url: binding, format: 'commonjs', shortCircuit: true } : next(specifier, context),
});
