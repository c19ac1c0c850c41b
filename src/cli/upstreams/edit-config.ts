import { chmodSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { isMap, isSeq, parseDocument, stringify, type Document } from 'yaml';
import { loadConfig } from '../../config/load.ts';
import { describeProblem } from '../../config/problem.ts';
import { isObject, own, type JsonObject } from '../../core/json.ts';
import type { Io } from '../io.ts';
import { UsageError } from '../output.ts';
import { whileHeld } from './hold-file.ts';
import { addToList, addToMap, applyPatches, removeFromList, removeFromMap, type Patch } from './patch-yaml.ts';

/**
 * Adds an upstream to the configuration and to gateways of it. Every other character of the file stays as it is.
 * @throws UsageError when the file is written in a way that is not understood, or the result would not be right
 */
export function addUpstream(
  io: Io,
  file: string,
  name: string,
  entry: JsonObject,
  gateways: readonly string[],
): Promise<void> {
  const byHand = `add this by hand:\n${stringify({ upstreams: { [name]: entry } })}`;
  return edit(io, file, byHand, (document, text) => {
    if (document.hasIn(['upstreams', name])) {
      throw new UsageError(`there is an upstream \`${name}\` already; choose another name, or remove that one first`);
    }
    const lists = gateways.map((gateway) => addToList(text, listOf(document, gateway), name));
    return [addToMap(text, document.get('upstreams'), 'upstreams', name, entry), ...lists];
  });
}

/**
 * Removes an upstream from the configuration and from every gateway.
 * @throws UsageError as `addUpstream` does
 */
export function removeUpstream(io: Io, file: string, name: string): Promise<void> {
  return edit(io, file, `remove \`${name}\` by hand`, (document, text) => {
    if (!document.hasIn(['upstreams', name])) throw new UsageError(`there is no upstream \`${name}\` in \`${file}\``);
    const gateways = document.get('gateways');
    const lists = (isMap(gateways) ? gateways.items : []).map((gateway) =>
      isMap(gateway.value) ? removeFromList(text, gateway.value.get('upstreams'), name) : [],
    );
    return [removeFromMap(text, document.get('upstreams'), name), ...lists];
  });
}

function listOf(document: Document, gateway: string): unknown {
  const list = document.getIn(['gateways', gateway, 'upstreams'], true);
  if (isSeq(list)) return list;
  throw new UsageError(`the gateway \`${gateway}\` is not in the configuration, or has no list of upstreams`);
}

/** A change as patches of the text; null when it is not clear how to make them. */
type Change = (document: Document, text: string) => readonly (readonly Patch[] | null)[];

async function edit(io: Io, file: string, byHand: string, change: Change): Promise<void> {
  try {
    const path = realpathSync(resolve(io.folder, file));
    await whileHeld(io, path, () => editHeld(io, file, path, byHand, change));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const mend = 'see whether it is there and can be written, folder included, or name another one with `--config`';
    throw new UsageError(`\`${file}\` cannot be changed (${error.message}); ${mend}`, { cause: error });
  }
}

function editHeld(io: Io, file: string, path: string, byHand: string, change: Change): void {
  const text = readFileSync(path, 'utf8');
  const document = parseDocument(text);
  const patches = document.errors.length > 0 ? [null] : change(document, text);
  const known = patches.filter((each) => each !== null).flat();
  const next = known.length === 0 || patches.includes(null) ? null : applyPatches(text, known);
  if (next === null || !changesOnlyUpstreams(document, next)) {
    throw new UsageError(`\`${file}\` is written in a way that this command does not change safely; ${byHand}`);
  }
  replace(io, file, path, text, next);
}

/** Whether the two texts mean the same but for upstreams. */
function changesOnlyUpstreams(before: Document, next: string): boolean {
  const after = parseDocument(next);
  return after.errors.length === 0 && isDeepStrictEqual(rest(before.toJS()), rest(after.toJS()));
}

function rest(config: unknown): unknown {
  if (!isObject(config)) return config;
  const { upstreams: _, gateways, ...others } = config;
  const bare = Object.entries(isObject(gateways) ? gateways : {}).map(([name, gateway]) =>
    isObject(gateway) ? [name, { ...gateway, upstreams: own(gateway, 'upstreams') === undefined }] : [name, gateway],
  );
  return [others, bare];
}

/**
 * Writes the new text beside the old one, and puts it in its place only if it is a good configuration and nobody, such
 * as an editor, has changed the old one meanwhile.
 */
function replace(io: Io, file: string, path: string, before: string, text: string): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    const loaded = loadConfig({ file: draft, folder: io.folder, env: io.env, secrets: 'form' });
    if (!loaded.ok) {
      const problems = loaded.problems.map((problem) => describeProblem({ ...problem, file }));
      throw new UsageError(`nothing was changed, because the result would not be right:\n${problems.join('\n')}`);
    }
    chmodSync(draft, statSync(path).mode & 0o777);
    if (readFileSync(path, 'utf8') !== before) {
      throw new UsageError(`nothing was changed, because \`${file}\` was changed by somebody else just now; try again`);
    }
    renameSync(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}
