import type { Arg, ShellCommand, ShellDialect, ShellFacts, Span, Trait, TraitKind, Write } from './facts.ts';
import type { ShellLimits } from './limits.ts';
import { ALIASES, CALLS, DESTROYS, ESCAPES, INTERNAL, NETWORK, RULES, SHELLS, WRITERS } from './windows-table.ts';
import { splitWindows, type WindowsCommand } from './windows-lexer.ts';

type Dialect = 'powershell' | 'cmd';

/** Reads a program that is the same on every system, by what its own words say. */
export type ReadProgram = (args: readonly Arg[], span: Span) => ShellFacts;

/** Where a script stands. */
interface Place {
  readonly dialect: Dialect;
  readonly via: readonly string[];
  readonly span: Span | null;
}

/**
 * A careful reading of PowerShell and of the Windows command processor: commands are told apart and their words
 * unquoted; expressions are not evaluated, so every expression that could run something is reported as such. Programs
 * that are the same on every system (`git`, `docker`, `python`) are read as elsewhere.
 */
export class WindowsReader {
  readonly #dialect: Dialect;
  readonly #limits: ShellLimits;
  readonly #readProgram: ReadProgram;
  readonly #commands: ShellCommand[] = [];
  readonly #traits: Trait[] = [];
  readonly #writes: Write[] = [];
  /** Files fetched by this text, by their last segment. */
  readonly #fetched = new Set<string>();

  constructor(dialect: Dialect, limits: ShellLimits, readProgram: ReadProgram) {
    this.#dialect = dialect;
    this.#limits = limits;
    this.#readProgram = readProgram;
  }

  read(text: string): ShellFacts {
    this.#script(text, { dialect: this.#dialect, via: [], span: null });
    const dialect: ShellDialect = this.#dialect;
    return { dialect, commands: this.#commands, traits: this.#traits, writes: this.#writes };
  }

  #script(text: string, place: Place): void {
    const whole: Span = place.span ?? [0, text.length];
    if (text.length > this.#limits.lengthMax || place.via.length > this.#limits.nestingMax) {
      return this.#trait('unparsed', 'the script is beyond a limit', whole);
    }
    const split = splitWindows(text, place.dialect);
    if (!split.closed) this.#trait('unparsed', 'a quote, bracket or brace is not closed', whole);
    if (place.dialect === 'powershell' && CALLS.test(text)) {
      this.#trait('interpreter_escape', 'an expression runs, loads, fetches or deletes', whole);
    }
    let fed: WindowsCommand | null = null;
    for (const command of split.commands) {
      if (this.#commands.length >= this.#limits.commandsMax) {
        return this.#trait('unparsed', 'more commands than the limit `commandsMax`', whole);
      }
      this.#run(command, { ...place, span: place.span ?? command.span }, fed);
      fed = command.pipes ? command : null;
    }
    const names = new Set(split.commands.map((command) => nameOf(command, place.dialect)));
    if (names.has('invoke-expression') && (names.has('invoke-webrequest') || names.has('invoke-restmethod'))) {
      this.#trait('download_and_run', '`Invoke-Expression` runs what comes from the network', whole);
    }
  }

  #run(given: WindowsCommand, place: Place, fed: WindowsCommand | null): void {
    const span = place.span ?? given.span;
    for (const target of given.targets) this.#write(target, 'redirect', span);
    const command = place.dialect === 'cmd' ? withoutPrefix(given) : given;
    const name = nameOf(command, place.dialect);
    if (name === '') return;
    if (this.#commands.length >= this.#limits.commandsMax) return;
    const words = command.words.slice(1);
    const program = command.words[0] ?? '';
    const known = !/[$%!(){}`]/.test(name) && !name.startsWith('&');
    this.#commands.push({ name, program, words, via: place.via, span, known });
    if (!known && !/^\$[\w:.]+$/.test(name))
      this.#trait('dynamic', `\`${name.slice(0, 40)}\` is known only at run time`, span);
    if (NETWORK.has(name)) this.#trait('network', `\`${name}\` uses the network`, span);
    this.#rememberFetched(name, words);
    if ([program, ...words.slice(0, 2)].some((word) => this.#fetched.has(lastSegmentOf(word)))) {
      if (!NETWORK.has(name)) this.#trait('download_and_run', `\`${name}\` runs what this text fetches`, span);
    }
    this.#judge(name, words, span, fed, place.dialect);
    this.#noteWrites(name, words, span);
    if (!this.#nested(name, words, { ...place, span })) this.#ask(name, words, span);
  }

  #rememberFetched(name: string, words: readonly string[]): void {
    if (!NETWORK.has(name) && name !== 'curl' && name !== 'wget') return;
    for (const [i, word] of words.entries()) {
      const to = /^(?:-o|-out\w*|--output|-destination)$/i.test(words[i - 1] ?? '');
      if (to || (name === 'start-bitstransfer' && i > 0)) this.#fetched.add(lastSegmentOf(word));
    }
  }

  #judge(name: string, words: readonly string[], span: Span, fed: WindowsCommand | null, dialect: Dialect): void {
    const text = words.join(' ').toLowerCase();
    if (/^(?:remove-item|rd|rmdir|del|erase)$/.test(name)) this.#noteDeletion(name, text, span, fed);
    if (DESTROYS.has(name) && !/^(?:\/\?|-\?|list|query|enum|\/enum)/.test(text))
      this.#trait('destructive', `\`${name}\` destroys`, span);
    for (const rule of RULES) {
      if (rule.names.test(name) && rule.words.test(text)) this.#trait(rule.kind, `\`${name}\` ${rule.what}`, span);
    }
    const source = fed === null ? null : nameOf(fed, dialect);
    if (name === 'stop-process' && source === 'get-process' && fed?.words.length === 1)
      this.#trait('destructive', '`Stop-Process` ends every program', span);
    if (!ESCAPES.has(name)) return;
    const fetched = source !== null && NETWORK.has(source);
    if (
      fetched ||
      /(?:^|[ (])(?:curl|wget) |invoke-webrequest|invoke-restmethod|\biwr\b|\birm\b|downloadstring/.test(text)
    ) {
      this.#trait('download_and_run', `\`${name}\` runs what comes from the network`, span);
    } else this.#trait('interpreter_escape', `\`${name}\` runs what it is given`, span);
  }

  #noteDeletion(name: string, text: string, span: Span, fed: WindowsCommand | null): void {
    const listed = fed !== null && /(?:^|\s)-r(?:ec\w*)?\b/i.test(fed.words.join(' '));
    if (listed || /(?:^|\s)-r(?:ec\w*)?\b|\/s\b/.test(text))
      this.#trait('recursive_delete', `\`${name}\` deletes whole trees`, span);
    else if (/\*|[a-z]:\\?$|system32|windows/.test(text))
      this.#trait('destructive', `\`${name} ${text.slice(0, 40)}\` deletes widely`, span);
  }

