import { TIMER_MS_MAX } from '../core/clock.ts';
import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';
import type { Path } from './document.ts';
import { place, show } from './issues.ts';
import { nearest, oneOf } from './problem.ts';
import type { Found } from './read-file.ts';
import { isLoopback, parseAddress } from './sections/listen.ts';
import { checkUpstream } from './upstream-rules.ts';
import { parseReference, type Resolved } from './secrets.ts';

/** What the rules report to, and what they may ask. */
export interface Inspection {
  readonly production: boolean;
  /** The file is wrong at the value of `path`. */
  wrong(path: Path, what: string, mend: string): void;
  /** The file is wrong at the last key of `path`. */
  wrongKey(path: Path, what: string, mend: string): void;
  /** Works, but a person should know. */
  note(path: Path, what: string, mend: string): void;
  /** Looks a reference up; null for a text that is none. */
  resolve(text: string): Resolved | null;
  /** What stands at a path, relative to the file. */
  lookAt(path: string): Found;
}

/**
 * Everything that a schema cannot say: names that must exist, fields that exclude each other, secrets that must be
 * references, what a profile demands. Works on the value as written, so that it reports beside the schema's own
 * complaints; a part of the wrong type is left to the schema.
 */
export function checkRules(value: JsonObject, inspection: Inspection): void {
  const upstreams = objectAt(value, 'upstreams');
  const gateways = objectAt(value, 'gateways');
  for (const [name, raw] of Object.entries(upstreams)) if (isObject(raw)) checkUpstream(name, raw, inspection);
  for (const [name, raw] of Object.entries(gateways)) {
    if (isObject(raw)) checkGateway(name, raw, Object.keys(upstreams), inspection);
  }
  const names = own(value, 'gateways') === undefined ? ['default'] : Object.keys(gateways);
  checkKeys(own(value, 'keys'), names, inspection);
  checkListen(value, inspection);
  checkPublicUrl(own(value, 'public_url'), inspection);
  checkStore(own(value, 'store'), inspection);
  checkDurations(value, [], inspection);
}

function checkDurations(value: JsonValue | undefined, path: Path, inspection: Inspection): void {
  if (Array.isArray(value)) value.forEach((item, index) => checkDurations(item, [...path, index], inspection));
  if (!isObject(value)) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    if (typeof inner === 'number' && /_ms(?:_max)?$/.test(key) && inner > TIMER_MS_MAX) {
      inspection.wrong(at, `${place(at)} is ${show(inner)}`, `write a number of at most ${TIMER_MS_MAX}`);
    } else checkDurations(inner, at, inspection);
  }
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const inner = own(value, key);
  return isObject(inner) ? inner : {};
}

function checkGateway(name: string, raw: JsonObject, upstreams: readonly string[], inspection: Inspection): void {
  const base: Path = ['gateways', name];
  const listed = own(raw, 'upstreams');
  const names = Array.isArray(listed) ? listed : [];
  names.forEach((upstream, index) => {
    const path = [...base, 'upstreams', index];
    if (typeof upstream !== 'string') return;
    if (names.indexOf(upstream) < index) inspection.wrong(path, `${show(upstream)} is listed twice`, 'remove one');
    if (upstreams.includes(upstream)) return;
    inspection.wrong(path, `there is no upstream ${show(upstream)}`, insteadOf(upstream, upstreams, 'upstreams'));
  });
  const policies = own(raw, 'policies');
  (Array.isArray(policies) ? policies : []).forEach((policy, index) => {
    if (typeof policy !== 'string' || policy === '') return;
    const found = inspection.lookAt(policy);
    if (found.kind === 'file') return;
    const what = `the policy file ${show(policy)} ${found.kind === 'absent' ? 'cannot be found' : found.why}`;
    inspection.wrong([...base, 'policies', index], what, 'create it, or correct the path, relative to this file');
  });
}

function insteadOf(word: string, known: readonly string[], section: string): string {
  const meant = nearest(word, known);
  if (meant !== null) return `write \`${meant}\``;
  return known.length === 0 ? `add it under \`${section}:\`` : `use ${oneOf(known)}, or add it under \`${section}:\``;
}

const KEY_CHARACTERS_MIN = 20;

