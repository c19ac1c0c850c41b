import type { Polarity } from '../../core/argument-type.ts';
import { isObject, type JsonValue } from '../../core/json.ts';
import { keysOf, type Draft } from '../draft.ts';
import { compileNames } from '../glob.ts';
import { guarded, NO, YES, type Leaf } from '../leaf.ts';
import type { MatchDocument } from '../schema.ts';
import type { Path } from '../source.ts';
import { compileCondition } from './condition.ts';
import { underViews } from './text-test.ts';
import type { ValueTest } from './value-test.ts';

/** Compiles `match.resource`. A URI is written by the agent, so it is looked at under the views of a URL. */
export function compileResource(
  written: NonNullable<MatchDocument['resource']>,
  polarity: Polarity,
  path: Path,
  draft: Draft,
): Leaf | null {
  const compiled = isObject(written) ? compileCondition(written, 'uri', polarity, path, draft) : null;
  if (isObject(written) && !compiled) return null;
  const test: ValueTest = compiled?.test ?? namesTest(written as string | string[], polarity); // not an object: names
  const leafTest: Leaf['test'] = (facts, note) => {
    const { target } = facts.question;
    return target.kind === 'resource' && test(target.uri, facts, note) ? YES : NO;
  };
  return {
    at: keysOf(path),
    written: written as JsonValue,
    argument: null,
    views: compiled?.views ?? draft.viewer.names('url'),
    test: guarded(polarity, leafTest),
  };
}

function namesTest(names: string | readonly string[], polarity: Polarity): ValueTest {
  const matcher = compileNames(names);
  return underViews(
    (text) => matcher.test(text),
    polarity,
    () => 'url',
  );
}
