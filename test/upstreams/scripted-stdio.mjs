// A server on stdio that misbehaves as its arguments say. Speaks the legacy era unless told otherwise.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const modes = new Set(process.argv.slice(2));
const write = (text, done) => process.stdout.write(text, done);
const send = (message) => write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
const say = (id, text) => send({ id, result: { content: [{ type: 'text', text }] } });
const waiting = new Map();
const late = new Set();
let next = 0;

if (modes.has('crash-at-start')) {
  process.stderr.write('cannot find my configuration\n');
  process.exit(3);
}
if (modes.has('stubborn')) {
  process.on('SIGTERM', () => undefined);
  setInterval(() => undefined, 1000);
}
if (modes.has('grandchild')) {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  process.stderr.write(`grandchild ${child.pid}\n`);
}

const pour = (text, stream) => {
  while (stream.write(text));
  stream.once('drain', () => pour(text, stream));
};
if (modes.has('pours-at-end')) process.stdin.on('end', () => pour('\n'.repeat(10_000), process.stdout));

const tools = {
  pour: (_, { text, on }) => pour(text.repeat(100), process[on]),
  escape: () => {
    const more = 'const more = () => { while (process.stdout.write("\\n".repeat(10_000))); }; more();';
    const source = `${more} process.stdout.on("drain", more).on("error", () => process.exit());`;
    const child = spawn(process.execPath, ['-e', source], { stdio: ['ignore', 'inherit', 'ignore'], detached: true });
    process.stderr.write(`escaped ${child.pid}\n`);
  },
  mutter: (id, { text, on }) => process[on].write(text, () => say(id, 'said')),
  echo: (id, args) => say(id, JSON.stringify(args)),
  pid: (id) => say(id, String(process.pid)),
  env: (id) => say(id, JSON.stringify(process.env)),
  noise: (id) => {
    write('Starting up...\n\n{"half":\n[]\n7\n{"jsonrpc":"2.0","id":null,"result":{}}\r\n');
    say(id, 'quiet again');
  },
  twice: (id) => {
    say(id, 'first');
    say(id, 'second');
    say(999_999, 'for nobody');
    say(String(id), 'for nobody');
    send({ id: null, error: { code: -1, message: 'of nobody' } });
  },
  big: (id) => say(id, 'x'.repeat(10_000_000)),
  flood: () => {
    const more = () =>
      write(
        `${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/message', params: { data: 'y'.repeat(900) } })}\n`.repeat(
          100,
        ),
        () => setImmediate(more),
      );
    more();
  },
  chatter: (id) => {
    process.stderr.write('z'.repeat(100_000));
    process.stderr.write('that was all\n', () => say(id, 'said'));
  },
  hang: () => undefined,
  late: (id) => late.add(id),
  die: () => {
    process.stderr.write('something went badly wrong\n');
    process.exit(7);
  },
  slip: (id) => {
    write(`{"jsonrpc":"2.0","id":${id},"resu`);
    process.exit(0);
  },
  ask: (id) => {
    const question = `q${++next}`;
    waiting.set(question, (reply) => say(id, JSON.stringify(reply)));
    send({ id: question, method: 'elicitation/create', params: { message: `of ${id}`, _meta: { progressToken: 1 } } });
  },
  log: (id) => {
    send({ method: 'notifications/message', params: { data: 'a line' } });
    say(id, 'logged');
  },
  deaf: () => {
    setInterval(() => undefined, 1000);
    process.stdin.pause();
    process.stdin.removeAllListeners('data');
  },
};

const methods = {
  initialize: ({ id, params }) => {
    const { protocolVersion } = params;
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'scripted' } } });
  },
  'tools/list': ({ id }) => send({ id, result: { tools: [{ name: 'echo', inputSchema: {} }] } }),
  'tools/call': ({ id, params }) => tools[params.name](id, params.arguments),
  'notifications/cancelled': ({ params }) => {
    if (late.delete(params.requestId)) say(params.requestId, 'x'.repeat(1_000_000));
  },
  'server/discover': ({ id }) => {
    if (modes.has('dies-on-probe')) process.exit(1);
    if (modes.has('silent-on-probe')) return;
    send({ id, error: { code: -32601, message: 'no' } });
  },
};

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.method === undefined) waiting.get(message.id)?.(message);
  else methods[message.method]?.(message);
});
if (!modes.has('stubborn') && !modes.has('pours-at-end')) process.stdin.on('end', () => process.exit());