function checkKeys(keys: JsonValue | undefined, gateways: readonly string[], inspection: Inspection): void {
  const names: JsonValue[] = [];
  (Array.isArray(keys) ? keys : []).forEach((key, index) => {
    if (!isObject(key)) return;
    const base: Path = ['keys', index];
    const name = own(key, 'name') ?? null;
    if (name !== null && names.includes(name)) {
      inspection.wrong(
        [...base, 'name'],
        `the key name ${show(name)} is used twice`,
        'give every key a name of its own',
      );
    }
    names.push(name);
    const gateway = own(key, 'gateway') ?? 'default';
    if (typeof gateway === 'string' && !gateways.includes(gateway)) {
      inspection.wrong(
        [...base, 'gateway'],
        `there is no gateway ${show(gateway)}`,
        insteadOf(gateway, gateways, 'gateways'),
      );
    }
    checkKeySecret(own(key, 'secret'), [...base, 'secret'], inspection);
  });
}

function checkKeySecret(secret: JsonValue | undefined, path: Path, inspection: Inspection): void {
  if (typeof secret !== 'string' || secret === '') return;
  const reference = parseReference(secret);
  const found = reference === null ? null : inspection.resolve(secret);
  if (reference !== null && reference.scheme !== null) {
    const bare = `${reference.kind}:${reference.name}`;
    inspection.wrong(path, `${show(secret)} has \`${reference.scheme}\` before the reference`, `write \`${bare}\``);
  } else if (found === null) {
    const mend = 'write `env:NAME` or `file:path`, or create the key with `veto keys create`';
    inspection.wrong(path, `${place(['secret'])} holds the key itself instead of a reference`, mend);
  } else if (!found.ok) inspection.wrong(path, found.what, found.mend);
  else if (found.text !== '' && found.text.length < KEY_CHARACTERS_MIN) {
    const mend = `use at least ${KEY_CHARACTERS_MIN} random ones, such as \`veto keys create\` makes`;
    inspection.wrong(path, `the key behind ${show(secret)} has only ${found.text.length} characters`, mend);
  }
}

const PORT_MAX = 65_535;

function checkListen(value: JsonObject, inspection: Inspection): void {
  const listen = own(value, 'listen');
  const both = isObject(listen);
  const written: [Path, JsonValue | undefined][] = both
    ? [
        [['listen', 'agents'], own(listen, 'agents')],
        [['listen', 'admin'], own(listen, 'admin')],
      ]
    : [[['listen'], listen]];
  for (const [path, address] of written) {
    if (typeof address !== 'string') continue;
    const { host, port } = parseAddress(address);
    if (port > PORT_MAX) inspection.wrong(path, `the port \`${port}\` does not exist`, `use one up to ${PORT_MAX}`);
    if (isLoopback(host) || own(value, 'public_url') !== undefined || host === '') continue;
    const what = `${show(address)} can be reached from other machines, but there is no \`public_url\``;
    const mend = 'add `public_url:` with the https address that clients use';
    if (inspection.production) inspection.wrong(path, what, mend);
    else inspection.note(path, what, mend);
  }
  const admin = both ? own(listen, 'admin') : undefined;
  // Port 0 is any free one: twice the same text, two addresses.
  if (both && typeof admin === 'string' && own(listen, 'agents') === admin && parseAddress(admin).port !== 0) {
    const what = 'agents and administration are to listen on the same address';
    inspection.wrong(['listen', 'admin'], what, 'give them different ports, or write one address');
  }
}

function checkPublicUrl(text: JsonValue | undefined, inspection: Inspection): void {
  if (typeof text !== 'string' || text === '') return;
  const path: Path = ['public_url'];
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    inspection.wrong(path, `${place(path)} is ${show(text)}`, 'write an address such as `https://mcp.example.com`');
    return;
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/') {
    inspection.wrong(path, `${show(text)} has more than scheme, host and port`, `write \`${url.origin}\``);
  }
  if (inspection.production && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    inspection.wrong(path, `${show(text)} is not encrypted`, 'use https in the production profile');
  }
}

function checkStore(store: JsonValue | undefined, inspection: Inspection): void {
  if (typeof store !== 'string' || store === '') return;
  const path: Path = ['store'];
  const found = inspection.resolve(store);
  if (found !== null && !found.ok) return inspection.wrong(path, found.what, found.mend);
  const target = found === null ? store : found.text;
  if (!target.includes('://')) return;
  const url = URL.canParse(target) ? new URL(target) : null;
  if (url === null || !/^postgres(?:ql)?:$/.test(url.protocol)) {
    return inspection.wrong(
      path,
      `${show(store)} is not a store`,
      'write a folder or `env:NAME` with a `postgres://…`',
    );
  }
  if (found === null && url.password !== '') {
    inspection.wrong(path, 'the address of the store holds a password', 'move it to a variable and write `env:NAME`');
  }
}
