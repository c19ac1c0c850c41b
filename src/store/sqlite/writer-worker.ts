import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../../core/invariant.ts';
import { DirectCommitter } from './committer.ts';
import type { LedgerSettings } from './ledger.ts';
import type { ToWriter } from './thread-committer.ts';

// The thread that commits records durably. In: groups of bodies. Out: null for each group that is durable, or why it
// is not.

const port = parentPort;
invariant(port, 'the writer runs as a worker thread');
const committer = new DirectCommitter(workerData as LedgerSettings); // given by `thread-committer.ts`

port.on('message', (message: ToWriter) => {
  if (message === 'close') void committer.close().then(() => port.close());
  else committer.commit(message, (failure) => port.postMessage(failure));
});
