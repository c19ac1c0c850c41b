import { parseArgumentPath } from './argument-path.ts';
import type { JsonObject } from '../core/json.ts';
import type { Judge } from './judge.ts';
import { NO, YES, type Leaf } from './leaf.ts';
import { samplesOf } from './pattern/sample.ts';
import { questionOf } from './question-of.ts';
import { polarityOf, type Rule } from './rule.ts';
import { SPELLINGS } from './spelling-table.ts';

interface Slip {
  readonly what: string;
  readonly mend: string;
}

/** One trick of each kind is enough to show that a pattern is the wrong tool. */
const SLIPS_MAX = 3;
const TAILS = ['', '/x', ' x', ' -rf /'];

/**
 * Concrete spellings that slip past a pattern: respellings of a text that the pattern is after (or, where the rule
 * allows, keeps out) for which the condition, views and all, answers the other way.
 */
export function slipsPast(policy: Judge, rule: Rule, argument: string, pattern: string): Slip[] {
  const leaf = rule.match.find((one) => one.argument === argument);
  const [step, ...more] = parseArgumentPath(argument);
  if (!leaf || step?.kind !== 'key' || more.length > 0) return [];
  const { matching, keptOut } = samplesOf(pattern);
  const permits = polarityOf(rule.action) === 'permit';
  const sources = permits ? keptOut.flatMap((text) => TAILS.map((tail) => text + tail)) : matching;
  const caught = permits ? NO : YES;
  const held = permits ? 'kept out' : 'caught';
  const slips: Slip[] = [];
  for (const text of sources) {
    if (text.trim() === '' || answer(policy, leaf, step.key, text) !== caught) continue;
    for (const { trick, respell } of SPELLINGS) {
      const respelt = respell(text).find((one) => one !== text && answer(policy, leaf, step.key, one) !== caught);
      if (respelt === undefined || slips.some((slip) => slip.what.includes(trick))) continue;
      slips.push({
        what: `${JSON.stringify(text)} is ${held}, but ${JSON.stringify(respelt)} (${trick}) slips past the pattern`,
        mend: `state it by type, such as \`{ type: ${typeFor(leaf)}, … }\``,
      });
      if (slips.length >= SLIPS_MAX) return slips;
    }
  }
  return slips;
}

function answer(policy: Judge, leaf: Leaf, key: string, text: string): number {
  const args: JsonObject = { [key]: text };
  return leaf.test(policy.factsOf({ ...questionOf({ tool: 'x' }, { nowMs: 0 }), arguments: args }), null);
}

/** The type that reads what the views take the argument for. */
function typeFor(leaf: Leaf): string {
  const named = (leaf.views ?? [])
    .map((view) => view.split('-')[0] ?? '')
    .find((view) => ['path', 'sql', 'shell', 'url'].includes(view));
  return named ?? 'string';
}
