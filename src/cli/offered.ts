import { configuredConnector } from '../guards/url/pinned-connector.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { VERSION } from '../core/version.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import type { Pin, PinnedKind } from '../integrity/ports.ts';
import { mayServe } from '../integrity/pins.ts';
import { SqlitePinStore } from '../store/sqlite/pins.ts';
import { Registry } from '../store/sqlite/registry.ts';
import { REGISTRY_FILE } from '../store/sqlite/registry-schema.ts';
import { openUpstreams } from '../upstreams/open-upstreams.ts';
import type { Io } from './io.ts';
import { printable, UsageError } from './output.ts';
import { settingsFor, type ConfigOptions } from './settings-for.ts';

/** A definition to judge, and the server itself as one. */
export interface Judged {
  readonly kind: PinnedKind;
  readonly name: string;
  readonly body: JsonObject;
}

const NOBODY = { key: 'inspect', capabilities: {} };

/**
 * Connects to an upstream of the configuration as the gateway would, and lists what it offers. Calls nothing.
 * @throws UsageError when it cannot be reached
 */
export async function offeredNow(upstream: string, options: ConfigOptions, io: Io): Promise<Judged[]> {
  const { settings } = settingsFor(options, io);
  const upstreams = openUpstreams(
    settings.upstreams.filter(({ name }) => name === upstream),
    {
      clock: io.clock,
      connectTo: configuredConnector,
      jitter: () => io.random(),
      clientInfo: { name: 'veto', version: VERSION },
      report: (_, note) => io.err(`${printable(note)}\n`),
    },
  );
  const leave = io.stay();
  try {
    const offer = await upstreams.catalogue(upstream, NOBODY);
    const { serverInfo, instructions, capabilities, tools, prompts, resources, templates } = offer;
    return [
      { kind: 'server', name: '', body: { serverInfo, instructions, capabilities } },
      ...tools,
      ...prompts,
      ...resources,
      ...templates,
    ];
  } catch (error) {
    if (error instanceof Fault) throw new UsageError(`${error.message}; \`--seen\` judges what a gateway last saw`);
    throw error;
  } finally {
    leave();
    await upstreams.close();
  }
}

/** What gateways have seen of an upstream. */
export function seenOf(directory: string, upstream: string): Promise<Pin[]> {
  return withPins(directory, async (store) => [...(await store.find({ upstream }))]);
}

/** Names of the tools of other upstreams that are trusted. */
export async function trustedBeside(directory: string, upstream: string): Promise<string[]> {
  const pins = await withPins(directory, async (store) => [...(await store.find({ kind: 'tool' }))]);
  return pins.filter((pin) => pin.upstream !== upstream && mayServe(pin)).map(({ name }) => name);
}

/** Nobody has seen anything where there is no store; looking must not make one. */
async function withPins<T>(directory: string, work: (store: SqlitePinStore) => Promise<T[]>): Promise<T[]> {
  if (!existsSync(join(directory, REGISTRY_FILE))) return [];
  const registry = new Registry(directory, 5_000);
  try {
    return await work(new SqlitePinStore(registry));
  } finally {
    registry.close();
  }
}
