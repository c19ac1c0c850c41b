import type { JsonValue } from './json.ts';

/** Thrown while loading a policy: the operand of a typed condition makes no sense. One sentence, lower case. */
export class OperandRejected extends Error {
  override readonly name = 'OperandRejected';
}

/** Thrown while deciding: the value cannot be read as this type. Rule 7 of the policy language applies. */
export class ValueUnreadable extends Error {
  override readonly name = 'ValueUnreadable';
}

/**
 * Which way doubt falls. `permit`: the condition makes a call possible, so it needs every view and an error is a no.
 * `restrict`: it stands in a call's way, so any view suffices and an error is a yes.
 */
export type Polarity = 'permit' | 'restrict';

/** What a typed condition may know beyond the value. */
export interface ArgumentSettings {
  /** Declared roots of the upstream, absolute paths. */
  readonly roots: readonly string[];
}

/** What a condition says of a value, and why. */
export interface ConditionAnswer {
  readonly holds: boolean;
  /** One short sentence for explanations: "`/etc/passwd` is not under `/data`". */
  readonly why: string;
  readonly span?: readonly [number, number];
}

/**
 * One key of a typed argument, compiled at load: does the value meet it?
 * @throws ValueUnreadable
 */
export type Condition = (value: JsonValue, settings: ArgumentSettings) => ConditionAnswer;

/**
 * A type that policies can give to an argument (`{ type: path, … }`). Guards implement them, policy uses them:
 * the composition root introduces the two.
 */
export interface ArgumentType {
  readonly name: string;
  /** Keys that tune the reading (`dialect`, `base`), handed to `compile` as `tuning`. */
  readonly tuningKeys: readonly string[];
  /** Keys that state what matches (`under`, `statements`). */
  readonly conditionKeys: readonly string[];
  /**
   * One value may hold several things (statements, commands, tables). To permit, all of them must be as the key says;
   * to restrict, one suffices. A key that names what is wrong (`deny_names`, `statements_max`) is met by what is wrong
   * when it restricts, and by its absence when it permits.
   * @throws OperandRejected
   */
  compile(key: string, operand: JsonValue, tuning: Readonly<Record<string, JsonValue>>, polarity: Polarity): Condition;
}

/** A way to rewrite a string before a pattern sees it. Yields zero or more texts; throws ValueUnreadable. */
export interface View {
  readonly name: string;
  derive(value: string): readonly string[];
}
