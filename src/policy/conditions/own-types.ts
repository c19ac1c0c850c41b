import { OperandRejected, ValueUnreadable, type Polarity } from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Facts } from '../facts.ts';
import type { PatternPool, TextTest } from '../pattern/pattern-pool.ts';
import type { ViewKind } from '../views.ts';
import { listTest, underViews } from './text-test.ts';
import { shown, textOf, type ValueTest } from './value-test.ts';

/** What a key of a type that policy implements itself is compiled with. */
export interface OwnKey {
  readonly operand: JsonValue;
  readonly polarity: Polarity;
  readonly patterns: PatternPool;
  readonly kindOf: (facts: Facts) => ViewKind;
}

type Compile = (key: OwnKey) => ValueTest;

/**
 * Types that need no guard: `string`, `number`, `enum`. @throws OperandRejected, PatternRejected
 *
 * Lists compare strictly in the direction of caution: a list that permits must be met exactly, one that restricts is
 * met whatever the letter case; a negated list the other way round.
 */
export const OWN_TYPES: Readonly<Record<string, Readonly<Record<string, Compile>>>> = {
  string: {
    pattern: (key) =>
      texts(key, key.polarity === 'permit' ? key.patterns.narrowed(text(key)) : key.patterns.widened(text(key))),
    not_pattern: (key) => {
      const test = key.polarity === 'permit' ? key.patterns.widened(text(key)) : key.patterns.narrowed(text(key));
      return texts(key, (form, work) => !test(form, work));
    },
    equals: (key) => texts(key, listTest([key.operand], key.polarity === 'restrict', false)),
    not_equals: (key) => texts(key, listTest([key.operand], key.polarity === 'permit', true)),
    in: (key) => texts(key, listTest(list(key), key.polarity === 'restrict', false)),
    not_in: (key) => texts(key, listTest(list(key), key.polarity === 'permit', true)),
    length_max: (key) => lengthTest(key, (length, bound) => length <= bound),
    length_min: (key) => lengthTest(key, (length, bound) => length >= bound),
    charset: (key) => texts(key, charsetTest(key, false)),
    not_charset: (key) => texts(key, charsetTest(key, true)),
  },
  number: {
    min: (key) => numberTest(key, (value, bound) => value >= bound),
    max: (key) => numberTest(key, (value, bound) => value <= bound),
    above: (key) => numberTest(key, (value, bound) => value > bound),
    below: (key) => numberTest(key, (value, bound) => value < bound),
    equals: (key) => numberTest(key, (value, bound) => value === bound),
    integer: (key) => integerTest(key),
  },
  enum: {
    values: (key) => scalars(key, listTest(list(key), key.polarity === 'restrict', false)),
    not_values: (key) => scalars(key, listTest(list(key), key.polarity === 'permit', true)),
  },
};

function texts(key: OwnKey, test: TextTest): ValueTest {
  return underViews(test, key.polarity, key.kindOf);
}

/** Like `texts`, but numbers and booleans count as themselves: `enum` lists may hold them. `null` permits nothing. */
function scalars(key: OwnKey, test: TextTest): ValueTest {
  const strings = texts(key, test);
  return (value, facts, note) => {
    if (typeof value === 'string') return strings(value, facts, note);
    return (key.polarity === 'restrict' || typeof value !== 'object') && test(textOf(value), facts.work);
  };
}

function text({ operand }: OwnKey): string {
  if (typeof operand !== 'string') throw new OperandRejected(`${shown(operand)} is not a text`);
  return operand;
}

function list({ operand }: OwnKey): readonly JsonValue[] {
  if (!Array.isArray(operand) || operand.length === 0 || operand.some((entry) => typeof entry === 'object')) {
    throw new OperandRejected(`${shown(operand)} is not a list of texts, numbers or booleans`);
  }
  return operand;
}

function bound({ operand }: OwnKey): number {
  if (typeof operand !== 'number' || !Number.isFinite(operand))
    throw new OperandRejected(`${shown(operand)} is not a number`);
  return operand;
}

/** Characters are counted as UTF-16 code units of the text as sent. */
function lengthTest(key: OwnKey, meets: (length: number, bound: number) => boolean): ValueTest {
  const limit = bound(key);
  if (limit < 0 || !Number.isInteger(limit))
    throw new OperandRejected(`${shown(key.operand)} is not a whole number of at least 0`);
  return (value) => (key.polarity === 'restrict' || typeof value === 'string') && meets(textOf(value).length, limit);
}

function numberTest(key: OwnKey, meets: (value: number, bound: number) => boolean): ValueTest {
  const limit = bound(key);
  return (value, _facts, note) => {
    const number = numberOf(value);
    const met = meets(number, limit);
    if (note) note.why = `${shown(value)} is read as ${number}`;
    return met;
  };
}

function integerTest({ operand }: OwnKey): ValueTest {
  if (typeof operand !== 'boolean') throw new OperandRejected(`${shown(operand)} is neither true nor false`);
  return (value) => Number.isInteger(numberOf(value)) === operand;
}

/** A number, also when sent as a text: servers convert. @throws ValueUnreadable */
function numberOf(value: JsonValue): number {
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw new ValueUnreadable(`${shown(value)} is not a number`);
  return number;
}

const CHARSETS: Readonly<Record<string, RegExp>> = {
  ascii: /^[\0-\x7f]*$/,
  printable_ascii: /^[ -~]*$/,
  alphanumeric: /^[0-9A-Za-z]*$/,
  identifier: /^[0-9A-Za-z_.-]*$/,
  digits: /^[0-9]*$/,
  hexadecimal: /^[0-9A-Fa-f]*$/,
};

function charsetTest(key: OwnKey, negated: boolean): TextTest {
  const charset =
    typeof key.operand === 'string' && Object.hasOwn(CHARSETS, key.operand) ? CHARSETS[key.operand] : undefined;
  if (!charset) throw new OperandRejected(`${shown(key.operand)} is not one of ${Object.keys(CHARSETS).join(', ')}`);
  return (form) => charset.test(form) !== negated;
}
