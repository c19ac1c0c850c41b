import { Command, Option } from 'commander';
import { issueKey } from '../authn/issue-key.ts';
import { isLive, type KeyEntry } from '../authn/ports.ts';
import type { Principal } from '../core/principal.ts';
import { appendOnce } from '../store/sqlite/append-once.ts';
import { SqliteKeyStore } from '../store/sqlite/keys.ts';
import { Registry } from '../store/sqlite/registry.ts';
import { addStoreOptions, type Action } from './command.ts';
import type { Io } from './io.ts';
import { paint, showTime, UsageError, writeJson, writeTable } from './output.ts';
import { readDuration } from './read-time.ts';
import { storeAt, type StoreOptions, type StorePlace } from './store-at.ts';

interface Common extends StoreOptions {
  readonly json?: boolean;
}

interface CreateOptions extends Common {
  readonly gateway: string;
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
  veto keys list --all
  veto keys rotate laptop --grace 1h
  veto keys revoke laptop`;

/** `veto keys`: the keys by which agents are recognised. */
export function keysCommand(action: Action): Command {
  const keys = new Command('keys').addHelpText('after', EXAMPLES);
  const collect = (value: string, before: readonly string[]): string[] => [...before, value];
  addStoreOptions(keys.command('create').argument('<name>', 'for people; unique among the live keys of a gateway'))
    .description('create a key and show it, once')
    .option('--gateway <name>', 'the only gateway that accepts it', 'default')
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
  return keys;
}

function createKey(io: Io, name: string, options: CreateOptions): void {
  const place = storeAt(options, io);
  const { gateway, principal: id = name, kind, group: groups, role: roles } = options;
  if (place.gateways && !place.gateways.includes(gateway)) {
    throw new UsageError(`there is no gateway \`${gateway}\`; veto.yaml has \`${place.gateways.join('`, `')}\``);
  }
  withKeys(place, (keys) => {
    const nowMs = io.clock.nowMs();
    const taken = keys.list().some((one) => one.name === name && one.gateway === gateway && isLive(one, nowMs));
    if (taken || place.declared.some((one) => one.name === name && one.gateway === gateway)) {
      throw new UsageError(
        `gateway \`${gateway}\` has a live key \`${name}\`; choose another name, or rotate that one`,
      );
    }
    const principal: Principal = { id, kind, groups, roles, attributes: {} };
    const issued = issueKey({ name, gateway, principal, expiresAtMs: endOf(options.expires, nowMs) }, nowMs);
    record(io, place, 'key.created', issued.entry);
    keys.add(issued.entry);
    showOnce(io, options, issued);
  });
}

function rotateKey(io: Io, wanted: string, options: RotateOptions): void {
  const place = storeAt(options, io);
  const graceMs = readDuration(options.grace);
  withKeys(place, (keys) => {
    const nowMs = io.clock.nowMs();
    const old = findKey(keys, wanted, nowMs);
    if (!isLive(old, nowMs)) throw new UsageError(`key \`${wanted}\` is not live any more; create another`);
    const { name, gateway, principal } = old;
    const issued = issueKey({ name, gateway, principal, expiresAtMs: endOf(options.expires, nowMs) }, nowMs);
    record(io, place, 'key.rotated', issued.entry, { old: old.id, oldEndsAtMs: nowMs + graceMs });
    keys.rotate(old.id, issued.entry, nowMs + graceMs);
    showOnce(io, options, issued);
  });
}

function revokeKey(io: Io, wanted: string, options: Common): void {
  const place = storeAt(options, io);
  withKeys(place, (keys) => {
    const nowMs = io.clock.nowMs();
    const entry = findKey(keys, wanted, nowMs);
    record(io, place, 'key.revoked', entry);
    keys.revoke(entry.id, nowMs);
    if (options.json) writeJson(io, { id: entry.id, name: entry.name, revokedAt: new Date(nowMs).toISOString() });
    else io.out(`revoked \`${entry.name}\` (${entry.id}): its next call is refused\n`);
  });
}

function listKeys(io: Io, options: ListOptions): void {
  const place = storeAt(options, io);
  const nowMs = io.clock.nowMs();
  const stored = withKeys(place, (keys) => keys.list());
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
    one.id, one.name, one.gateway, one.principal.id, one.principal.groups.join(','), one.state,
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
  io.err(`key \`${name}\` for gateway \`${gateway}\`, principal \`${principal.id}\`${ends}; it is not shown again:\n`);
  io.out(`${paint(io, 'bold', text)}\n`);
}

/** By id, else by name among the live ones, else by name. */
function findKey(keys: SqliteKeyStore, wanted: string, nowMs: number): KeyEntry {
  const all = keys.list();
  const byId = all.find((one) => one.id === wanted);
  if (byId) return byId;
  const named = all.filter((one) => one.name === wanted);
  const live = named.filter((one) => isLive(one, nowMs));
  const found = live.length > 0 ? live : named;
  const [first] = found;
  if (!first) throw new UsageError(`there is no key \`${wanted}\`; \`veto keys list --all\` shows all`);
  if (found.length > 1)
    throw new UsageError(`several keys are named \`${wanted}\`; use an id: ${found.map((one) => one.id).join(', ')}`);
  return first;
}

function withKeys<T>(place: StorePlace, work: (keys: SqliteKeyStore) => T): T {
  const registry = new Registry(place.directory, 5_000);
  try {
    return work(new SqliteKeyStore(registry));
  } finally {
    registry.close();
  }
}

/** Before the change: what cannot be recorded is not done. */
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
