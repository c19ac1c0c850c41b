import { isObject, own, type JsonObject, type JsonValue } from '../core/json.ts';

/** Amounts are counted in millionths, as integers, so that a thousand cents are ten euros exactly. */
export const AMOUNT_UNIT = 1_000_000;

/** A sum path, parsed once: property names, and `*` for every item of an array or value of an object. */
export type SumPath = readonly string[];

/** Reads `arguments.items[*].amount`; the leading `arguments.` may be left out. */
export function parseSumPath(path: string): SumPath {
  const steps = path.split(/\.|\[([^\]]*)\]/).filter((step) => step !== undefined && step !== '');
  return steps[0] === 'arguments' ? steps.slice(1) : steps;
}

/**
 * Sum of the numbers at `path`, in millionths; numbers sent as decimal strings count.
 * @returns null when there is none, or one of them is no finite number of zero or more: such a call cannot be counted
 */
export function readAmount(args: JsonObject, path: SumPath): number | null {
  const values = path.reduce<JsonValue[]>((from, step) => from.flatMap((value) => stepInto(value, step)), [args]);
  if (values.length === 0) return null;
  let sum = 0;
  for (const value of values) {
    const number = toNumber(value);
    if (number === null) return null;
    sum += number > 0 ? Math.max(1, Math.round(number * AMOUNT_UNIT)) : 0;
  }
  return Number.isSafeInteger(sum) ? sum : null;
}

function stepInto(value: JsonValue, step: string): JsonValue[] {
  if (Array.isArray(value)) {
    if (step === '*') return value;
    const item = /^\d{1,9}$/.test(step) ? value[Number(step)] : undefined;
    return item === undefined ? [] : [item];
  }
  if (!isObject(value)) return [];
  const found = step === '*' ? Object.values(value) : [own(value, step)];
  return found.filter((one) => one !== undefined);
}

function toNumber(value: JsonValue): number | null {
  const number = typeof value === 'string' && /^\d{1,15}(\.\d{1,15})?$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : null;
}
