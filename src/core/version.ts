import { createRequire } from 'node:module';

interface Manifest {
  readonly version: string;
}

// A require, not an import: the compiler would otherwise copy the manifest into `dist`.
const manifest = createRequire(import.meta.url)('../../package.json') as Manifest;

/** Version of the running Veto, from the package. */
export const VERSION: string = manifest.version;
