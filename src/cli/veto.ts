#!/usr/bin/env node
import { processIo } from './io.ts';
import { run } from './run.ts';

// The command `veto`. In: the command line. Out: an exit code.
process.exitCode = await run(process.argv.slice(2), processIo());
