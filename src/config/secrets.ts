import { resolve } from 'node:path';
import { readFileOnce, type Unread } from './read-file.ts';

/** A secret by reference: `env:DB_TOKEN`, `file:token.txt`, or with a scheme before it, `Bearer env:DB_TOKEN`. */
export interface Reference {
  readonly scheme: string | null;
  readonly kind: 'env' | 'file';
  readonly name: string;
}

const REFERENCE = /^(?:(Basic|Bearer|Token) )?(env|file):(.+)$/s;
const SECRET_BYTES_MAX = 65_536;

/** Reads a reference; null for any other text. */
export function parseReference(text: string): Reference | null {
  const [, scheme, kind, name] = REFERENCE.exec(text) ?? [];
  if (kind === undefined || name === undefined) return null;
  return { scheme: scheme ?? null, kind: kind === 'env' ? 'env' : 'file', name };
}

export type Resolved =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly what: string; readonly mend: string };

/** Where secrets come from. */
export interface SecretSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Relative paths resolve against it. */
  readonly folder: string;
}

/** Looks up what `reference` points to. A trailing line end of a file does not belong to the secret. */
export function resolveReference(reference: Reference, source: SecretSource): Resolved {
  const found = reference.kind === 'env' ? fromEnvironment(reference.name, source) : fromFile(reference.name, source);
  if (!found.ok) return found;
  if (/[\r\n\0]/.test(found.text)) {
    return {
      ok: false,
      what: `the secret of \`${reference.kind}:${reference.name}\` has several lines`,
      mend: 'keep one',
    };
  }
  return reference.scheme === null ? found : { ok: true, text: `${reference.scheme} ${found.text}` };
}

function fromEnvironment(name: string, { env }: SecretSource): Resolved {
  const text = Object.hasOwn(env, name) ? env[name] : undefined;
  if (text !== undefined && text !== '') return { ok: true, text };
  const what = `the environment variable \`${name}\` is ${text === undefined ? 'not set' : 'empty'}`;
  return { ok: false, what, mend: 'set it where the gateway is started' };
}

function fromFile(name: string, { folder }: SecretSource): Resolved {
  const read = readFileOnce(resolve(folder, name), SECRET_BYTES_MAX);
  if (!read.ok) {
    const mends: Readonly<Record<Unread['kind'], string>> = {
      absent: 'create it, readable for the gateway',
      large: 'keep only the secret in it',
      strange: 'put a file there that the gateway may read',
      changing: 'try again when it is complete',
    };
    return { ok: false, what: `the secret file \`${name}\` ${read.what}`, mend: mends[read.kind] };
  }
  const text = new TextDecoder().decode(read.bytes).replace(/\r?\n$/, '');
  if (text === '') return { ok: false, what: `the secret file \`${name}\` is empty`, mend: 'write the secret into it' };
  return { ok: true, text };
}

const SECRET_HEADER = /^(?:authorization|proxy-authorization|cookie)$|(?:token|secret|password|api-?key|auth)$/i;
const SECRET_VARIABLE = /(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)$/i;

/** Whether a header of that name carries a secret by custom. */
export const isSecretHeader = (name: string): boolean => SECRET_HEADER.test(name);
/** Whether an environment variable of that name holds a secret by custom. */
export const isSecretVariable = (name: string): boolean => SECRET_VARIABLE.test(name);
