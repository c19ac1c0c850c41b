import { own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofProject, ofUser } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `mcpServers` in `.gemini/settings.json`; `httpUrl` is Streamable HTTP, `url` HTTP+SSE unless `type` says otherwise. */
export const geminiCli = {
  name: 'gemini-cli',
  title: 'Gemini CLI',
  places: (around) => [ofProject(around, '.gemini', 'settings.json'), ofUser(around, '.gemini', 'settings.json')],
  read: (text) =>
    entriesOf(own(readJsonc(text), 'mcpServers'), {
      url: ['httpUrl', 'url'],
      transportOf: { httpUrl: 'streamable-http', url: 'sse' },
    }),
  reference: /\$(?:\{(?<variable>[A-Za-z_]\w*)\}|(?<bare>[A-Za-z_]\w*))/g,
} as const satisfies ClientFormat;
