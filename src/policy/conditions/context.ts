import type { Polarity } from '../../core/argument-type.ts';
import ipaddr from 'ipaddr.js';
import type { JsonValue } from '../../core/json.ts';
import { reject, type Draft, keysOf } from '../draft.ts';
import type { Facts } from '../facts.ts';
import { compileNames } from '../glob.ts';
import { plainLeaf, type Leaf } from '../leaf.ts';
import type { ContextDocument, TimeDocument } from '../schema.ts';
import type { Path } from '../source.ts';
import { compileHistory } from './history.ts';
import { isTimezone, isWithin, minuteOf, WallClock } from './time.ts';

type ContextTest = (facts: Facts) => boolean;

type NamedKey = Exclude<keyof ContextDocument, 'labels' | 'time' | 'history'>;

/** What a context key reads: null where the fact does not exist, which no name matches. */
const NAMED: Readonly<Record<string, (facts: Facts) => string | null>> = {
  env: ({ question }) => own(question.environment, 'env'),
  gateway: ({ question }) => question.gateway,
  key: ({ question }) => question.caller.keyId,
  authenticated_by: ({ question }) => question.caller.authenticatedBy,
  client: ({ question }) => question.client.name,
  client_version: ({ question }) => question.client.version,
  transport: ({ question }) => question.client.transport,
  revision: ({ question }) => question.client.revision,
  pin_state: ({ question }) => question.pinState,
};

/** Compiles `match.context`: one leaf for each key. */
export function compileContext(conditions: ContextDocument, polarity: Polarity, path: Path, draft: Draft): Leaf[] {
  const at = keysOf(path);
  const leaves: Leaf[] = [];
  const add = (key: string, written: JsonValue, test: ContextTest): void => {
    leaves.push(plainLeaf(`${at}.${key}`, written, polarity, test));
  };
  for (const [key, read] of Object.entries(NAMED)) {
    const names = conditions[key as NamedKey]; // the keys of NAMED are keys of the schema
    if (typeof names !== 'string' && !Array.isArray(names)) continue;
    const matcher = compileNames(names);
    add(key, names, (facts) => matches(matcher, read(facts)));
  }
  for (const [label, names] of Object.entries(conditions.labels ?? {})) {
    const matcher = compileNames(names);
    add(`labels.${label}`, names, (facts) => matches(matcher, own(facts.question.environment, label)));
  }
  if (conditions.address !== undefined) {
    add('address', conditions.address, addressTest(conditions.address, [...path, 'address'], draft));
  }
  if (conditions.time) add('time', conditions.time, timeTest(conditions.time, [...path, 'time'], draft));
  const history = conditions.history === undefined ? [] : [conditions.history].flat();
  for (const entry of history) leaves.push(compileHistory(entry, polarity, `${at}.history`));
  return leaves;
}

function own(labels: Readonly<Record<string, string>>, name: string): string | null {
  return Object.hasOwn(labels, name) ? (labels[name] ?? null) : null;
}

function matches(matcher: { test(name: string): boolean }, name: string | null): boolean {
  return name !== null && matcher.test(name);
}

type Block = [ipaddr.IPv4 | ipaddr.IPv6, number];

function addressTest(written: string | string[], path: Path, draft: Draft): ContextTest {
  const blocks: Block[] = [];
  let local = false;
  for (const entry of typeof written === 'string' ? [written] : written) {
    const block = entry === 'local' ? null : readBlock(entry);
    if (entry === 'local') local = true;
    else if (block) blocks.push(block);
    else
      reject(
        draft,
        path,
        `\`${entry}\` is not an address`,
        'write an IP address, a block such as `10.0.0.0/8`, or `local`',
      );
  }
  return ({ question }) => {
    if (question.client.address === 'local') return local;
    const address = ipaddr.process(question.client.address); // throws on what is no address: rule 7 applies
    return blocks.some((block) => address.kind() === block[0].kind() && address.match(block));
  };
}

function readBlock(entry: string): Block | null {
  if (ipaddr.isValidCIDR(entry)) return ipaddr.parseCIDR(entry);
  if (!ipaddr.IPv4.isValidFourPartDecimal(entry) && !ipaddr.IPv6.isValid(entry)) return null;
  const address = ipaddr.process(entry);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

function timeTest(window: TimeDocument, path: Path, draft: Draft): ContextTest {
  const timezone = window.timezone ?? draft.timezone;
  if (!isTimezone(timezone)) {
    reject(
      draft,
      [...path, 'timezone'],
      `the time zone \`${timezone}\` is not known`,
      'write an IANA name such as `Europe/Berlin`',
    );
    return () => false;
  }
  if (window.from === undefined && window.until === undefined && !window.days) {
    reject(draft, path, 'the window of time is empty', 'add `from`, `until` or `days`');
  }
  const clock = new WallClock(timezone);
  const from = minuteOf(window.from ?? '00:00');
  const until = minuteOf(window.until ?? '24:00');
  const days = window.days ? new Set<string>(window.days) : null;
  return ({ question }) => isWithin(clock.read(question.nowMs), from, until, days);
}
