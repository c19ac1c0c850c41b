import { own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofApplication, ofConfig, ofProject } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `context_servers` in the settings of a project and of the user. */
export const zed = {
  name: 'zed',
  title: 'Zed',
  places: (around) => [
    ofProject(around, '.zed', 'settings.json'),
    around.platform === 'win32'
      ? ofApplication(around, 'Zed', 'settings.json')
      : ofConfig(around, 'zed', 'settings.json'),
  ],
  read: (text) => entriesOf(own(readJsonc(text), 'context_servers')),
  reference: null,
} as const satisfies ClientFormat;
