import { own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofProject, ofUser, withFolders } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `.cursor/mcp.json` of a project and of the user. */
export const cursor = {
  name: 'cursor',
  title: 'Cursor',
  places: (around) => [ofProject(around, '.cursor', 'mcp.json'), ofUser(around, '.cursor', 'mcp.json')],
  read: (text, _, around) => entriesOf(own(readJsonc(withFolders(text, around)), 'mcpServers')),
  reference: /\$\{env:(?<variable>[^}]+)\}/g,
} as const satisfies ClientFormat;
