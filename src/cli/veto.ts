#!/usr/bin/env node

// The command `veto`. In: the command line. Out: an exit code. Nothing is imported before the version of Node is known:
// an older one could not even link what follows. What is needed is loaded after the cache is in place.
const NODE_MIN = 24;
if (Number.parseInt(process.versions.node, 10) < NODE_MIN) {
  process.stderr.write(
    `veto needs Node ${NODE_MIN} or later, and this is ${process.versions.node}; install a newer one\n`,
  );
  process.exit(2);
}
const { tuneHeap } = await import('./heap.ts');
const { keepCompiledCode } = await import('./compile-cache.ts');
tuneHeap();
keepCompiledCode(process.env);
const { processIo } = await import('./io.ts');
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2), processIo());
