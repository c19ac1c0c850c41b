/** Start and end (exclusive) in UTF-16 code units of the text that was read. */
export type Span = readonly [number, number];

/** How the text is read: by a POSIX shell or bash, by PowerShell, or by the Windows command processor. */
export type ShellDialect = 'posix' | 'powershell' | 'cmd';

/** A simple command, after quotes, expansions that can be known, and wrappers were taken away. */
export interface ShellCommand {
  /** Last path segment of the program: `rm` for `/bin/rm`. Source text when it is known only at run time. */
  readonly name: string;
  readonly program: string;
  readonly words: readonly string[];
  /** What led here, outermost first: `['sudo', 'bash -c', '$()']`. */
  readonly via: readonly string[];
  readonly span: Span;
  /** False when the name is known only at run time. */
  readonly known: boolean;
}

export type TraitKind =
  | 'substitution'
  | 'pipe_to_shell'
  | 'download_and_run'
  | 'privilege'
  | 'recursive_delete'
  | 'destructive'
  | 'interpreter_escape'
  | 'interactive_shell'
  | 'remote_shell'
  | 'network'
  | 'obfuscated'
  | 'dynamic'
  | 'keys'
  | 'unparsed';

/** Something a policy may ask about. Not a verdict. */
export interface Trait {
  readonly kind: TraitKind;
  /** One clause, lower case, naming the piece of input that shows it. */
  readonly what: string;
  readonly span: Span;
  /** The ordinary, harmless form: a one-liner that only computes, a deletion inside a temporary directory. */
  readonly mild: boolean;
}

/** A file the text writes, replaces, moves or removes. */
export interface Write {
  readonly target: string;
  /** `redirect` or the program that writes. */
  readonly by: string;
  readonly span: Span;
  /** False when the target is known only at run time; `target` is then its source text. */
  readonly known: boolean;
}

export interface ShellFacts {
  readonly dialect: ShellDialect;
  readonly commands: readonly ShellCommand[];
  readonly traits: readonly Trait[];
  readonly writes: readonly Write[];
}

/** One word after expansion. */
export interface Arg {
  readonly text: string;
  /** False when part of it is known only at run time; that part stays as its source text. */
  readonly sure: boolean;
}
