import { isObject, own, type JsonObject } from '../core/json.ts';
import type { Path } from './document.ts';
import { place, show } from './issues.ts';
import { nearest } from './problem.ts';
import { isSecretHeader, isSecretVariable, parseReference } from './secrets.ts';
import { isLoopback } from './sections/listen.ts';
import type { Inspection } from './rules.ts';

const STDIO_KEYS = ['command', 'args', 'cwd', 'env'];
const HTTP_KEYS = ['url', 'headers'];
const KEYS = [...STDIO_KEYS, ...HTTP_KEYS];

/** What belongs together in one entry of `upstreams:`. */
export function checkUpstream(name: string, raw: JsonObject, inspection: Inspection): void {
  const base: Path = ['upstreams', name];
  const transport = own(raw, 'transport') ?? 'auto';
  const has = (key: string) => (own(raw, key) ?? null) !== null;
  const isStdio = transport === 'stdio' || (transport === 'auto' && has('command'));
  const isUndecided = transport === 'auto' && !has('command') && !has('url');
  const needed = isStdio ? 'command' : 'url';
  // A misspelt key is complained about as unknown; saying that it is missing as well would only confuse.
  const isMisspelt = Object.keys(raw).some((key) => ['command', 'url'].includes(nearest(key, KEYS) ?? ''));
  if (isUndecided && !isMisspelt) {
    inspection.wrongKey(base, `\`${name}\` has neither \`command\` nor \`url\``, 'add the one that reaches the server');
  } else if (!isUndecided && !has(needed) && !isMisspelt) {
    const kind = typeof transport === 'string' ? transport : 'auto';
    inspection.wrongKey(base, `\`${needed}\` is missing in \`${name}\`, which is ${show(kind)}`, `add \`${needed}:\``);
  }
  for (const key of isUndecided ? [] : isStdio ? HTTP_KEYS : STDIO_KEYS) {
    if (!has(key)) continue;
    const kind = isStdio ? 'a program that is started' : 'a server that is reached by URL';
    inspection.wrongKey([...base, key], `\`${key}\` means nothing for ${kind}`, 'remove it');
  }
  checkUrl(own(raw, 'url'), [...base, 'url'], inspection);
  checkHeaders(own(raw, 'headers'), [...base, 'headers'], inspection);
  checkVariables(own(raw, 'env'), [...base, 'env'], inspection);
}

function checkUrl(text: unknown, path: Path, inspection: Inspection): void {
  if (typeof text !== 'string' || text === '') return;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    inspection.wrong(path, `${place(path)} is ${show(text)}`, 'write an address such as `https://db.example.com/mcp`');
    return;
  }
  if (url.username !== '' || url.password !== '') {
    const mend = 'send it in `headers:` as `Basic env:NAME`';
    inspection.wrong(path, `${place(path)} holds a user name or password`, mend);
  }
  if (url.hash !== '') inspection.wrong(path, `${show(text)} has a fragment`, 'remove what follows `#`');
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return;
  const what = `${show(text)} is not encrypted and not on this machine`;
  if (inspection.production) inspection.wrong(path, what, 'use https in the production profile');
  else inspection.note(path, what, 'use https');
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Headers that belong to the connection, not to the operator. */
export const OWN_HEADER = /^(?:host|connection|content-length|content-type|transfer-encoding|upgrade|accept|mcp-.*)$/i;
const BROKEN_TEXT = /[\r\n\0]/;

function checkHeaders(headers: unknown, path: Path, inspection: Inspection): void {
  if (!isObject(headers)) return;
  for (const [name, value] of Object.entries(headers)) {
    const at = [...path, name];
    if (!HEADER_NAME.test(name)) inspection.wrongKey(at, `${show(name)} is not the name of a header`, 'correct it');
    if (OWN_HEADER.test(name)) inspection.wrongKey(at, `the header \`${name}\` is set by the gateway`, 'remove it');
    if (typeof value !== 'string') continue;
    if (BROKEN_TEXT.test(value))
      inspection.wrong(at, `the header \`${name}\` has several lines`, 'write it on one line');
    const mend = 'move it to a variable and write `env:NAME`, or `Bearer env:NAME`';
    checkSecret(value, isSecretHeader(name), at, mend, inspection);
  }
}

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

function checkVariables(variables: unknown, path: Path, inspection: Inspection): void {
  if (!isObject(variables)) return;
  for (const [name, value] of Object.entries(variables)) {
    const at = [...path, name];
    if (!VARIABLE_NAME.test(name)) {
      inspection.wrongKey(at, `${show(name)} is not the name of a variable`, 'use letters, digits and `_`');
    }
    if (typeof value !== 'string') continue;
    if (value.includes('\0')) inspection.wrong(at, `the variable \`${name}\` holds a NUL character`, 'remove it');
    checkSecret(
      value,
      isSecretVariable(name),
      at,
      'set it where the gateway is started and write `env:NAME`',
      inspection,
    );
  }
}

/** A reference must lead somewhere; what is a secret by its name must be a reference. */
function checkSecret(value: string, isSecret: boolean, path: Path, mend: string, inspection: Inspection): void {
  const found = parseReference(value) === null ? null : inspection.resolve(value);
  if (found !== null && !found.ok) inspection.wrong(path, found.what, found.mend);
  if (found === null && isSecret && value !== '') {
    inspection.wrong(path, `\`${String(path.at(-1))}\` holds a secret in plain text`, mend);
  }
}
