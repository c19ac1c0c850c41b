import { OWN_HEADER } from '../../config/upstream-rules.ts';
import type { JsonObject } from '../../core/json.ts';
import type { FoundServer } from './client.ts';
import { holdsSecret, isPath, partsOf, variableName, type Part, type Variables } from './variables.ts';

/** A server and where it was found. */
export interface Origin {
  readonly server: FoundServer;
  /** Name that it gets, safe and unique. */
  readonly name: string;
  /** For people, such as `~/.cursor/mcp.json`. */
  readonly file: string;
  readonly reference: RegExp | null;
}

/** What of the machine decides how a server can be written. */
export interface ImportSurroundings {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Imported =
  | { readonly kind: 'entry'; readonly entry: JsonObject }
  /** `why` is one clause. */
  | { readonly kind: 'skipped'; readonly why: string };

/** An entry of `upstreams:` for a found server, no value in it that could be a secret. */
export function importServer(origin: Origin, variables: Variables, around: ImportSurroundings): Imported {
  const { server } = origin;
  if (!server.isEnabled) return skipped('it is switched off there');
  if (server.command !== null) return isVeto(server) ? skipped(VETO) : process(origin, variables, around);
  if (server.url === null) return skipped('it has neither a command nor an address');
  return remote(origin, variables, around);
}

const VETO = 'it is a Veto gateway already';
const skipped = (why: string): Imported => ({ kind: 'skipped', why });

function isVeto({ command, args }: FoundServer): boolean {
  return /(?:^|[/\\])veto(?:\.cmd)?$/.test(command ?? '') || args.some((arg) => /^veto-mcp-gateway(?:@|$)/.test(arg));
}

function remote(origin: Origin, variables: Variables, { env }: ImportSurroundings): Imported {
  const { server, reference } = origin;
  const url = plainText(partsOf(server.url ?? '', reference), env);
  if (url === null) return skipped('its address refers to a variable that is not set here');
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return skipped('its address is not one of HTTP');
  if (/\/v1\/mcp\/[^/]+\/?$/.test(parsed.pathname)) return skipped(VETO);
  if (parsed.username !== '' || parsed.password !== '' || querySecret(parsed)) {
    return skipped('its address holds a secret, which veto.yaml must not hold; let the server take it in a header');
  }
  parsed.hash = '';
  const kept = Object.entries(server.headers).filter(([name]) => !OWN_HEADER.test(name));
  const headers = written(origin, Object.fromEntries(kept), 'header', variables);
  return {
    kind: 'entry',
    entry: {
      ...(server.transport === 'auto' ? {} : { transport: server.transport }),
      url: parsed.href,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
    },
  };
}

function querySecret(url: URL): boolean {
  return [...url.searchParams].some(
    ([name, value]) => /key|token|secret|auth|pass/i.test(name) || holdsSecret(value, name),
  );
}

function process(origin: Origin, variables: Variables, { platform, env }: ImportSurroundings): Imported {
  const { server, reference } = origin;
  const command = plainText(partsOf(server.command ?? '', reference), env);
  const cwd = server.cwd === null ? null : plainText(partsOf(server.cwd, reference), env);
  if (command === null || (server.cwd !== null && cwd === null)) {
    return skipped('its command refers to a variable that is not set here');
  }
  const own = written(origin, server.env, 'variable', variables);
  const args = server.args.map((arg, i) => argument(origin, arg, i, variables));
  const hidden = args.flatMap((pieces) => pieces.flatMap((piece) => (piece.kind === 'variable' ? [piece.name] : [])));
  if (hidden.length > 0 && platform === 'win32') {
    return skipped('its arguments hold a secret or a variable, which veto.yaml must not hold; give it by `env:`');
  }
  if (hidden.some((name) => !/^[A-Za-z_]\w*$/.test(name)))
    return skipped('a shell cannot name a variable of its arguments');
  const passed = { ...own, ...Object.fromEntries(hidden.map((name) => [name, `env:${name}`])) };
  const started =
    hidden.length === 0 ? { command, args: args.map(textOf) } : { command: 'sh', args: ['-c', shell(command, args)] };
  return {
    kind: 'entry',
    entry: {
      command: started.command,
      ...(started.args.length === 0 ? {} : { args: started.args }),
      ...(cwd === null ? {} : { cwd }),
      ...(Object.keys(passed).length === 0 ? {} : { env: passed }),
    },
  };
}

/** An argument in pieces; one that could be a secret becomes a variable as a whole. */
function argument(origin: Origin, arg: string, i: number, variables: Variables): Part[] {
  const { server, name, reference } = origin;
  const from = `argument ${i + 1} of \`${server.name}\` in ${origin.file}`;
  const flag = /^--?([\w-]+)$/.exec(server.args[i - 1] ?? '')?.[1];
  const [, ownFlag, value] = /^((?:--?[\w-]+|[A-Za-z_]\w*)=)([^]+)$/.exec(arg) ?? [];
  const about = ownFlag ?? flag ?? '';
  const parts = partsOf(value ?? arg, reference).map((part): Part => {
    if (part.kind === 'file') return part;
    if (part.kind === 'variable') return { ...part, name: variables.refer(part.name, from) };
    if (part.text.startsWith('-') || !isSecretArgument(part.text, about.replace(/^-+|=$/g, ''))) return part;
    const wanted = variableName(name, about === '' ? `argument ${i + 1}` : about);
    return { kind: 'variable', name: variables.hide(part.text, [wanted, wanted], from), fallback: null };
  });
  return ownFlag === undefined ? parts : [{ kind: 'text', text: ownFlag }, ...parts];
}

const SECRET_FLAG = /token|secret|passw|pwd|api[-_]?key|access[-_]?key|private[-_]?key|credential/i;
const SECRET_HEADER_ARGUMENT = /^[\w-]*(?:authorization|token|api-?key|secret|cookie)[\w-]*\s*:\s*(?!\$\{)\S/i;

/** @param about name of the flag or variable that the argument belongs to */
function isSecretArgument(text: string, about: string): boolean {
  if (SECRET_FLAG.test(about) && !isPath(text)) return true;
  return SECRET_HEADER_ARGUMENT.test(text) || holdsSecret(text, about);
}

/** A line for a POSIX shell that starts the program with what only the environment holds, and is gone then. */
function shell(command: string, args: readonly (readonly Part[])[]): string {
  const words = args.map((pieces) =>
    pieces.map((piece) => (piece.kind === 'variable' ? `"$${piece.name}"` : quoted(textOf([piece])))).join(''),
  );
  return ['exec', quoted(command), ...words].join(' ');
}

const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

const textOf = (parts: readonly Part[]): string =>
  parts.map((part) => (part.kind === 'text' ? part.text : '')).join('');

/** A text without references, as far as the environment at hand knows them; null when it does not. */
function plainText(parts: readonly Part[], env: ImportSurroundings['env']): string | null {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'file') return null;
    const piece = part.kind === 'text' ? part.text : (env[part.name] ?? part.fallback);
    if (piece === null) return null;
    text += piece;
  }
  return text;
}

function written(
  { server, name, file, reference }: Origin,
  values: Readonly<Record<string, string>>,
  what: 'header' | 'variable',
  variables: Variables,
): Record<string, string> {
  const entries = Object.entries(values).map(([key, value]) => {
    const long = variableName(name, key);
    const wanted = [what === 'variable' ? variableName(key) : long, long] as const;
    return [
      key,
      variables.written(partsOf(value, reference), key, wanted, `\`${key}\` of \`${server.name}\` in ${file}`),
    ];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
