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
import { stepsFor } from './cost.ts';
import type { Rates } from './cost.ts';
import { explainErrors } from './explain.ts';
import { CHECK_TIME_MAX_MS, withinTime } from './timed.ts';
import { SCHEMA_LIMITS, SchemaRefused, vetSchema } from './vet.ts';
import type { SchemaLimits, Vetted } from './vet.ts';

export const COMPILE_TIME_MAX_MS = 500;
/** Steps that a check may take without a time limit, which costs 0.1 ms itself. */
export const CHECK_STEPS_MAX = 250_000;
/** Values and characters for which a check may take its time once more: so many take as long to be parsed. */
const SIZE_PER_TIME = 1_000_000;
const TIMES_MAX = 5;
const SIZE: Rates = { perValue: 1, perCharacter: 1 };

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
    return new CompiledSchema(schema, compileWithin(schema, limits));
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
  readonly #rates: Rates;
  /** Required names that every object inherits: the validator takes them for present, so they are looked for here. */
  readonly #inherited: readonly string[];

  constructor(source: JsonObject, { notes, rates, validator }: Compiled) {
    this.notes = notes;
    this.#source = source;
    this.#rates = rates;
    this.#validator = validator;
    const required = own(source, 'required');
    this.#inherited = (Array.isArray(required) ? required : [])
      .filter((name) => typeof name === 'string')
      .filter((name) => name in Object.prototype);
  }

  check(args: JsonObject): readonly Finding[] {
    try {
      const steps = stepsFor(args, this.#rates, CHECK_STEPS_MAX);
      const passed = steps <= CHECK_STEPS_MAX ? this.#validator.Check(args) : this.#checkWithin(args);
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

  #checkWithin(args: JsonObject): boolean | null {
    const size = stepsFor(args, SIZE, SIZE_PER_TIME * TIMES_MAX);
    const times = Math.min(1 + Math.floor(size / SIZE_PER_TIME), TIMES_MAX);
    return withinTime(() => this.#validator.Check(args), CHECK_TIME_MAX_MS * times);
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

interface Compiled extends Vetted {
  readonly validator: Validator;
}

/** Vetting compiles patterns. */
function compileWithin(source: JsonObject, limits: SchemaLimits): Compiled {
  const made: Compiled[] = [];
  const done = withinTime(() => {
    const vetted = vetSchema(source, limits);
    const schema = vetted.schema as Parameters<typeof Compile>[0]; // vetted: only known keywords of the right form
    made.push({ ...vetted, validator: Compile(schema) });
    return true;
  }, COMPILE_TIME_MAX_MS);
  const compiled = made.at(-1);
  if (done === null || compiled === undefined)
    throw new SchemaRefused(`the schema takes longer than ${COMPILE_TIME_MAX_MS} ms to compile`);
  return compiled;
}

function invalid(why: string): Finding {
  return { code: 'schema.invalid', by: 'schema', at: '', why, locked: false };
}
