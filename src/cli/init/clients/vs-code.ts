import { isObject, own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofApplication, ofProject, withFolders } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `mcp.json` of a workspace and of the user; before that existed, `mcp` in the settings. */
export const vsCode = {
  name: 'vs-code',
  title: 'VS Code',
  places: (around) => [
    ofProject(around, '.vscode', 'mcp.json'),
    ofApplication(around, 'Code', 'User', 'mcp.json'),
    ofApplication(around, 'Code', 'User', 'settings.json'),
  ],
  read(text, _, around) {
    const file = readJsonc(withFolders(text, around));
    const settings = own(file, 'mcp');
    return entriesOf(own(file, 'servers') ?? (isObject(settings) ? own(settings, 'servers') : undefined));
  },
  reference: /\$\{(?:env:(?<variable>[^}]+)|input:(?<input>[^}]+))\}/g,
} as const satisfies ClientFormat;
