#!/usr/bin/env node
import { keepCompiledCode } from './compile-cache.ts';
import { tuneHeap } from './heap.ts';

// The command `veto`. In: the command line. Out: an exit code. What it needs is loaded after the cache is in place.
tuneHeap();
keepCompiledCode(process.env);
const { processIo } = await import('./io.ts');
const { run } = await import('./run.ts');
process.exitCode = await run(process.argv.slice(2), processIo());
