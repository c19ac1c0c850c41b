import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { GENERATED } from './generated.ts';

// `npm run generate`: schemas and reference pages, from the code.
for (const { path, make } of GENERATED) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, make());
  console.log(`wrote ${path}`);
}
