// A server whose tools are whatever a file says at the moment, so that a test can make it change its mind.
//   turncoat.mjs FILE --stdio     stdio, era as FILE says
//   turncoat.mjs FILE PORT        HTTP on 127.0.0.1: /legacy, /modern (Streamable HTTP), /sse (HTTP+SSE)
// FILE: { "era", "tools", "number", "announce" }. With `announce` a change of FILE is told to whoever listens.
// Appends every `tools/call` that arrives to FILE.calls, the number of every offer listed to FILE.lists, the process id
// of each start to FILE.pids, and a line to FILE.ears for everybody who begins to listen.
import { appendFileSync, readFileSync, watchFile } from 'node:fs';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { json } from 'node:stream/consumers';

const [file, where] = process.argv.slice(2);
const state = () => JSON.parse(readFileSync(file, 'utf8'));
const META = 'io.modelcontextprotocol/';
const CHANGED = 'notifications/tools/list_changed';
/** Each sends one notification to one listener. */
const listeners = new Set();
const hear = (tell) => {
  listeners.add(tell);
  appendFileSync(`${file}.ears`, 'one more\n');
};
appendFileSync(`${file}.pids`, `${process.pid}\n`);
watchFile(file, { interval: 40 }, () => {
  if (state().announce) for (const tell of listeners) tell();
});

const shared = {
  'tools/list': () => {
    const { tools, number } = state();
    appendFileSync(`${file}.lists`, `${number}\n`);
    return { tools };
  },
  'tools/call': (params) => {
    appendFileSync(`${file}.calls`, `${JSON.stringify(params)}\n`);
    return { content: [{ type: 'text', text: 'done' }] };
  },
};
const capabilities = { tools: { listChanged: true } };
const serverInfo = { name: 'turncoat', version: '1.0.0' };
const legacyMethods = {
  ...shared,
  ping: () => ({}),
  initialize: ({ protocolVersion }) => ({ protocolVersion, capabilities, serverInfo }),
};
const modernMethods = {
  ...shared,
  'server/discover': () => ({ supportedVersions: ['2026-07-28'], capabilities }),
};

function answer(methods, { id, method, params = {} }, more = {}) {
  if (!Object.hasOwn(methods, method))
    return { jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } };
  return { jsonrpc: '2.0', id, result: { ...more, ...methods[method](params) } };
}
const modern = (message) =>
  answer(modernMethods, message, {
    resultType: 'complete',
    ...(message.method === 'tools/call' ? {} : { ttlMs: 60_000, cacheScope: 'public' }),
    _meta: { [`${META}serverInfo`]: serverInfo },
  });
const legacy = (message) => (message.id === undefined ? null : answer(legacyMethods, message));

/** `subscriptions/listen`: acknowledged at once, told of every change until the stream ends. */
function listen({ id }, send) {
  const _meta = { [`${META}subscriptionId`]: id };
  const notify = (method, params) => send({ jsonrpc: '2.0', method, params: { _meta, ...params } });
  const tell = () => notify(CHANGED);
  notify('notifications/subscriptions/acknowledged', { notifications: { toolsListChanged: true } });
  hear(tell);
  return () => listeners.delete(tell);
}

function serveStdio() {
  const { era } = state();
  const send = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
  if (era === 'legacy') hear(() => send({ jsonrpc: '2.0', method: CHANGED }));
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const message = JSON.parse(line);
      if (message.method === 'subscriptions/listen' && era === 'modern') listen(message, send);
      else if (message.id !== undefined) send(era === 'modern' ? modern(message) : legacy(message));
    })
    .on('close', () => process.exit());
}

const STREAM = { 'content-type': 'text/event-stream' };
const reply = (res, status, body) =>
  res.writeHead(status, { 'content-type': 'application/json' }).end(body ? JSON.stringify(body) : '');
const event = (res) => (message) => res.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
const sessions = new Map();
let made = 0;

/** A stream on which changes are told until it ends. */
function tellOn(res) {
  const tell = () => event(res)({ jsonrpc: '2.0', method: CHANGED });
  hear(tell);
  res.on('close', () => listeners.delete(tell));
}

const routes = {
  'POST /modern': (req, res, message) => {
    if (message.method !== 'subscriptions/listen') return reply(res, 200, modern(message));
    res.writeHead(200, STREAM).flushHeaders();
    return res.on('close', listen(message, event(res)));
  },
  'POST /legacy': (req, res, message) => {
    if (message.method === 'initialize') sessions.set(`s${++made}`, null);
    else if (message.method === 'server/discover') return reply(res, 400);
    else if (!sessions.has(req.headers['mcp-session-id'])) return reply(res, 404);
    if (message.id === undefined) return reply(res, 202);
    if (message.method === 'initialize') res.setHeader('mcp-session-id', `s${made}`);
    return reply(res, 200, legacy(message));
  },
  'GET /legacy': (req, res) => {
    if (!sessions.has(req.headers['mcp-session-id'])) return reply(res, 404);
    res.writeHead(200, STREAM).flushHeaders();
    return tellOn(res);
  },
  'GET /sse': (req, res) => {
    const id = `s${++made}`;
    sessions.set(id, res);
    res.writeHead(200, STREAM).write(`event: endpoint\ndata: /messages?session=${id}\n\n`);
    tellOn(res);
  },
  'POST /messages': (req, res, message) => {
    const stream = sessions.get(new URL(req.url, 'http://localhost').searchParams.get('session'));
    if (!stream) return reply(res, 404);
    reply(res, 202);
    const said = legacy(message);
    return said && event(stream)(said);
  },
};

const serveHttp = (port) =>
  createServer(async (req, res) => {
    const route = routes[`${req.method} ${new URL(req.url, 'http://localhost').pathname}`];
    if (!route) return reply(res, 405);
    return route(req, res, req.method === 'POST' ? await json(req) : {});
  }).listen(port, '127.0.0.1');

if (where === '--stdio') serveStdio();
else serveHttp(Number(where));
