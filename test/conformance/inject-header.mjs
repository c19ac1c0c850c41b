// Preloaded into the official suite: adds request headers to whatever it sends to the server under test, because it has
// no option for that. It sends by fetch, by undici and by node:http; these two channels see all three.
import { subscribe } from 'node:diagnostics_channel';

const origin = process.env.INJECT_ORIGIN ?? '';
const headers = Object.entries(JSON.parse(process.env.INJECT_HEADERS ?? '{}'));
const host = origin && new URL(origin).host;

if (host) {
  subscribe('undici:request:create', ({ request }) => {
    if (String(request.origin) !== origin) return;
    for (const [name, value] of headers) request.addHeader(name, value);
  });
  subscribe('http.client.request.created', ({ request }) => {
    if (request.getHeader('host') !== host) return;
    for (const [name, value] of headers) request.setHeader(name, value);
  });
}
