import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { describeProblem } from '../config/problem.ts';
import type { DeclaredKey, Settings } from '../config/settings.ts';
import type { Io } from './io.ts';
import { UsageError } from './output.ts';

/** Options of every command that works on a store. */
export interface StoreOptions {
  readonly store?: string;
  readonly config?: string;
}

export interface StorePlace {
  /** Absolute path of the store directory. */
  readonly directory: string;
  /** Gateways of the configuration; null when none was read. */
  readonly gateways: readonly string[] | null;
  /** Keys that veto.yaml declares, without their texts. */
  readonly declared: readonly DeclaredKey[];
  /** The whole configuration, secrets not looked up; null when none was read. */
  readonly settings: Settings | null;
}

const CONFIG_FILE = 'veto.yaml';

/**
 * Where the store is: `--store`, else what `--config` or the veto.yaml of this folder says, else `./veto-data`.
 * @throws UsageError for a configuration with problems, and for stores that are not a folder
 */
export function storeAt(options: StoreOptions, io: Io): StorePlace {
  const here = existsSync(join(io.folder, CONFIG_FILE)) ? CONFIG_FILE : null;
  const file = options.config ?? (options.store === undefined ? here : null);
  const flags = options.store === undefined ? {} : { store: options.store };
  const loaded = loadConfig({ file, folder: io.folder, env: io.env, flags, secrets: 'form' });
  if (!loaded.ok) throw new UsageError(loaded.problems.map(describeProblem).join('\n'));
  const { store, gateways, keys } = loaded.settings;
  if (store.kind !== 'embedded') {
    throw new UsageError('this command works on the embedded store only; name its folder with `--store`');
  }
  const directory = options.store === undefined ? store.folder : resolve(io.folder, options.store);
  return {
    directory,
    gateways: file === null ? null : gateways.map((one) => one.name),
    declared: keys,
    settings: file === null ? null : loaded.settings,
  };
}
