import type { Definition } from '../core/definition.ts';
import { isObject, own } from '../core/json.ts';
import { compileNames, type NameMatcher } from './glob.ts';
import type { ToolClass } from './schema.ts';
import { ALSO_NOUNS, CONJUNCTIONS, NOUNS_BEHIND_A_VERB, VERBS } from './verb-table.ts';

/** Tools as the operator knows them: names or globs by class. */
export type Labels = { readonly [K in ToolClass]?: string | readonly string[] | undefined };

export interface Classified {
  readonly class: ToolClass;
  /** One clause: what decided. */
  readonly why: string;
}

const SEVERITY: Readonly<Record<ToolClass, number>> = { read: 0, write: 1, destructive: 2 };
const BY_SEVERITY: readonly ToolClass[] = ['destructive', 'write', 'read'];

/** Words of a name: `getAndDelete`, `get_and-delete` and `fs.getHTTP2` fall apart where a reader would part them. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

const CLASS_BY_VERB = new Map(
  BY_SEVERITY.toReversed().flatMap((each) => VERBS[each].map((verb) => [verb, each] as const)),
);

/**
 * Classes tools by labels, then by the verbs in their names, then by hints. The most severe verb anywhere in the name
 * counts; a name without a known verb is a write. Hints may only raise the class (the server wrote them).
 */
export class Classifier {
  readonly #labels: readonly { readonly class: ToolClass; readonly names: NameMatcher }[];
  readonly #known = new WeakMap<Definition, Classified>();

  constructor(labels: readonly Labels[]) {
    this.#labels = BY_SEVERITY.flatMap((each) =>
      labels.flatMap((label) => {
        const names = label[each];
        return names === undefined ? [] : [{ class: each, names: compileNames(names) }];
      }),
    );
  }

  /** @param contradicted whether name or text belie the hints of the definition; always the same for one definition */
  classify(name: string, definition: Definition | null, contradicted = false): Classified {
    const known = definition && this.#known.get(definition);
    if (known) return known;
    const found = this.#byLabel(name) ?? raiseByHints(byVerbs(name), definition, contradicted);
    if (definition) this.#known.set(definition, found);
    return found;
  }

  #byLabel(name: string): Classified | null {
    const label = this.#labels.find(({ names }) => names.test(name));
    return label ? { class: label.class, why: `labelled ${label.class}` } : null;
  }
}

function byVerbs(name: string): Classified {
  const words = wordsOf(name);
  const certain = words.filter((word, i) => !isNoun(word, i, words));
  return mostSevere(certain) ?? mostSevere(words) ?? { class: 'write', why: 'no known verb in its name' };
}

function isNoun(word: string, i: number, words: readonly string[]): boolean {
  if (i === 0 || CONJUNCTIONS.has(words[i - 1] ?? '')) return false;
  if (!NOUNS_BEHIND_A_VERB.has(word)) return ALSO_NOUNS.has(word);
  return words.slice(0, i).some((before) => CLASS_BY_VERB.has(before) && !ALSO_NOUNS.has(before));
}

function mostSevere(words: readonly string[]): Classified | null {
  let found: Classified | null = null;
  for (const word of words) {
    const verbClass = CLASS_BY_VERB.get(word);
    if (verbClass && (!found || SEVERITY[verbClass] > SEVERITY[found.class])) {
      found = { class: verbClass, why: `the verb \`${word}\`` };
    }
  }
  return found;
}

function raiseByHints(found: Classified, definition: Definition | null, contradicted: boolean): Classified {
  if (contradicted && found.class === 'read') return { class: 'write', why: 'hints that its name or text belies' };
  const annotations = definition ? own(definition.body, 'annotations') : undefined;
  if (!isObject(annotations)) return found;
  if (
    own(annotations, 'destructiveHint') === true &&
    own(annotations, 'readOnlyHint') !== true &&
    found.class !== 'destructive'
  ) {
    return { class: 'destructive', why: 'its destructiveHint' };
  }
  if (own(annotations, 'readOnlyHint') === false && found.class === 'read')
    return { class: 'write', why: 'its readOnlyHint' };
  return found;
}
