/**
 * The tool's own schema, enforced before the call leaves. In: the pinned definition, once; then arguments. Out:
 * findings `schema.invalid` and `schema.unusable`. Must never happen here: running without bound on a hostile schema.
 */
import type { TLocalizedValidationError } from 'typebox/error';
import { Compile } from 'typebox/schema';
import type { Finding } from '../../core/decision.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { isObject, own } from '../../core/json.ts';
import { NO_FINDINGS, quote } from '../guard.ts';
import { explainErrors } from './explain.ts';
import { withinTime } from './timed.ts';
import { SCHEMA_LIMITS, SchemaRefused, vetSchema } from './vet.ts';
import type { SchemaLimits, Vetted } from './vet.ts';

export const COMPILE_TIME_MAX_MS = 500;

export interface SchemaCheck {
  /** What the operator should know of the schema; one line each. */
  readonly notes: readonly string[];
  check(args: JsonObject): readonly Finding[];
}

interface Validator {
  Check(value: unknown): boolean;
  Errors(value: unknown): [boolean, TLocalizedValidationError[]];
}

/**
 * Compiles `schema` once. A schema that cannot be used yields a check that finds `schema.unusable` on every call, so
 * that the tool stays closed until a person waives it.
 */
export function prepareSchema(schema: JsonValue | undefined, limits: SchemaLimits = SCHEMA_LIMITS): SchemaCheck {
  if (!isObject(schema)) return unusable('the tool declares no input schema');
  try {
    return new CompiledSchema(schema, vetSchema(schema, limits));
  } catch (error) {
    if (error instanceof SchemaRefused) return unusable(error.message);
    return unusable(
      error instanceof RangeError ? 'the schema is nested without end' : 'the schema could not be compiled',
    );
  }
}

function unusable(why: string): SchemaCheck {
  const finding: Finding = {
    code: 'schema.unusable',
    by: 'schema',
    at: '',
    why: `arguments cannot be checked: ${why}`,
    locked: false,
  };
  return { notes: [why], check: () => [finding] };
}

class CompiledSchema implements SchemaCheck {
  readonly notes: readonly string[];
  readonly #source: JsonObject;
  readonly #validator: Validator;
  readonly #timed: boolean;
  /** Required names that every object inherits: the validator takes them for present, so they are looked for here. */
  readonly #inherited: readonly string[];

  constructor(source: JsonObject, vetted: Vetted) {
    this.notes = vetted.notes;
    this.#source = source;
    this.#timed = vetted.timed;
    this.#validator = compileWithin(vetted.schema);
    const required = own(source, 'required');
    this.#inherited = (Array.isArray(required) ? required : [])
      .filter((name) => typeof name === 'string')
      .filter((name) => name in Object.prototype);
  }

  check(args: JsonObject): readonly Finding[] {
    try {
      const passed = this.#timed ? withinTime(() => this.#validator.Check(args)) : this.#validator.Check(args);
      if (passed === null) return [invalid('checking the arguments against the schema took too long')];
      if (!passed) return this.#explain(args);
      const missing = this.#inherited.find((name) => !Object.hasOwn(args, name));
      return missing === undefined ? NO_FINDINGS : [invalid(`the arguments lack ${quote(missing)}`)];
    } catch (error) {
      if (error instanceof RangeError || isForeignRangeError(error))
        return [invalid('the arguments or the schema nest without end')];
      throw error;
    }
  }

  #explain(args: JsonObject): readonly Finding[] {
    let errors: readonly TLocalizedValidationError[] = [];
    withinTime(() => {
      errors = this.#validator.Errors(args)[1];
      return true;
    });
    const found = explainErrors(errors, args, this.#source);
    return found.length > 0 ? found : [invalid('the arguments do not fit the schema of the tool')];
  }
}

function isForeignRangeError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'name' in error && error.name === 'RangeError';
}

function compileWithin(schema: unknown): Validator {
  const made: Validator[] = [];
  const done = withinTime(() => {
    made.push(Compile(schema as Parameters<typeof Compile>[0])); // vetted: only known keywords of the right form
    return true;
  }, COMPILE_TIME_MAX_MS);
  const validator = made[0];
  if (done === null || validator === undefined)
    throw new SchemaRefused(`the schema takes longer than ${COMPILE_TIME_MAX_MS} ms to compile`);
  return validator;
}

function invalid(why: string): Finding {
  return { code: 'schema.invalid', by: 'schema', at: '', why, locked: false };
}
