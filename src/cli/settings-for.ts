import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Overrides } from '../config/overrides.ts';
import { describeProblem } from '../config/problem.ts';
import type { Settings } from '../config/settings.ts';
import type { Io } from './io.ts';
import { UsageError } from './output.ts';

/** Options of every command that needs the whole configuration, secrets included. */
export interface ConfigOptions {
  readonly config?: string;
}

const CONFIG_FILE = 'veto.yaml';
const NO_FILE =
  'there is no veto.yaml here, so no server is behind the gateway; run `veto init`, or name a file with `--config`';

/**
 * The effective settings: `--config`, else the veto.yaml of this folder, else defaults.
 * @param secrets `form`: without looking them up, for commands that need none
 * @throws UsageError naming every problem with line, column and mend
 */
export function settingsFor(
  options: ConfigOptions,
  io: Io,
  flags: Overrides = {},
  secrets: 'look-up' | 'form' = 'look-up',
): { readonly settings: Settings; readonly notes: readonly string[] } {
  const here = existsSync(join(io.folder, CONFIG_FILE)) ? CONFIG_FILE : null;
  const loaded = loadConfig({ file: options.config ?? here, folder: io.folder, env: io.env, flags, secrets });
  if (!loaded.ok) throw new UsageError(loaded.problems.map(describeProblem).join('\n'));
  const notes = loaded.notes.map(describeProblem);
  return { settings: loaded.settings, notes: (options.config ?? here) === null ? [NO_FILE, ...notes] : notes };
}
