import { own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofConfig, ofProject } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

const FILES = ['opencode.json', 'opencode.jsonc'];

/** `mcp` in `opencode.json`: a command is one list, its variables are `environment`. */
export const opencode = {
  name: 'opencode',
  title: 'opencode',
  places: (around) => [
    ...FILES.map((file) => ofProject(around, file)),
    ...FILES.map((file) => ofConfig(around, 'opencode', file)),
  ],
  read: (text) => entriesOf(own(readJsonc(text), 'mcp'), { env: 'environment' }),
  reference: /\{(?:env:(?<variable>[^}]+)|file:(?<file>[^}]+))\}/g,
} as const satisfies ClientFormat;
