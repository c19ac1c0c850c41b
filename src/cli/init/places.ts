import { posix, win32 } from 'node:path';
import type { ConfigPlace, Places } from './client.ts';

/** Joins as the platform in question does, which in tests is not the one at hand. */
function joinOn({ platform }: Places, ...parts: readonly string[]): string {
  return (platform === 'win32' ? win32 : posix).join(...parts);
}

/** A file of the user, below the home directory. */
export function ofUser(around: Places, ...parts: readonly string[]): ConfigPlace {
  return { path: joinOn(around, around.home, ...parts), isProject: false };
}

/** A file of the project in this folder. */
export function ofProject(around: Places, ...parts: readonly string[]): ConfigPlace {
  return { path: joinOn(around, around.folder, ...parts), isProject: true };
}

/** A file where desktop programs of the platform keep theirs. */
export function ofApplication(around: Places, ...parts: readonly string[]): ConfigPlace {
  return { path: joinOn(around, applicationFolder(around), ...parts), isProject: false };
}

function applicationFolder(around: Places): string {
  const { home, platform, env } = around;
  if (platform === 'win32') return env['APPDATA'] ?? joinOn(around, home, 'AppData', 'Roaming');
  if (platform === 'darwin') return joinOn(around, home, 'Library', 'Application Support');
  return configFolder(around);
}

/** `~/.config` or what stands for it (XDG Base Directory Specification), on every platform. */
function configFolder(around: Places): string {
  const set = around.env['XDG_CONFIG_HOME'];
  return set === undefined || set === '' ? joinOn(around, around.home, '.config') : set;
}

/** A file below `~/.config`. */
export function ofConfig(around: Places, ...parts: readonly string[]): ConfigPlace {
  return { path: joinOn(around, configFolder(around), ...parts), isProject: false };
}

/**
 * The text of a JSON file with the folders that editors let it refer to: `${workspaceFolder}`, `${userHome}`.
 */
export function withFolders(text: string, { folder, home }: Places): string {
  const within = (value: string): string => JSON.stringify(value).slice(1, -1);
  return text.replaceAll('${workspaceFolder}', () => within(folder)).replaceAll('${userHome}', () => within(home));
}
