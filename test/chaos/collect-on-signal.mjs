// Preloaded into a gateway under test, with --expose-gc: on SIGUSR2 it collects garbage and says how much memory is left.
import { writeSync } from 'node:fs';

process.on('SIGUSR2', () => {
  for (let n = 0; n < 3; n++) globalThis.gc();
  const { rss, heapUsed, external } = process.memoryUsage();
  writeSync(2, `memory ${JSON.stringify({ rss, heapUsed, external })}\n`);
});
