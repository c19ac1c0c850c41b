import { OperandRejected, ValueUnreadable } from '../../core/argument-type.ts';
import type { ArgumentType, Condition, ConditionAnswer, View } from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import { quote } from '../guard.ts';
import { nameMatcher, stringsOf, textOf, wordsOf } from '../operands.ts';
import type { AddressClass } from './address.ts';
import { readUrl } from './read.ts';
import type { UrlFacts } from './read.ts';

const CLASSES = [
  'private',
  'loopback',
  'link-local',
  'metadata',
  'reserved',
  'public',
] as const satisfies readonly AddressClass[];

/** What a condition says of the facts; null when parsers disagree. */
type Verdict = (facts: UrlFacts) => boolean | null;

/** `{ type: url, schemes, hosts, host_not_in, ports, resolves_to, userinfo }`. */
export const urlType: ArgumentType = {
  name: 'url',
  tuningKeys: [],
  conditionKeys: ['schemes', 'hosts', 'host_not_in', 'ports', 'resolves_to', 'userinfo'],
  compile(key, operand) {
    const { verdict, describe } = compileKey(key, operand);
    return conditionOf(verdict, describe);
  },
};

interface Compiled {
  readonly verdict: Verdict;
  readonly describe: (facts: UrlFacts, holds: boolean) => string;
}

function compileKey(key: string, operand: JsonValue): Compiled {
  switch (key) {
    case 'schemes':
      return schemes(stringsOf(key, operand));
    case 'hosts':
      return hosts(stringsOf(key, operand), false);
    case 'host_not_in':
      return hosts(stringsOf(key, operand), true);
    case 'ports':
      return ports(operand);
    case 'resolves_to':
      return resolvesTo(wordsOf(key, operand, CLASSES));
    case 'userinfo':
      return userinfo(operand);
    default:
      throw new OperandRejected(`a url has no key \`${key}\``);
  }
}

function schemes(texts: readonly string[]): Compiled {
  const wanted = new Set(texts.map((text) => text.toLowerCase().replace(/:(?:\/\/)?$/, '')));
  return {
    verdict: ({ scheme }) => wanted.has(scheme),
    describe: ({ scheme }, holds) =>
      `the scheme ${quote(scheme)} is ${holds ? '' : 'not '}among ${[...wanted].join(', ')}`,
  };
}

function hosts(globs: readonly string[], negated: boolean): Compiled {
  const matches = nameMatcher(globs.map(canonicalGlob));
  const listed = globs.map((glob) => quote(glob)).join(', ');
  return {
    verdict: (facts) => {
      const inside = facts.host !== null && matches(facts.host.host);
      if (facts.otherHosts.some((other) => matches(other.host) !== inside)) return null;
      return inside !== negated;
    },
    describe: ({ host }, holds) =>
      `the host ${quote(host?.host ?? '')} is ${holds === negated ? 'not ' : ''}among ${listed}`,
  };
}

/** `EXAMPLE.com.` → `example.com`, `bücher.example` → its ASCII form; stars stay stars. */
function canonicalGlob(glob: string): string {
  if (/[/@\\?#\s]/.test(glob))
    throw new OperandRejected(`\`${glob}\` is not a host; write only the name, such as \`*.example.com\``);
  const starless = glob.replaceAll('*', 'veto-star');
  const hostname = URL.parse(`http://${starless}`)?.hostname;
  if (hostname === undefined) throw new OperandRejected(`\`${glob}\` is not a host`);
  return hostname.replaceAll('veto-star', '*').replace(/\.$/, '');
}

function ports(operand: JsonValue): Compiled {
  const list = Array.isArray(operand) ? operand : [operand];
  const wanted = new Set(list.map(Number));
  if ([...wanted].some((port) => !Number.isInteger(port) || port < 0 || port > 65_535))
    throw new OperandRejected('`ports` takes numbers from 0 to 65535');
  return {
    verdict: ({ port }) => port !== null && wanted.has(port),
    describe: ({ port }, holds) =>
      `the port ${port ?? 'none'} is ${holds ? '' : 'not '}among ${[...wanted].join(', ')}`,
  };
}

/** As far as the text tells: literals in any spelling and names that give themselves away. */
function resolvesTo(classes: readonly AddressClass[]): Compiled {
  return {
    verdict: ({ host, otherHosts }) => {
      const inside = host !== null && classes.includes(host.leadsTo);
      return otherHosts.some((other) => classes.includes(other.leadsTo) !== inside) ? null : inside;
    },
    describe: ({ host }) => (host === null ? 'the URL has no host' : `the host ${quote(host.host)} ${host.because}`),
  };
}

function userinfo(operand: JsonValue): Compiled {
  if (typeof operand !== 'boolean') throw new OperandRejected('`userinfo` takes true or false');
  return {
    verdict: (facts) => facts.userinfo === operand,
    describe: (facts) => `the URL ${facts.userinfo ? 'names a user' : 'names no user'} before the host`,
  };
}

function conditionOf(verdict: Verdict, describe: Compiled['describe']): Condition {
  return (value): ConditionAnswer => {
    const facts = factsOf(textOf(value, 'url'));
    const holds = verdict(facts);
    if (holds === null)
      throw new ValueUnreadable(`the URL ${quote(facts.href)} is written so that parsers disagree on its host`);
    return { holds, why: describe(facts, holds) };
  };
}

function factsOf(text: string): UrlFacts {
  const reading = readUrl(text);
  if (reading.kind === 'url') return reading.facts;
  throw new ValueUnreadable(
    `the URL ${quote(text)} ${reading.kind === 'relative' ? 'is relative, and its host is not known' : reading.why}`,
  );
}

/** The URL as parsers rewrite it, and its canonical host alone. */
export const urlView: View = {
  name: 'url',
  derive(value) {
    const reading = readUrl(value);
    if (reading.kind === 'relative') return [];
    if (reading.kind === 'unreadable') throw new ValueUnreadable(`the URL ${quote(value)} ${reading.why}`);
    const { href, host, otherHosts } = reading.facts;
    return [href, ...(host === null ? [] : [host.host]), ...otherHosts.map((other) => other.host)];
  },
};
