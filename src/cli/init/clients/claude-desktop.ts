import { own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofApplication } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `claude_desktop_config.json`, processes only. */
export const claudeDesktop = {
  name: 'claude-desktop',
  title: 'Claude Desktop',
  places: (around) => [ofApplication(around, 'Claude', 'claude_desktop_config.json')],
  read: (text) => entriesOf(own(readJsonc(text), 'mcpServers')),
  reference: null,
} as const satisfies ClientFormat;
