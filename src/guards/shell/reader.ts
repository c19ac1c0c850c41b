import { parse } from 'unbash';
import type { Arg, ShellCommand, ShellFacts, Span, Trait, TraitKind, Write } from './facts.ts';
import { invoke } from './invoke.ts';
import { isKeyNotation } from './keys.ts';
import { breaksLimit, type ShellLimits } from './limits.ts';
import type { Frame, Reading } from './reading.ts';
import { gatherScope } from './scope.ts';
import { walkScript } from './walk.ts';
import { WindowsReader } from './windows.ts';

const OUTERMOST: Frame = { via: [], span: null, depth: 0, input: null, elsewhere: false };

/** One reading of one text as POSIX shell or bash. */
export class Reader implements Reading {
  readonly limits: ShellLimits;
  readonly texts = new Map<string, string>();
  readonly fetched = new Set<string>();
  readonly traits: Trait[] = [];
  readonly commands: ShellCommand[] = [];
  readonly #writes: Write[] = [];
  #nestedLength = 0;
  full = false;

  constructor(limits: ShellLimits) {
    this.limits = limits;
  }

  read(text: string): ShellFacts {
    if (isKeyNotation(text)) this.trait('keys', 'it names keys, and no shell runs any of it', [0, text.length]);
    else this.script(text, OUTERMOST);
    return this.facts();
  }

  facts(): ShellFacts {
    return { dialect: 'posix', commands: this.commands, traits: this.traits, writes: this.#writes };
  }

  command(command: ShellCommand): boolean {
    if (this.commands.length < this.limits.commandsMax) {
      this.commands.push(command);
      return true;
    }
    if (!this.full) this.trait('unparsed', 'more commands than the limit `commandsMax`', command.span);
    this.full = true;
    return false;
  }

  trait(kind: TraitKind, what: string, span: Span, mild = false): void {
    this.traits.push({ kind, what, span, mild });
  }

  write(write: Write): void {
    this.#writes.push(write);
  }

  script(text: string, frame: Frame, positional: readonly Arg[] = []): void {
    const whole = frame.span ?? [0, text.length];
    const limit = this.#limitBrokenBy(text, frame);
    if (limit !== null) return this.trait('unparsed', `the script is beyond the limit \`${limit}\``, whole);
    const tree = parseSafely(text);
    if (tree === null) return this.trait('unparsed', 'the script cannot be read as shell', whole);
    const error = tree.errors?.[0];
    if (error !== undefined) {
      this.trait('unparsed', `it is not valid shell: ${error.message}`, frame.span ?? [error.pos, text.length]);
    }
    if (text.includes('\0')) this.trait('unparsed', 'a NUL character ends the text for some programs', whole);
    walkScript(tree, text, frame, gatherScope(tree, text, positional), this);
  }

  run(args: readonly Arg[], frame: Frame, span: Span): void {
    if (frame.depth > this.limits.nestingMax) {
      return this.trait('unparsed', 'commands are nested beyond the limit `nestingMax`', span);
    }
    // Beyond the limit the text is a finding already, and what else it holds changes nothing.
    if (!this.full) invoke(args, frame, span, this);
  }

  foreign(text: string, dialect: 'powershell' | 'cmd', frame: Frame, span: Span): void {
    const limit = this.#limitBrokenBy(text, { ...frame, depth: frame.depth + 1 });
    if (limit !== null) return this.trait('unparsed', `the script is beyond the limit \`${limit}\``, span);
    const facts = new WindowsReader(dialect, this.limits, readProgramWith(this.limits)).read(text);
    for (const command of facts.commands) {
      if (!this.command({ ...command, via: [...frame.via, ...command.via], span })) return;
    }
    for (const { kind, what, mild } of facts.traits) this.trait(kind, what, span, mild);
    for (const write of facts.writes) this.write({ ...write, span });
  }

  #limitBrokenBy(text: string, frame: Frame): keyof ShellLimits | null {
    if (frame.depth > this.limits.nestingMax) return 'nestingMax';
    if (frame.depth > 0) this.#nestedLength += text.length;
    if (this.#nestedLength > this.limits.nestedLengthMax) return 'nestedLengthMax';
    return breaksLimit(text, this.limits);
  }
}

/** Reads one program and its words, without a shell around them. */
export const readProgramWith =
  (limits: ShellLimits) =>
  (args: readonly Arg[], span: Span): ShellFacts => {
    const reader = new Reader(limits);
    reader.run(args, { ...OUTERMOST, span }, span);
    return reader.facts();
  };

/** The parser recovers from errors by itself; what it throws (deep recursion) is treated as unreadable text. */
function parseSafely(text: string): ReturnType<typeof parse> | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}
