// A gateway that opens one stdio upstream, says who its processes are, and then lives until something ends it.
import { TestRoom } from './open-room.ts';

const [script = '', end = ''] = process.argv.slice(2);
const room = new TestRoom({
  transport: 'stdio',
  era: 'legacy',
  command: process.execPath,
  args: [script, 'stubborn', 'grandchild'],
});
const pid = await room.text('pid');
const grandchild = /grandchild (\d+)/.exec(room.upstreams.status('it').stderrTail)?.[1];
process.stdout.write(`${pid} ${grandchild}\n`);
if (end === 'exit') process.exit(0);
if (end === 'throw') throw new Error('a bug');
setInterval(() => undefined, 1000);
