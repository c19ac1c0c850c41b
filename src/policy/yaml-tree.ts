import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap } from 'yaml';
import type { JsonValue } from '../core/json.ts';

/** Limits on what a text of YAML may say; its bytes are bounded by who reads it. */
export interface TreeLimits {
  readonly depthMax: number;
  /** How often one anchor may be used, uses of uses multiplied. */
  readonly aliasesMax: number;
}

/** Limits on every text of YAML: keys of one mapping, and values that aliases stand for, together. */
export const TREE_LIMITS = { keysMax: 10_000, aliasedValuesMax: 100_000 } as const;

/** Something that YAML allows and is refused here: where in the text, what, and what to do about it. */
export interface Snag {
  readonly offset: number;
  readonly length: number;
  readonly what: string;
  readonly mend: string;
}

/** What is wrong with a key; null for a good one. `word` is the key as far as it is told. */
export type RefuseKey = (key: Node | null) => { word: string; what: string; mend: string } | null;

/** A part of the tree that was read to its end. */
interface Part {
  readonly value: JsonValue;
  /** Values within, aliases written out. */
  readonly values: number;
  /** How often the anchor in it that is used most is used. */
  readonly uses: number;
}

const NOTHING: Part = { value: null, values: 1, uses: 1 };

/**
 * The value of a tree, aliases resolved. The library does that too, but looks through the whole document for every
 * alias within an anchor, and hands out what is no JSON.
 * @returns the value, or in `snags` everything that was refused
 */
export function plainValue(
  root: Node,
  limits: TreeLimits,
  refuseKey: RefuseKey,
): { readonly value: JsonValue; readonly snags: readonly Snag[] } {
  const reading = new Reading(root, limits, refuseKey);
  const { value } = reading.part(root, 1);
  return { value, snags: reading.snags };
}

class Reading {
  readonly snags: Snag[] = [];
  readonly #root: Node;
  readonly #limits: TreeLimits;
  readonly #refuseKey: RefuseKey;
  /** By name, in the order of the text; a part that is still being read is null. */
  readonly #anchors = new Map<string, { part: Part | null; uses: number }>();
  #aliased = 0;
  #isOver = false;

  constructor(root: Node, limits: TreeLimits, refuseKey: RefuseKey) {
    this.#root = root;
    this.#limits = limits;
    this.#refuseKey = refuseKey;
  }

  /** @param depth collections around it, counted as the library does: a mapping twice */
  part(node: Node | null, depth: number): Part {
    if (node === null || this.#isOver) return NOTHING;
    if (depth > this.#limits.depthMax * 2) {
      this.#end(node, `the file nests deeper than ${this.#limits.depthMax} levels`, 'flatten it');
      return NOTHING;
    }
    if (isAlias(node)) return this.#alias(node.source, node);
    const anchor = { part: null as Part | null, uses: 0 }; // filled below
    if (node.anchor) this.#anchors.set(node.anchor, anchor);
    anchor.part = isMap(node) ? this.#map(node, depth) : isSeq(node) ? this.#list(node, depth) : this.#scalar(node);
    return anchor.part;
  }

  #map(map: YAMLMap, depth: number): Part {
    if (map.items.length > TREE_LIMITS.keysMax) {
      this.#end(map, `a mapping has ${map.items.length} keys, more than ${TREE_LIMITS.keysMax}`, 'divide it');
      return NOTHING;
    }
    const entries: [string, JsonValue][] = [];
    let values = 1;
    let uses = 1;
    // as the parser makes them
    for (const { key, value } of map.items as Pair<Node | null, Node | null>[]) {
      const name = this.part(key, depth + 2);
      const wrong = this.#isOver ? null : this.#refuseKey(key);
      if (wrong) this.#snag(key, wrong.what, wrong.mend, wrong.word.length);
      const part = this.part(value, depth + 2);
      entries.push([String(name.value ?? ''), part.value]);
      values += 1 + part.values;
      uses = Math.max(uses, part.uses);
    }
    return { value: Object.fromEntries(entries), values, uses };
  }

  #list(list: { readonly items: readonly unknown[] }, depth: number): Part {
    const value: JsonValue[] = [];
    let values = 1;
    let uses = 1;
    for (const item of list.items) {
      const part = isNode(item) ? this.part(item, depth + 1) : this.#strange(isPair(item) ? item.key : item);
      value.push(part.value);
      values += part.values;
      uses = Math.max(uses, part.uses);
    }
    return { value, values, uses };
  }

  #scalar(node: Node): Part {
    const value = isScalar(node) ? node.value : undefined;
    if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      return { value, values: 1, uses: 1 };
    }
    return this.#strange(node);
  }

  #alias(name: string, node: Node): Part {
    const anchor = this.#anchors.get(name);
    if (!anchor) {
      this.#snag(node, `the alias \`*${name}\` has no anchor`, `define \`&${name}\` before it`, name.length + 1);
      return NOTHING;
    }
    if (!anchor.part) {
      const what = `the alias \`*${name}\` stands within its own anchor \`&${name}\``;
      this.#snag(node, what, 'write out what is meant', name.length + 1);
      return NOTHING;
    }
    anchor.uses += 1;
    this.#aliased += anchor.part.values;
    const uses = anchor.uses * anchor.part.uses;
    const { aliasesMax } = this.#limits;
    if (uses > aliasesMax) this.#end(this.#root, `aliases multiply beyond ${aliasesMax}`, 'write the values out');
    else if (this.#aliased > TREE_LIMITS.aliasedValuesMax) {
      this.#end(this.#root, `aliases stand for more than ${TREE_LIMITS.aliasedValuesMax} values`, 'use fewer of them');
    }
    return { ...anchor.part, uses };
  }

  #strange(node: unknown): Part {
    const what = 'this is no text, number, boolean, list or mapping';
    this.#snag(isNode(node) ? node : null, what, 'remove the tag (`!…`), or put it in quotes', 1);
    return NOTHING;
  }

  #snag(node: Node | null, what: string, mend: string, length: number): void {
    this.snags.push({ offset: node?.range?.[0] ?? 0, length, what, mend });
  }

  #end(node: Node, what: string, mend: string): void {
    const [start, end] = node.range ?? [0, 1];
    if (!this.#isOver) this.#snag(node, what, mend, node === this.#root ? end - start : 1);
    this.#isOver = true;
  }
}
