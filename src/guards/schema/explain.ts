import type { TLocalizedValidationError } from 'typebox/error';
import type { Finding } from '../../core/decision.ts';
import { isObject, own } from '../../core/json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { quote } from '../guard.ts';

/** Findings shown per call: enough to mend it, few enough to read. */
const SCHEMA_FINDINGS_MAX = 5;
const NAMES_SHOWN_MAX = 12;

/** These only repeat what their parts already said. */
const WRAPPERS: ReadonlySet<string> = new Set(['anyOf', 'oneOf', 'allOf', 'if', 'boolean', 'not']);

/** Turns the validator's errors into findings that name the argument and what would be legal. */
export function explainErrors(
  errors: readonly TLocalizedValidationError[],
  args: JsonObject,
  schema: JsonObject,
): readonly Finding[] {
  const telling = errors.filter((error) => !WRAPPERS.has(error.keyword));
  const chosen = telling.length > 0 ? telling : errors;
  const found = new Map<string, Finding>();
  for (const error of chosen) {
    const finding = explainOne(error, args, schema);
    found.set(`${finding.at} ${finding.why}`, finding);
    if (found.size === SCHEMA_FINDINGS_MAX) break;
  }
  return [...found.values()];
}

function explainOne(error: TLocalizedValidationError, args: JsonObject, schema: JsonObject): Finding {
  const steps = stepsOf(error.instancePath);
  const at = argumentPath(steps, args);
  const where = at === '' ? 'the call' : quote(at);
  const optional = isOptionalNull(steps, args, schema);
  const { why, legal } = optional ? leftOut(where) : sentence(error, where, steps.length === 0 ? schema : null);
  return { code: 'schema.invalid', by: 'schema', at, why, ...(legal === undefined ? {} : { legal }), locked: false };
}

/**
 * JSON Schema tells null from absent, and so do the servers that wrote the schema: null for an argument that may be
 * left out stays refused, because what is judged is what is sent, and nothing is taken out of a call on the way.
 */
function isOptionalNull(steps: readonly string[], args: JsonObject, schema: JsonObject): boolean {
  const [name] = steps;
  if (steps.length !== 1 || name === undefined || own(args, name) !== null) return false;
  const required = own(schema, 'required');
  return !(Array.isArray(required) && required.includes(name));
}

const leftOut = (where: string): Sentence => ({ why: `${where} is null`, legal: `the call without ${where}` });

interface Sentence {
  readonly why: string;
  readonly legal?: string;
}

function sentence(error: TLocalizedValidationError, where: string, top: JsonObject | null): Sentence {
  switch (error.keyword) {
    case 'additionalProperties':
      return undeclared(error.params.additionalProperties, where, top);
    case 'unevaluatedProperties':
      return undeclared(error.params.unevaluatedProperties.map(String), where, top);
    case 'required':
      return {
        why: `${where} lacks ${names(error.params.requiredProperties)}`,
        legal: `with ${names(error.params.requiredProperties)}`,
      };
    case 'type':
      return {
        why: `${where} is of another type than declared`,
        legal: `a value of type ${[error.params.type].flat().join(' or ')}`,
      };
    case 'enum':
      return { why: `${where} is none of the allowed values`, legal: `one of ${shown(error.params.allowedValues)}` };
    case 'const':
      return { why: `${where} is not the one allowed value`, legal: shown([error.params.allowedValue]) };
    default:
      return { why: `${where} does not meet \`${error.keyword}\` of the schema`, legal: error.message };
  }
}

function undeclared(keys: readonly string[], where: string, top: JsonObject | null): Sentence {
  const properties = top === null ? undefined : own(top, 'properties');
  const declared = isObject(properties) ? Object.keys(properties) : [];
  const legal = declared.length === 0 ? undefined : `only ${names(declared)}`;
  return {
    why: `${where} has what the tool does not declare: ${names(keys)}`,
    ...(legal === undefined ? {} : { legal }),
  };
}

function names(list: readonly string[], count = list.length): string {
  const first = list
    .slice(0, NAMES_SHOWN_MAX)
    .map((name) => quote(name, 40))
    .join(', ');
  return count > NAMES_SHOWN_MAX ? `${first} and ${count - NAMES_SHOWN_MAX} more` : first;
}

function shown(values: readonly unknown[]): string {
  const first = values.slice(0, NAMES_SHOWN_MAX);
  return names(
    first.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
    values.length,
  );
}

/** RFC 6901 pointer to its steps. */
function stepsOf(pointer: string): readonly string[] {
  if (pointer === '') return [];
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `/files/2/path` becomes `files[2].path`. */
function argumentPath(steps: readonly string[], args: JsonObject): string {
  let text = '';
  let value: JsonValue | undefined = args;
  for (const step of steps) {
    if (Array.isArray(value)) {
      text += `[${step}]`;
      value = value[Number(step)];
    } else {
      text += text === '' ? step : `.${step}`;
      value = isObject(value) ? own(value, step) : undefined;
    }
  }
  return text;
}
