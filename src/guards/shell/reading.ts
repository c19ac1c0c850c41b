import type { Arg, ShellCommand, Span, Trait, TraitKind, Write } from './facts.ts';
import type { ShellLimits } from './limits.ts';

/** What a command reads on its standard input. */
export interface Input {
  /** The text, where it can be known without running anything. */
  readonly text: string | null;
  /** Some command before it in the pipe fetches from the network. */
  readonly fetched: boolean;
  /** It was decoded on the way (`base64 -d`, `xxd -r`). */
  readonly decoded: boolean;
  /** The program before it prints settings for the calling shell (`brew shellenv`, `kubectl completion bash`). */
  readonly settings?: boolean;
}

/** Where in the nesting a command or script stands. */
export interface Frame {
  readonly via: readonly string[];
  /** Span in the outermost text, fixed as soon as the nested text has positions of its own. */
  readonly span: Span | null;
  readonly depth: number;
  readonly input: Input | null;
  /** The program runs on another machine or in a container. */
  readonly elsewhere: boolean;
}

/** Values that names may hold at run time; a value that cannot be known is null. */
export type Scope = ReadonlyMap<string, readonly (string | null)[]>;

/**
 * One reading in progress: the parts of the room add to it and ask it to go deeper. Keeps the parts free of
 * imports of one another.
 */
export interface Reading {
  readonly limits: ShellLimits;
  /** Texts that this script writes to files, by path, for `echo … > x; sh x`. */
  readonly texts: Map<string, string>;
  /** Paths that this script fetches from the network. */
  readonly fetched: Set<string>;
  readonly traits: readonly Trait[];
  /** Commands named so far, no more than the limit. */
  readonly commands: readonly ShellCommand[];
  /** The limit on commands is reached: the text is a finding, and what else it holds changes nothing. */
  readonly full: boolean;
  command(command: ShellCommand): boolean;
  trait(kind: TraitKind, what: string, span: Span, mild?: boolean): void;
  write(write: Write): void;
  script(text: string, frame: Frame, positional?: readonly Arg[]): void;
  run(args: readonly Arg[], frame: Frame, span: Span): void;
  /** Reads a script of another shell's language. */
  foreign(text: string, dialect: 'powershell' | 'cmd', frame: Frame, span: Span): void;
}

export const within = (frame: Frame, label: string, change: Partial<Frame> = {}): Frame => ({
  ...frame,
  via: [...frame.via, label],
  depth: frame.depth + 1,
  ...change,
});
