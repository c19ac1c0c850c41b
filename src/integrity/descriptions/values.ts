import { isObject, own, type JsonObject, type JsonValue } from '../../core/json.ts';
import { destinationOf, isSecretPlace } from './places.ts';
import type { Placed } from './signal.ts';

/** Values that a schema brings along: what a model fills in when nobody says otherwise. */
const VALUES = ['default', 'const', 'examples', 'enum'] as const;
const DEPTH_MAX = 16;
const VALUES_MAX = 200;

/** Parameters through which something leaves: to somebody beside the recipient, or to a server that is told. */
const AWAY =
  /^(?:b?cc|copy_?to|mirror(?:_?(?:to|url))?|call_?back(?:_?ur[il])?|(?:web_?)?hooks?(?:_?ur[il])?|report_?(?:to|url)|notify(?:_?(?:to|url))?|forward_?(?:to|url)|telemetry_?(?:url|endpoint)|collector|sink|upload_?(?:to|url)|store|log_?(?:to|url))$/;
const MONEY =
  /^(?:iban|wallet(?:_?address)?|account(?:_?(?:number|no))?|beneficiary|payee|recipient_?account|btc_?address|routing_?number)$/;
const ACCOUNT =
  /^(?:[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?|0x[0-9a-fA-F]{32,}|bc1[a-z0-9]{20,}|\d{8,18})$/;
const SAMPLE = /\b(?:example|localhost|test|your|acme|contoso|127\.0\.0\.1)\b/i;
const TRADE = /ssh|key|git|kube|config|credential|profile|env|aws|docker|cert|secret|auth|shell|scan/;

/** Secret places, accounts and addresses that a schema fills in by itself. @param topic lower case */
export function plantedValues(body: JsonObject, topic: string): Placed[] {
  const schema = own(body, 'inputSchema');
  const found: Placed[] = [];
  const budget = { left: VALUES_MAX };
  if (isObject(schema)) walk(schema, 'inputSchema', topic, 0, found, budget);
  return found;
}

function walk(
  schema: JsonObject,
  at: string,
  topic: string,
  depth: number,
  found: Placed[],
  budget: { left: number },
): void {
  const properties = own(schema, 'properties');
  if (!isObject(properties) || depth > DEPTH_MAX) return;
  for (const key of Object.keys(properties)) {
    const property = properties[key];
    if (!isObject(property) || (budget.left -= 1) < 0) continue;
    const path = `${at}.properties.${key}`;
    for (const name of VALUES) {
      const value = own(property, name);
      const first = Array.isArray(value) ? (name === 'enum' && value.length > 1 ? undefined : value[0]) : value;
      const why = judge(key, first, topic, name);
      if (why) found.push({ code: 'parameters.planted', weight: 0.6, start: 0, end: 0, at: `${path}.${name}`, why });
    }
    walk(property, path, topic, depth + 1, found, budget);
  }
}

function judge(key: string, value: JsonValue | undefined, topic: string, name: string): string | null {
  if (typeof value !== 'string' || value.length < 4 || value.length > 300) return null;
  if (name === 'examples') return null;
  const word = key
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll('-', '_');
  if (isSecretPlace(value) && !TRADE.test(topic) && !TRADE.test(word)) return 'fills in a place where secrets are kept';
  if (MONEY.test(word) && ACCOUNT.test(value)) return 'fills in an account of its own';
  const kind = destinationOf(value);
  if (kind === 'email' && !SAMPLE.test(value) && name !== 'enum') return 'fills in an address of its own';
  return kind === 'url' && AWAY.test(word) && !SAMPLE.test(value) ? 'fills in an address of its own' : null;
}
