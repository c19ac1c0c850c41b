import { parse } from 'smol-toml';
import { isObject, own, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { Unreadable, type ClientFormat, type FoundServer } from '../client.ts';
import { entriesOf, listOf, textOf, textsOf } from '../entries.ts';
import { ofProject, ofUser } from '../places.ts';

/** `mcp_servers` in `config.toml` of a project and of the user. */
export const codex = {
  name: 'codex',
  title: 'Codex',
  places(around) {
    const home = around.env['CODEX_HOME'];
    const user = home === undefined || home === '' ? ofUser(around, '.codex', 'config.toml') : null;
    return [ofProject(around, '.codex', 'config.toml'), user ?? { path: `${home}/config.toml`, isProject: false }];
  },
  read(text) {
    const servers = own(readToml(text), 'mcp_servers');
    if (!isObject(servers)) return [];
    return entriesOf(servers).map((found) => withOwnKeys(found, own(servers, found.name)));
  },
  reference: /\$\{(?<variable>[A-Za-z_]\w*)\}/g,
} as const satisfies ClientFormat;

function readToml(text: string): JsonObject {
  try {
    const value: unknown = parse(text);
    return isObject(value) ? value : {};
  } catch {
    throw new Unreadable('it is not TOML');
  }
}

/** Codex names variables where others refer to them; as references they are the same. */
function withOwnKeys(found: FoundServer, entry: JsonValue | undefined): FoundServer {
  if (!isObject(entry)) return found;
  const passed = listOf(own(entry, 'env_vars')).map((name) => [name, `\${${name}}`] as const);
  const token = textOf(own(entry, 'bearer_token_env_var'));
  const named = Object.entries(textsOf(own(entry, 'env_http_headers'))).map(
    ([name, of]) => [name, `\${${of}}`] as const,
  );
  return {
    ...found,
    env: { ...Object.fromEntries(passed), ...found.env },
    headers: {
      ...textsOf(own(entry, 'http_headers')),
      ...Object.fromEntries(named),
      ...(token === null ? {} : { Authorization: `Bearer \${${token}}` }),
    },
  };
}
