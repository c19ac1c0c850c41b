// The room of the configuration. Enters: the path of veto.yaml, the environment, the command line. Leaves: complete,
// checked, frozen settings, or every problem at once with line, column and mend. Must never happen here: a secret in
// a message or an explanation, a value that was guessed, half a configuration.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { assemble } from './assemble.ts';
import { readDocument, type ConfigDocument } from './document.ts';
import { explainConfig, type ExplainedValue } from './explain.ts';
import { problemsOf } from './issues.ts';
import { overlay, type Overrides } from './overrides.ts';
import type { Problem } from './problem.ts';
import { lookAt } from './read-file.ts';
import { checkRules, type Inspection } from './rules.ts';
import { configSchema } from './schema.ts';
import { parseReference, resolveReference, type Resolved } from './secrets.ts';
import type { Settings } from './settings.ts';

/** Where a configuration comes from. */
export interface LoadOptions {
  /** Path of veto.yaml; null: there is none, defaults and overrides only. */
  readonly file: string | null;
  /** The document itself, for programs that have no file; counts only without `file`. */
  readonly text?: string;
  /** Relative paths resolve against it when there is no file. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What the command line says; stronger than the environment, which is stronger than the file. */
  readonly flags?: Overrides;
  /** `form` checks how references are written without looking them up, for machines that do not hold the secrets. */
  readonly secrets?: 'look-up' | 'form';
}

export type Loaded =
  | {
      readonly ok: true;
      readonly settings: Settings;
      /** Works, but a person should know. */
      readonly notes: readonly Problem[];
      /** Every effective value with where it comes from; secrets as their references. */
      explain(): readonly ExplainedValue[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads, checks and completes the configuration, without starting anything.
 * @returns settings, or all problems at once, sorted by place
 */
export function loadConfig(options: LoadOptions): Loaded {
  if (options.file === null) return interpret(options.text ?? '', options, null);
  const path = resolve(options.folder, options.file);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
    const place = { file: options.file, line: 1, column: 1 };
    const mend = 'name another with `--config`, or write one with `veto init`';
    return { ok: false, problems: [{ ...place, what: `the file cannot be read (${reason})`, mend }] };
  }
  return interpret(bytes, options, path);
}

function interpret(bytes: Uint8Array | string, options: LoadOptions, path: string | null): Loaded {
  const read = readDocument(options.file ?? 'veto.yaml', bytes);
  if (!read.ok) return read;
  const { document, sourceOf } = overlay(read.document, options.env, options.flags ?? {});
  const folder = path === null ? options.folder : dirname(path);
  const problems: Problem[] = [];
  const notes: Problem[] = [];
  const lookUp = resolver(options, folder);
  checkRules(document.value, inspectionOf(document, folder, lookUp, problems, notes));
  const checked = configSchema.safeParse(document.value);
  if (!checked.success) problems.push(...problemsOf(document, configSchema, checked.error.issues));
  if (!checked.success || problems.length > 0) return { ok: false, problems: sorted(problems) };
  const settings = assemble(checked.data, {
    file: path,
    folder,
    lookUp: (text) => textOf(lookUp(text), text),
    nameOf: (gateway, index) => `${document.file}:${document.lineOf(['gateways', gateway, 'policies', index]) ?? 1}`,
  });
  return { ok: true, settings, notes: sorted(notes), explain: () => explainConfig(checked.data, sourceOf) };
}

type Resolve = (text: string) => Resolved | null;

function resolver({ env, secrets }: LoadOptions, folder: string): Resolve {
  const known = new Map<string, Resolved | null>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const reference = parseReference(text);
    const unseen: Resolved = { ok: true, text: '' };
    const found =
      reference === null ? null : secrets === 'form' ? unseen : resolveReference(reference, { env, folder });
    known.set(text, found);
    return found;
  };
}

const textOf = (found: Resolved | null, otherwise: string): string => (found?.ok === true ? found.text : otherwise);

function inspectionOf(
  document: ConfigDocument,
  folder: string,
  lookUp: Resolve,
  problems: Problem[],
  notes: Problem[],
): Inspection {
  return {
    production: own(document.value, 'profile') === 'production',
    wrong: (path, what, mend) => void problems.push(document.problem(path, what, mend)),
    wrongKey: (path, what, mend) => void problems.push(document.problemAtKey(path, what, mend)),
    note: (path, what, mend) => void notes.push(document.problem(path, what, mend)),
    resolve: lookUp,
    lookAt: (path) => lookAt(resolve(folder, path)),
  };
}

function sorted(problems: readonly Problem[]): Problem[] {
  return [...problems].sort((a, b) => a.line - b.line || a.column - b.column);
}

/** The schema of veto.yaml for editors (JSON Schema 2020-12). */
export function configJsonSchema(): JsonObject {
  const schema: unknown = configSchema.toJSONSchema({ io: 'input' });
  return isObject(schema) ? schema : {};
}
