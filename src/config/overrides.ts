import { isObject, own, type JsonObject } from '../core/json.ts';
import type { ConfigDocument, Path } from './document.ts';

/** Values that are stronger than the file. */
export interface Overrides {
  readonly listen?: string;
  readonly publicUrl?: string;
  readonly store?: string;
  readonly profile?: string;
  /** Replaces the port that agents connect to. */
  readonly port?: number;
}

/** Where an effective value comes from. */
export type Source =
  | { readonly kind: 'default' }
  | { readonly kind: 'file'; readonly at: string }
  | { readonly kind: 'environment'; readonly at: string }
  | { readonly kind: 'command line'; readonly at: string };

/** Which variable and which flag override which key. */
const KEYS = [
  { key: 'listen', field: 'listen', variable: 'VETO_LISTEN', flag: '--listen' },
  { key: 'public_url', field: 'publicUrl', variable: 'VETO_PUBLIC_URL', flag: '--public-url' },
  { key: 'store', field: 'store', variable: 'VETO_STORE', flag: '--store' },
  { key: 'profile', field: 'profile', variable: 'VETO_PROFILE', flag: '--profile' },
] as const;

const DEFAULT_HOST = '127.0.0.1';

/** Lays environment and command line over a file; complaints about their values name the variable or the flag. */
export function overlay(
  document: ConfigDocument,
  env: Readonly<Record<string, string | undefined>>,
  flags: Overrides,
): { readonly document: ConfigDocument; readonly sourceOf: (path: Path) => Source } {
  const value: JsonObject = { ...document.value };
  const strong = new Map<string, Source & { readonly at: string }>();
  for (const { key, field, variable, flag } of KEYS) {
    const said = flags[field] ?? env[variable];
    if (said === undefined || said === '') continue;
    value[key] = said;
    const fromFlag = flags[field] !== undefined;
    strong.set(key, fromFlag ? { kind: 'command line', at: flag } : { kind: 'environment', at: variable });
  }
  if (flags.port !== undefined) {
    value['listen'] = withPort(own(value, 'listen'), flags.port);
    strong.set('listen', { kind: 'command line', at: '--port' });
  }
  const at = (path: Path) => strong.get(String(path[0]));
  const elsewhere = (path: Path, what: string, mend: string) => {
    const source = at(path);
    return source ? { file: source.at, line: 1, column: 1, what, mend } : null;
  };
  return {
    document: {
      ...document,
      value,
      problem: (path, what, mend) => elsewhere(path, what, mend) ?? document.problem(path, what, mend),
      problemAtKey: (path, what, mend) => elsewhere(path, what, mend) ?? document.problemAtKey(path, what, mend),
    },
    sourceOf(path) {
      const line = document.lineOf(path);
      return at(path) ?? (line === null ? { kind: 'default' } : { kind: 'file', at: `${document.file}:${line}` });
    },
  };
}

function withPort(listen: JsonObject[string], port: number): JsonObject[string] {
  const both = isObject(listen) ? listen : null;
  const agents = both ? own(both, 'agents') : listen;
  const host = typeof agents === 'string' ? agents.replace(/:\d*$/, '') : DEFAULT_HOST;
  return both ? { ...both, agents: `${host}:${port}` } : `${host}:${port}`;
}
