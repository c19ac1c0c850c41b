import { own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofUser } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `~/.codeium/windsurf/mcp_config.json`; an address is `serverUrl`. */
export const windsurf = {
  name: 'windsurf',
  title: 'Windsurf',
  places: (around) => [ofUser(around, '.codeium', 'windsurf', 'mcp_config.json')],
  read: (text) => entriesOf(own(readJsonc(text), 'mcpServers'), { url: ['serverUrl', 'url'] }),
  reference: /\$\{env:(?<variable>[^}]+)\}/g,
} as const satisfies ClientFormat;
