/**
 * HTTP headers that an agent asks a tool to send. In: the value of an argument named `headers`. Out: findings.
 * Source: RFC 9110, 5.1 and 5.5 (names are tokens, compared without case; values hold no CR, LF or NUL).
 */
import type { Finding } from '../core/decision.ts';
import { isObject } from '../core/json.ts';
import type { JsonValue } from '../core/json.ts';
import { quote } from './guard.ts';

/** `headers`, `extraHTTPHeaders`, `headers_json`, not the headers of a table. */
export const HEADER_ARGUMENT =
  /^(?=.{1,64}$)(?:(?:http|request|extra|custom|additional)?[_-]?header|(?!column|table|row|csv|sheet|section|page)[a-z_-]*headers(?:[_-]?json)?)$/i;

/** Credentials that belong to the gateway's or the server's configuration, not to an agent. */
const CREDENTIALS =
  /(?:^|-)(?:authorization|authentication|auth|cookie2?|secret|password|credentials?|session(?:-?id)?|(?:[a-z]*-?)?(?:token|key))$/;
/** Keys and tokens that open nothing. */
const HARMLESS =
  /(?:^|-)(?:idempotency|sort|partition|surrogate|cache|websocket|public|routing|deduplication|object|continuation|next|page|sync|cursor)-?(?:key|token)$/;
/** What opens a metadata service, or changes where a request goes or who seems to send it. */
const ROUTING: ReadonlySet<string> = new Set(
  (
    'host metadata metadata-flavor x-google-metadata-request x-aws-ec2-metadata-token x-real-ip forwarded ' +
    'x-aws-ec2-metadata-token-ttl-seconds x-forwarded-for x-forwarded-host x-forwarded-proto x-forwarded-port ' +
    'x-forwarded-server x-forwarded-prefix x-original-url x-rewrite-url x-http-method-override transfer-encoding ' +
    'content-length connection proxy-connection keep-alive upgrade te trailer client-ip true-client-ip x-client-ip ' +
    'cf-connecting-ip fastly-client-ip x-cluster-client-ip x-originating-ip x-remote-ip x-remote-addr x-forwarded ' +
    'x-host x-http-host-override x-override-url x-method-override x-http-method'
  ).split(' '),
);
const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/i;
const PAIRS_MAX = 200;

/** Codes: `header.injection`, `header.credential`, `header.routing`. */
export function judgeHeaders(value: JsonValue, at: string): readonly Finding[] {
  const found: Finding[] = [];
  for (const [name, text] of pairsOf(value).slice(0, PAIRS_MAX)) {
    const finding = judgePair(name, text, at);
    if (finding !== null) found.push(finding);
  }
  return found;
}

function judgePair(name: string, value: string, at: string): Finding | null {
  // gateways of the CGI kind make `HTTP_X_API_KEY` and `X-Api-Key` the same
  const bare = name.trim().toLowerCase();
  const folded = bare.replaceAll('_', '-').replace(/^http-/, '');
  const make = (code: string, what: string, legal: string): Finding => ({
    code,
    by: 'headers',
    at,
    why: `the header ${quote(name, 40)} ${what}`,
    legal,
    locked: false,
  });
  if (endsLine(value) || /%0[da]/i.test(name) || !TOKEN.test(bare))
    return make(
      'header.injection',
      'smuggles further headers or is no header name',
      'one name and one value without line ends',
    );
  if (ROUTING.has(folded))
    return make(
      'header.routing',
      'changes where the request goes or who seems to send it',
      'headers that describe the content',
    );
  return CREDENTIALS.test(folded) && !HARMLESS.test(folded)
    ? make('header.credential', 'carries a credential', 'credentials configured at the gateway or the server')
    : null;
}

/** Also encoded, and as characters that become CR and LF where only their low byte is kept. */
function endsLine(value: string): boolean {
  if (/[\r\n\0\u0085\u2028\u2029]|%0d%0a/i.test(value)) return true;
  for (let i = 1; i < value.length; i++)
    if ((value.charCodeAt(i) & 0xff) === 0x0a && (value.charCodeAt(i - 1) & 0xff) === 0x0d) return true;
  return false;
}

/** `{ name: value }`, `[{ name, value }]`, `[[name, value]]`, `["Name: value"]`, `"Name: value\nName: value"`. */
function pairsOf(value: JsonValue): readonly (readonly [string, string])[] {
  if (typeof value === 'string') return linesOf(value);
  if (Array.isArray(value)) return value.flatMap(entryOf);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, text]): readonly (readonly [string, string])[] => {
    if (isObject(text)) return pairsOf(text);
    return [[name, typeof text === 'string' ? text : JSON.stringify(text ?? null)]];
  });
}

function linesOf(text: string): readonly (readonly [string, string])[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.includes(':'))
    .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const);
}

function entryOf(entry: JsonValue): readonly (readonly [string, string])[] {
  if (typeof entry === 'string') return linesOf(entry);
  if (Array.isArray(entry)) return [[String(entry[0] ?? ''), String(entry[1] ?? '')]];
  if (!isObject(entry)) return [];
  const name = entry['name'] ?? entry['key'];
  return typeof name === 'string' ? [[name, String(entry['value'] ?? '')]] : pairsOf(entry);
}
