/** A word, a quoted piece, a path or an address, with what it can do. */
export interface Token {
  readonly start: number;
  readonly end: number;
  /** Lower case. */
  readonly word: string;
  /** Bits of `W`. */
  mask: number;
  /** Bits of `CUE`. */
  readonly cues: number;
  /** Bits of `A`. */
  readonly acts: number;
  readonly quoted: boolean;
  /** `snake_case`, `camelCase`, `kebab-case` or dotted: looks like the name of something callable. */
  readonly identifier: boolean;
  /** An email address. */
  readonly email: boolean;
}

/** What names mean from where the text stands. */
export interface Names {
  /** The definition's own name, lower case. */
  readonly self: string;
  /** Its own parameters, lower case. */
  readonly parameters: ReadonlySet<string>;
  /** Names of other tools that are known to exist, lower case. */
  readonly others: ReadonlySet<string>;
  /** Those of them that the same server offers, lower case. */
  readonly siblings: ReadonlySet<string>;
  /** What the tool is about: its name and the first words of its description, lower case. */
  readonly topic: string;
  /** The same as bits of `A`: the deeds and matters that belong to its work. */
  readonly purpose: number;
}
