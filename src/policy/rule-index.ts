import type { Question } from './policy.ts';
import type { Rule } from './rule.ts';

/** Targets whose rules are remembered; beyond them everything is forgotten and found again. */
const REMEMBERED_MAX = 10_000;

/** Finds the rules whose target fits, in the order of their names: the order in files has no meaning. */
export class RuleIndex {
  readonly #exact = new Map<string, Rule[]>();
  readonly #general: Rule[] = [];
  readonly #known = new Map<string, readonly Rule[]>();

  constructor(rules: readonly Rule[]) {
    for (const rule of rules) {
      if (!rule.target.exact) this.#general.push(rule);
      else {
        for (const name of rule.target.exact) {
          const key = `${rule.target.kind} ${name}`;
          const list = this.#exact.get(key) ?? [];
          this.#exact.set(key, list);
          list.push(rule);
        }
      }
    }
  }

  rulesFor(question: Question): readonly Rule[] {
    const { target } = question;
    const named = 'name' in target ? `${target.kind} ${target.name}` : target.kind;
    const key = `${question.method}\0${question.server ?? '\0'}\0${named}`;
    const known = this.#known.get(key);
    if (known) return known;
    const found = [...(this.#exact.get(named) ?? []), ...this.#general]
      .filter((rule) => rule.target.test(question))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    if (this.#known.size >= REMEMBERED_MAX) this.#known.clear();
    this.#known.set(key, found);
    return found;
  }
}
