import { Command, Option } from 'commander';
import { checkKey } from '../authn/check-key.ts';
import { issueKey } from '../authn/issue-key.ts';
import { canRotate, isLive, isNameTaken, type KeyEntry } from '../authn/ports.ts';
import type { Principal } from '../core/principal.ts';
import { appendOnce } from '../store/sqlite/append-once.ts';
import { SqliteKeyStore } from '../store/sqlite/keys.ts';
import { Registry } from '../store/sqlite/registry.ts';
import { addExamples, addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { paint, showTime, UsageError, writeJson, writeTable } from './output.ts';
import { readDuration } from './read-time.ts';
import { storeAt, type StoreOptions, type StorePlace } from './store-at.ts';

interface Common extends StoreOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Common {
  readonly admin?: boolean;
  readonly gateway?: string;
  readonly principal?: string;
  readonly kind: Principal['kind'];
  readonly group: readonly string[];
  readonly role: readonly string[];
  readonly expires?: string;
}

interface ListOptions extends Common {
  readonly gateway?: string;
  readonly all?: boolean;
}

interface RotateOptions extends Common {
  readonly grace: string;
  readonly expires?: string;
}

const EXAMPLES = `
Examples:
  veto keys create laptop --principal alice --group dev --expires 30d
  veto keys create alice-admin --admin --principal alice --expires 90d
  veto keys list --all
  veto keys rotate laptop --grace 1h
  veto keys revoke laptop`;

/** `veto keys`: the keys by which agents and administrators are recognised. */
export function keysCommand(action: Action): Command {
  const keys = new Command('keys');
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  addStoreOptions(keys.command('create').argument('<name>', 'for people; unique among the live keys of a gateway'))
    .description('create a key and show it, once')
    .option('--gateway <name>', 'the only gateway that accepts it (default: default)')
    .option('--admin', "an administrator's key: for the control plane, and for no gateway")
    .option('--principal <id>', 'who calls with it (default: the name of the key)')
    .addOption(new Option('--kind <kind>', 'what kind of caller').choices(['user', 'agent', 'service']).default('user'))
    .option('--group <name>', 'a group of the principal; may be repeated', collect, [])
    .option('--role <name>', 'a role of the principal; may be repeated', collect, [])
    .option('--expires <time>', 'how long it lives, such as 30d (default: for ever)')
    .action(action((io, options: CreateOptions, name: string) => createKey(io, name, options)));
  addStoreOptions(keys.command('list'))
    .description('list the live keys')
    .option('--gateway <name>', 'only of this gateway')
    .option('--all', 'revoked and expired ones too')
    .action(action((io, options: ListOptions) => listKeys(io, options)));
  addStoreOptions(keys.command('rotate').argument('<key>', 'id or name'))
    .description('create a successor for the same principal and revoke the old key')
    .option('--grace <time>', 'how long the old key goes on working, such as 1h', '0s')
    .option('--expires <time>', 'how long the successor lives, such as 30d (default: for ever)')
    .action(action((io, options: RotateOptions, key: string) => rotateKey(io, key, options)));
  addStoreOptions(keys.command('revoke').argument('<key>', 'id or name'))
    .description('revoke a key: its next call is refused and its open streams end')
    .action(action((io, options: Common, key: string) => revokeKey(io, key, options)));
  addExamples(keys, EXAMPLES);
  return keys;
}

function createKey(io: Io, name: string, options: CreateOptions): void {
  const place = storeAt(options, io);
  const { principal: id = name, kind, group: groups, role: roles } = options;
  const gateway = gatewayFor(options, place);
  withKeys(place, (drawers) => {
    const keys = options.admin ? drawers.admins : drawers.agents;
    const nowMs = io.clock.nowMs();
    const principal: Principal = { id, kind, groups, roles, attributes: {} };
    const about = { name, gateway, principal, expiresAtMs: endOf(options.expires, nowMs) };
    checkKey(about);
    const issued = issueKey(about, nowMs, options.admin ? 'admin' : 'agent');
    const isDeclared = place.declared.some((one) => one.name === name && one.gateway === gateway);
    if (isDeclared || isNameTaken(keys.list(), issued.entry)) throw nameTaken(gateway, name);
    record(io, place, 'key.created', issued.entry);
    if (!keys.add(issued.entry)) {
      record(io, place, 'key.discarded', issued.entry);
      throw nameTaken(gateway, name);
    }
    showOnce(io, options, issued);
  });
}

/** The gateway that a new key is for; empty for the control plane. */
function gatewayFor({ admin, kind, gateway }: CreateOptions, place: StorePlace): string {
  if (admin) {
    if (gateway !== undefined) throw new UsageError("an administrator's key opens no gateway; leave out `--gateway`");
    if (kind === 'agent') throw new UsageError('an agent cannot be an administrator; say whose key it is');
    return '';
  }
  const wanted = gateway ?? 'default';
  if (place.gateways && !place.gateways.includes(wanted)) {
    throw new UsageError(`there is no gateway \`${wanted}\`; veto.yaml has \`${place.gateways.join('`, `')}\``);
  }
  return wanted;
}

function nameTaken(gateway: string, name: string): UsageError {
  return new UsageError(`${whereOf(gateway)} has a live key \`${name}\`; choose another name, or rotate that one`);
}

function whereOf(gateway: string): string {
  return gateway === '' ? 'the control plane' : `gateway \`${gateway}\``;
}

function rotateKey(io: Io, wanted: string, options: RotateOptions): void {
  const place = storeAt(options, io);
  const graceMs = readDuration(options.grace);
  withKeys(place, (drawers) => {
    const nowMs = io.clock.nowMs();
    const { keys, entry: old } = findKey(drawers, wanted, nowMs);
    if (!canRotate(keys.list(), old.id, nowMs)) throw notRotated(wanted);
    const { name, gateway, principal } = old;
    const about = { name, gateway, principal, expiresAtMs: endOf(options.expires, nowMs) };
    const issued = issueKey(about, nowMs, keys === drawers.admins ? 'admin' : 'agent');
    record(io, place, 'key.rotated', issued.entry, { old: old.id, oldEndsAtMs: nowMs + graceMs });
    if (!keys.rotate(old.id, issued.entry, nowMs + graceMs)) {
      record(io, place, 'key.discarded', issued.entry);
      throw notRotated(wanted);
    }
    showOnce(io, options, issued);
  });
}

function notRotated(wanted: string): UsageError {
  const mend = '`veto keys list --all` shows which; rotate that one, or create another';
  return new UsageError(`key \`${wanted}\` is not live any more, or another live key has its name; ${mend}`);
}

function revokeKey(io: Io, wanted: string, options: Common): void {
  const place = storeAt(options, io);
  withKeys(place, (drawers) => {
    const nowMs = io.clock.nowMs();
    const { keys, entry } = findKey(drawers, wanted, nowMs);
    record(io, place, 'key.revoked', entry);
    keys.revoke(entry.id, nowMs);
    if (options.json) writeJson(io, { id: entry.id, name: entry.name, revokedAt: new Date(nowMs).toISOString() });
    else io.out(`revoked \`${entry.name}\` (${entry.id}): its next call is refused\n`);
  });
}

function listKeys(io: Io, options: ListOptions): void {
  const place = storeAt(options, io);
  const nowMs = io.clock.nowMs();
  const stored = withKeys(place, ({ agents, admins }) => [...agents.list(), ...admins.list()]);
  const rows = stored
    .filter((one) => options.all || isLive(one, nowMs))
    .map((one) => describeKey(one, stateOf(one, nowMs)));
  const declared = place.declared.map((one) =>
    describeKey({ ...one, id: `config:${one.name}`, hash: '', createdAtMs: 0, revokedAtMs: null }, 'declared'),
  );
  const all = [...rows, ...declared].filter((one) => options.gateway === undefined || one.gateway === options.gateway);
  if (options.json) return writeJson(io, all);
  if (all.length === 0) return io.out('there are no keys; make one with `veto keys create NAME`\n');
  const heading = ['ID', 'NAME', 'GATEWAY', 'PRINCIPAL', 'GROUPS', 'STATE', 'CREATED', 'ENDS'];
  const cells = all.map((one) => [
    one.id, one.name, one.gateway || '(control plane)', one.principal.id, one.principal.groups.join(','), one.state,
    showTime(one.createdAtMs), showTime(one.endsAtMs),
  ]); // prettier-ignore
  writeTable(io, heading, cells);
}

type KeyState = 'live' | 'revoked' | 'expired' | 'declared';

function stateOf(entry: KeyEntry, nowMs: number): KeyState {
  if (isLive(entry, nowMs)) return 'live';
  return entry.revokedAtMs !== null && nowMs >= entry.revokedAtMs ? 'revoked' : 'expired';
}

function describeKey(entry: KeyEntry, state: KeyState) {
  const { id, name, gateway, principal, expiresAtMs, revokedAtMs } = entry;
  const ends = Math.min(expiresAtMs ?? Infinity, revokedAtMs ?? Infinity);
  const createdAtMs = state === 'declared' ? null : entry.createdAtMs;
  return { id, name, gateway, principal, state, createdAtMs, endsAtMs: Number.isFinite(ends) ? ends : null };
}

function showOnce(io: Io, options: Common, { text, entry }: { text: string; entry: KeyEntry }): void {
  const { id, name, gateway, principal, expiresAtMs } = entry;
  if (options.json) return writeJson(io, { key: text, id, name, gateway, principal, expiresAtMs });
  const ends = expiresAtMs === null ? '' : `, until ${showTime(expiresAtMs)}`;
  io.err(`key \`${name}\` for ${whereOf(gateway)}, principal \`${principal.id}\`${ends}; it is not shown again:\n`);
  io.out(`${paint(io, 'bold', text)}\n`);
}

/** Keys of agents and of administrators. */
interface Drawers {
  readonly agents: SqliteKeyStore;
  readonly admins: SqliteKeyStore;
}

/** A key, and where it is kept. */
interface Found {
  readonly keys: SqliteKeyStore;
  readonly entry: KeyEntry;
}

/** By id, else by name among the live ones, else by name. */
function findKey({ agents, admins }: Drawers, wanted: string, nowMs: number): Found {
  const all = [agents, admins].flatMap((keys) => keys.list().map((entry) => ({ keys, entry })));
  const byId = all.find(({ entry }) => entry.id === wanted);
  if (byId) return byId;
  const named = all.filter(({ entry }) => entry.name === wanted);
  const live = named.filter(({ entry }) => isLive(entry, nowMs));
  const found = live.length > 0 ? live : named;
  const [first] = found;
  if (!first) throw new UsageError(`there is no key \`${wanted}\`; \`veto keys list --all\` shows all`);
  if (found.length > 1)
    throw new UsageError(
      `several keys are named \`${wanted}\`; use an id: ${found.map(({ entry }) => entry.id).join(', ')}`,
    );
  return first;
}

function withKeys<T>(place: StorePlace, work: (drawers: Drawers) => T): T {
  const registry = new Registry(place.directory, 5_000);
  try {
    return work({ agents: new SqliteKeyStore(registry), admins: new SqliteKeyStore(registry, 'admin_key') });
  } finally {
    registry.close();
  }
}

/**
 * Before the change: what cannot be recorded is not done. What another process was quicker to do, `key.discarded` takes
 * back.
 */
function record(
  io: Io,
  place: StorePlace,
  code: string,
  entry: KeyEntry,
  more: Record<string, string | number> = {},
): void {
  const { id, name, gateway, principal, expiresAtMs } = entry;
  const detail = { name, for: principal.id, expiresAtMs, ...more };
  const who = `local:${io.user}`;
  appendOnce(place.directory, {
    kind: 'admin',
    atMs: io.clock.nowMs(),
    callId: '',
    gateway,
    principal: who,
    keyId: id,
    code,
    detail,
  });
}

function endOf(expires: string | undefined, nowMs: number): number | null {
  return expires === undefined ? null : nowMs + readDuration(expires);
}
