/**
 * The built-in judgement of URLs. In: one argument value. Out: findings. Must never happen here: calling a host public
 * because one spelling of it was not thought of, or asking the network.
 */
import type { Finding } from '../../core/decision.ts';
import { NO_FINDINGS, quote } from '../guard.ts';
import type { Surroundings } from '../guard.ts';
import { judgePath } from '../path/judge.ts';
import type { AddressClass } from './address.ts';
import type { HostFacts } from './host.ts';
import { UNSAFE_SCHEMES } from './names-table.ts';
import { readUrl } from './read.ts';
import type { UrlFacts } from './read.ts';

const WEB_SCHEMES: ReadonlySet<string> = new Set(['http', 'https', 'ws', 'wss', 'mailto', 'tel', 'urn']);
const CODE_OF: Readonly<Record<Exclude<AddressClass, 'public'>, string>> = {
  loopback: 'url.loopback',
  private: 'url.private',
  'link-local': 'url.link_local',
  metadata: 'url.metadata',
  reserved: 'url.reserved',
};

/** Codes: `url.scheme loopback private link_local metadata reserved misleading unreadable`. */
export function judgeUrl(value: string, surroundings: Surroundings): readonly Finding[] {
  const reading = readUrl(value);
  if (reading.kind === 'relative') return NO_FINDINGS;
  if (reading.kind === 'unreadable') {
    return surroundings.guessed
      ? NO_FINDINGS
      : [finding('url.unreadable', value, surroundings, reading.why, 'an absolute http or https URL')];
  }
  return judgeFacts(reading.facts, value, surroundings);
}

function judgeFacts(facts: UrlFacts, value: string, surroundings: Surroundings): readonly Finding[] {
  if (facts.scheme === 'file' && surroundings.roots.length > 0) return judgePath(value, surroundings);
  const found: Finding[] = [];
  if (!isAllowedScheme(facts, surroundings)) {
    found.push(
      finding(
        'url.scheme',
        value,
        surroundings,
        `has the scheme ${quote(facts.scheme)}`,
        'a URL that starts with https:// or http://',
      ),
    );
  }
  if (facts.host !== null && !isRelativeWord(facts) && !isIdentifier(facts))
    judgeHost(facts.host, value, surroundings, found);
  for (const other of facts.otherHosts) {
    if (other.leadsTo !== 'public') judgeHost(other, value, surroundings, found);
    else if (facts.userinfo) {
      found.push(
        finding(
          'url.misleading',
          value,
          surroundings,
          `looks like ${quote(other.host)} and leads to ${quote(facts.host?.host ?? '')}`,
        ),
      );
    }
  }
  return found.length === 0 ? NO_FINDINGS : found;
}

/** Where anything goes by URI (resources, identifiers), only schemes known to be dangerous are reported. */
function isAllowedScheme({ scheme }: UrlFacts, { at, guessed }: Surroundings): boolean {
  if (WEB_SCHEMES.has(scheme)) return true;
  const anyUri = guessed || /(?:^|[._])(?:[a-z]*_)?uris?(?:\[\*\])?$/i.test(at);
  return anyUri && !UNSAFE_SCHEMES.has(scheme);
}

/** `about` in a URL argument is a relative reference, not a machine of that name. */
function isRelativeWord({ assumed, host }: UrlFacts): boolean {
  return assumed && host?.kind === 'name' && !host.host.includes('.') && host.leadsTo === 'private';
}

/** `memo://notes/1`: what stands where a host would is a word of that scheme's own, unless it spells an address. */
function isIdentifier({ scheme, host }: UrlFacts): boolean {
  return !WEB_SCHEMES.has(scheme) && !UNSAFE_SCHEMES.has(scheme) && host?.kind === 'name' && host.leadsTo === 'private';
}

function judgeHost(host: HostFacts, value: string, surroundings: Surroundings, found: Finding[]): void {
  if (host.leadsTo === 'public') return;
  const code = CODE_OF[host.leadsTo];
  if (found.some((other) => other.code === code)) return;
  found.push(
    finding(code, value, surroundings, `leads inside: ${quote(host.host)} ${host.because}`, 'a URL on a public host'),
  );
}

function finding(code: string, value: string, { at }: Surroundings, what: string, legal?: string): Finding {
  const why = `the URL ${quote(value)} ${what}`;
  return {
    code,
    by: 'url',
    at,
    span: [0, value.length],
    why,
    ...(legal === undefined ? {} : { legal }),
    locked: false,
  };
}
