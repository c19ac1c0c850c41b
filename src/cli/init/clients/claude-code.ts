import { isObject, own } from '../../../core/json.ts';
import type { ClientFormat } from '../client.ts';
import { entriesOf } from '../entries.ts';
import { ofProject, ofUser } from '../places.ts';
import { readJsonc } from '../read-jsonc.ts';

/** `.mcp.json` of a project; `~/.claude.json` for the user and, under `projects`, for the user in one folder. */
export const claudeCode = {
  name: 'claude-code',
  title: 'Claude Code',
  places: (around) => [ofProject(around, '.mcp.json'), ofUser(around, '.claude.json')],
  read(text, { isProject }, { folder }) {
    const file = readJsonc(text);
    const projects = own(file, 'projects');
    const here = isObject(projects) && !isProject ? own(projects, folder) : undefined;
    const local = isObject(here) ? entriesOf(own(here, 'mcpServers')) : [];
    return [...local, ...entriesOf(own(file, 'mcpServers'))];
  },
  reference: /\$\{(?<variable>[A-Za-z_]\w*)(?::-(?<fallback>[^}]*))?\}/g,
} as const satisfies ClientFormat;
