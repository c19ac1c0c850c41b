import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import type { Principal } from '../../src/core/principal.ts';
import type { Question } from '../../src/policy/policy.ts';
import type { ContextDocument, MatchDocument, PrincipalDocument } from '../../src/policy/schema.ts';

/** The naive interpreter's reading of principals, circumstances, hints, expressions and paths into arguments. */

export function named(names: string | readonly string[], name: string | null | undefined): boolean {
  if (name === null || name === undefined) return false;
  return [names].flat().some((one) =>
    new RegExp(
      `^${one
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replaceAll('*', '.*')
        .replaceAll('?', '.')}$`,
      's',
    ).test(name),
  );
}

export function principalHolds(wanted: PrincipalDocument, who: Principal): boolean {
  const { on_behalf_of: behalf, attributes = {}, ...rest } = wanted;
  const has = (list: readonly string[], name: string): boolean => list.some((one) => named(name, one));
  const tests: readonly boolean[] = [
    rest.id === undefined || named(rest.id, who.id),
    rest.kind === undefined || rest.kind === who.kind,
    ...(['groups', 'roles'] as const).flatMap((key) => {
      const any = [rest[`${key}_any`] ?? []].flat();
      const all = [rest[`${key}_all`] ?? []].flat();
      const none = [rest[`${key}_none`] ?? []].flat();
      return [
        any.length === 0 || any.some((name) => has(who[key], name)),
        all.every((name) => has(who[key], name)),
        !none.some((name) => has(who[key], name)),
      ];
    }),
    ...Object.entries(attributes).map(([name, values]) => {
      const held = [who.attributes[name]].flat();
      return [values].flat().some((value) => held.includes(value));
    }),
  ];
  if (tests.includes(false)) return false;
  if (behalf === undefined) return true;
  if (typeof behalf === 'boolean') return (who.onBehalfOf !== undefined) === behalf;
  return who.onBehalfOf !== undefined && principalHolds(behalf, who.onBehalfOf);
}

export function contextHolds(wanted: ContextDocument, question: Question): boolean {
  const { environment, client, caller } = question;
  const facts: Readonly<Record<string, string | null | undefined>> = {
    env: environment['env'],
    gateway: question.gateway,
    key: caller.keyId,
    authenticated_by: caller.authenticatedBy,
    client: client.name,
    client_version: client.version,
    transport: client.transport,
    revision: client.revision,
    pin_state: question.pinState,
  };
  return Object.entries(wanted).every(([key, value]) => {
    if (key === 'labels') return Object.entries(wanted.labels ?? {}).every(([k, v]) => named(v, environment[k]));
    if (key === 'address') return [value as string | string[]].flat().some((block) => isIn(block, client.address));
    if (key === 'time') return isInWindow(wanted.time ?? {}, question.nowMs);
    if (key === 'history')
      return [wanted.history ?? []].flat().every((entry) => callsOf(entry, question) >= (entry.calls_min ?? 1));
    return named(value as string | string[], facts[key]);
  });
}

type History = Extract<NonNullable<ContextDocument['history']>, unknown[]>[number];

/** Asks for each name apart, so that the rule's own matching is not used. */
function callsOf({ tool, untrusted }: History, { history }: Question): number {
  const watch = { id: '', per: [], windowMs: 0, callsMax: 0, untrusted: untrusted === true };
  return history?.({ ...watch, covers: (_server, name) => tool === undefined || named(tool, name) }) ?? Number.NaN;
}

/** Blocks of IPv4 whose length is a multiple of eight, and single addresses. */
function isIn(block: string, address: string): boolean {
  const [start = '', bits = '32'] = block.split('/');
  const parts = Number(bits) / 8;
  return start === address || start.split('.').slice(0, parts).join() === address.split('.').slice(0, parts).join();
}

/** Tries every minute of the window: the wall clock must show one of them. */
function isInWindow(window: NonNullable<ContextDocument['time']>, nowMs: number): boolean {
  const { from = '00:00', until = '24:00', days, timezone = 'UTC' } = window;
  const shown = (ms: number, options: Intl.DateTimeFormatOptions): string =>
    new Intl.DateTimeFormat('en-GB', { timeZone: timezone, hourCycle: 'h23', ...options }).format(ms);
  const now = shown(nowMs, { hour: '2-digit', minute: '2-digit' });
  const today = shown(nowMs, { weekday: 'short' }).toLowerCase();
  const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  const yesterday = week[(week.indexOf(today) + 6) % 7] ?? '';
  const on = (day: string): boolean => days === undefined || (days as readonly string[]).includes(day);
  if (from < until) return now >= from && now < until && on(today);
  return (now >= from && on(today)) || (now < until && on(yesterday));
}

const DEFAULTS: Readonly<Record<string, boolean>> = { readOnlyHint: false, destructiveHint: true };

export function hintsHold(wanted: NonNullable<MatchDocument['annotations']>, { definition }: Question): boolean {
  const told = (definition?.body['annotations'] ?? {}) as JsonObject;
  return Object.entries(wanted).every(([hint, value]) => (told[hint] ?? DEFAULTS[hint]) === value);
}

/** What expressions mean, said again in this language. */
export const EXPRESSIONS: Readonly<Record<string, (question: Question) => boolean>> = {
  '"dba" in principal.groups': ({ caller }) => caller.principal.groups.includes('dba'),
  'context.labels.env == "staging"': ({ environment }) => environment['env'] === 'staging',
  'size(arguments) > 1': ({ arguments: args }) => Object.keys(args ?? {}).length > 1,
  'arguments.path.matches("^/data")': ({ arguments: args }) => {
    if (typeof args?.['path'] !== 'string') throw new Error('no text');
    return /^\/data/.test(args['path']);
  },
};

export interface Found {
  readonly values: JsonValue[];
  readonly mismatched: JsonValue[];
  missing: boolean;
}

/** Everything a path leads to. */
export function follow(root: JsonValue, path: string): Found {
  const found: Found = { values: [], mismatched: [], missing: false };
  walk(root, path.replaceAll('[*]', '.[]').split('.'), found);
  return found;
}

function walk(value: JsonValue, [step, ...rest]: readonly string[], found: Found): void {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (step === undefined) found.values.push(value);
  else if (step === '**') {
    if (rest.length === 0) found.values.push(...leaves(value));
    else {
      walk(value, rest, { values: found.values, mismatched: [], missing: false });
      if (typeof value === 'object' && value !== null)
        for (const child of Object.values(value)) walk(child as JsonValue, [step, ...rest], found);
    }
  } else if (step === '[]' || step === '*') {
    if (step === '[]' ? !Array.isArray(value) : !isMap) found.mismatched.push(value);
    else for (const child of Object.values(value as JsonObject)) walk(child as JsonValue, rest, found);
  } else if (!isMap) found.mismatched.push(value);
  else if (!Object.hasOwn(value, step)) found.missing = true;
  else walk((value as JsonObject)[step] as JsonValue, rest, found);
}

export function leaves(value: JsonValue): JsonValue[] {
  return typeof value === 'object' && value !== null
    ? Object.values(value).flatMap((child) => leaves(child as JsonValue))
    : [value];
}