  #noteWrites(name: string, words: readonly string[], span: Span): void {
    const where = WRITERS.get(name);
    if (where === undefined) return;
    const named = words.findIndex((word) => /^-(?:path|literalpath|filepath|destination)$/i.test(word));
    const plain = words.filter((word) => !/^[-/]/.test(word));
    const target = named >= 0 ? words[named + 1] : where === 'first' ? plain[0] : plain.at(-1);
    if (target !== undefined) this.#write(target, name, span);
  }

  #write(target: string, by: string, span: Span): void {
    this.#writes.push({ target, by, span, known: !/[$%!]/.test(target) });
  }

  /** Reads a script among the words. @returns true when the program is a shell */
  #nested(name: string, words: readonly string[], place: Place): boolean {
    const span = place.span ?? [0, 0];
    if (name === 'start-process' || name === 'runas') {
      const rest = words.filter((word) => !/^[-/]/.test(word) && !/^runas$/i.test(word)).join(' ');
      this.#script(rest, { ...place, dialect: 'cmd', via: [...place.via, name] });
      return true;
    }
    if (!SHELLS.has(name)) return false;
    const encoded = words.findIndex((word) => /^[-/]e(?:c|nc|ncodedcommand|n\w*)?$/i.test(word));
    if (encoded >= 0 && name !== 'cmd') {
      this.#trait('obfuscated', `\`${name} -EncodedCommand\` hides its script`, span);
      const script = Buffer.from(words[encoded + 1] ?? '', 'base64').toString('utf16le');
      this.#script(script, { ...place, dialect: 'powershell', via: [...place.via, `${name} -EncodedCommand`] });
      return true;
    }
    const flag = words.findIndex((word) => (name === 'cmd' ? /^\/[ckr]/i.test(word) : /^[-/]c(?:o\w*)?$/i.test(word)));
    const rest = words
      .slice(flag < 0 ? 0 : flag + 1)
      .filter((word) => flag >= 0 || !/^[-/]/.test(word))
      .join(' ');
    const dialect = name === 'cmd' ? 'cmd' : 'powershell';
    if (rest !== '') this.#script(rest, { ...place, dialect, via: [...place.via, name] });
    else if (flag < 0 && words.length === 0) this.#trait('interactive_shell', `\`${name}\` starts a shell`, span);
    return true;
  }

  /** A program that is neither a cmdlet nor the command processor's own is read as on other systems. */
  #ask(name: string, words: readonly string[], span: Span): void {
    if (!/^[a-z][\w.+]*$/.test(name) || INTERNAL.has(name) || DESTROYS.has(name) || ESCAPES.has(name)) return;
    const sure = (text: string): Arg => ({ text, sure: !/[$%]/.test(text) });
    const facts = this.#readProgram([{ text: name, sure: true }, ...words.map(sure)], span);
    this.#commands.push(...facts.commands.slice(1));
    this.#traits.push(...facts.traits.filter((trait) => trait.kind !== 'network'));
    this.#writes.push(...facts.writes);
  }

  #trait(kind: TraitKind, what: string, span: Span): void {
    this.#traits.push({ kind, what, span, mild: false });
  }
}

const lastSegmentOf = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/')) + 1).toLowerCase();

function nameOf(command: WindowsCommand, dialect: Dialect): string {
  const last = lastSegmentOf(command.words[0] ?? '');
  const bare = last.replace(/\.(?:exe|com|bat|cmd|ps1)$/, '');
  return dialect === 'powershell' ? (ALIASES.get(bare) ?? bare) : bare;
}

/** The command processor's `@`, `call`, `start`, `for … do` and `if … ` in front of a command. */
function withoutPrefix(command: WindowsCommand): WindowsCommand {
  const words = [...command.words];
  for (let first = words[0]?.toLowerCase(); first !== undefined; first = words[0]?.toLowerCase()) {
    if (first.startsWith('@') && first.length > 1) words[0] = words[0]?.slice(1) ?? '';
    else if (first === '@' || first === 'call' || first === 'do') words.shift();
    else if (first === 'start' && words.length > 1) {
      words.shift();
      while (words.length > 1 && /^\/|^$/.test(words[0] ?? '')) words.shift();
    } else if (first === 'for' && words.some((word) => word.toLowerCase() === 'do')) {
      words.splice(0, words.findIndex((word) => word.toLowerCase() === 'do') + 1);
    } else break;
  }
  return { ...command, words };
}
