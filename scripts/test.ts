import { pathToFileURL } from 'node:url';

// `npm test`: every check and every test, or, with arguments, what they select (`npm test -- src/policy -t order`).
process.argv = [process.execPath, 'vitest', 'run', ...process.argv.slice(2)];
await import(pathToFileURL('node_modules/vitest/vitest.mjs').href);
