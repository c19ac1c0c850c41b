import type { Polarity } from '../../core/argument-type.ts';
import { isObject, own, type JsonValue } from '../../core/json.ts';
import type { Classifier } from '../classify.ts';
import { compileNames } from '../glob.ts';
import { guarded, NO, plainLeaf, UNKNOWN, YES, type Leaf } from '../leaf.ts';
import type { Question } from '../policy.ts';
import type { ToolClass } from '../schema.ts';

type HintedQuestion = Pick<Question, 'definition' | 'hintsContradicted'>;

/** Defaults of MCP's hints: a tool that says nothing may write, destroy and reach the world. */
const HINT_DEFAULTS: Readonly<Record<string, boolean>> = {
  readOnlyHint: false,
  destructiveHint: true,
  idempotentHint: false,
  openWorldHint: true,
};

/** Hints of a definition as the pinned list has them, never as a call claims; belied ones are the worst case. */
export function hintOf({ definition, hintsContradicted }: HintedQuestion, hint: string): boolean {
  if (hintsContradicted === true) return HINT_DEFAULTS[hint] ?? false;
  const annotations = definition ? own(definition.body, 'annotations') : undefined;
  const value = isObject(annotations) ? own(annotations, hint) : undefined;
  return typeof value === 'boolean' ? value : (HINT_DEFAULTS[hint] ?? false);
}

export const HINTS: readonly string[] = Object.keys(HINT_DEFAULTS);

export function compileAnnotations(
  hints: Readonly<Record<string, boolean | undefined>>,
  polarity: Polarity,
  at: string,
): Leaf[] {
  return Object.entries(hints).flatMap(([hint, wanted]) =>
    wanted === undefined
      ? []
      : [plainLeaf(`${at}.${hint}`, wanted, polarity, (facts) => hintOf(facts.question, hint) === wanted)],
  );
}

export function compileClass(
  classes: ToolClass | readonly ToolClass[],
  polarity: Polarity,
  at: string,
  classifier: Classifier,
): Leaf {
  const wanted: readonly ToolClass[] = typeof classes === 'string' ? [classes] : classes;
  return plainLeaf(at, classes as JsonValue, polarity, ({ question }, note) => {
    const { target } = question;
    if (target.kind !== 'tool') return false;
    const found = classifier.classify(target.name, question.definition, question.hintsContradicted);
    if (note) note.why = `\`${target.name}\` is classed ${found.class} by ${found.why}`;
    return wanted.includes(found.class);
  });
}

/** Names of findings a rule speaks about. While listing, findings on arguments are not known yet. */
export function compileFinding(codes: string | readonly string[], polarity: Polarity, at: string): Leaf {
  const names = compileNames(codes);
  const test: Leaf['test'] = ({ question }, note) => {
    const found = question.findings.find((finding) => names.test(finding.code));
    if (found && note) note.why = `finding ${found.code}: ${found.why}`;
    if (found) return YES;
    return question.arguments === null ? UNKNOWN : NO;
  };
  return { at, written: codes as JsonValue, argument: null, views: null, test: guarded(polarity, test) };
}
