import type { ShellCommand, ShellDialect, ShellFacts, Span, Trait, TraitKind, Write } from './facts.ts';
import type { ShellLimits } from './limits.ts';
import { ALIASES, CALLS, DESTROYS, ESCAPES, NETWORK, SHELLS } from './windows-table.ts';
import { splitWindows, type WindowsCommand } from './windows-lexer.ts';

/**
 * A careful reading of PowerShell and of the Windows command processor: commands are told apart and their words
 * unquoted; expressions are not evaluated, so every expression that could run something is reported as such.
 */
export class WindowsReader {
  readonly #dialect: 'powershell' | 'cmd';
  readonly #limits: ShellLimits;
  readonly #commands: ShellCommand[] = [];
  readonly #traits: Trait[] = [];
  readonly #writes: Write[] = [];

  constructor(dialect: 'powershell' | 'cmd', limits: ShellLimits) {
    this.#dialect = dialect;
    this.#limits = limits;
  }

  read(text: string): ShellFacts {
    this.#script(text, this.#dialect, [], null);
    const dialect: ShellDialect = this.#dialect;
    return { dialect, commands: this.#commands, traits: this.#traits, writes: this.#writes };
  }

  #script(text: string, dialect: 'powershell' | 'cmd', via: readonly string[], outer: Span | null): void {
    const whole: Span = outer ?? [0, text.length];
    if (text.length > this.#limits.lengthMax || via.length > this.#limits.nestingMax) {
      return this.#trait('unparsed', 'the script is beyond a limit', whole);
    }
    const split = splitWindows(text, dialect);
    if (!split.closed) this.#trait('unparsed', 'a quote, bracket or brace is not closed', whole);
    if (dialect === 'powershell' && CALLS.test(text)) {
      this.#trait('interpreter_escape', 'an expression runs, loads, fetches or deletes', whole);
    }
    let previous: string | null = null;
    for (const command of split.commands.slice(0, this.#limits.commandsMax)) {
      this.#run(command, via, outer ?? command.span, dialect, previous);
      previous = command.pipes ? nameOf(command, dialect) : null;
    }
    const names = new Set(split.commands.map((command) => nameOf(command, dialect)));
    if (names.has('invoke-expression') && (names.has('invoke-webrequest') || names.has('invoke-restmethod'))) {
      this.#trait('download_and_run', '`Invoke-Expression` runs what comes from the network', whole);
    }
  }

  #run(
    command: WindowsCommand,
    via: readonly string[],
    span: Span,
    dialect: 'powershell' | 'cmd',
    fed: string | null,
  ): void {
    const name = nameOf(command, dialect);
    const words = command.words.slice(1);
    for (const target of command.targets)
      this.#writes.push({ target, by: 'redirect', span, known: !/[$%!]/.test(target) });
    if (name === '') return;
    const known = !/[$%!(){}`]/.test(name) && !name.startsWith('&');
    this.#commands.push({ name, program: command.words[0] ?? '', words, via, span, known });
    if (!known && !/^\$[\w:.]+$/.test(name))
      this.#trait('dynamic', `\`${name.slice(0, 40)}\` is known only at run time`, span);
    if (NETWORK.has(name)) this.#trait('network', `\`${name}\` uses the network`, span);
    this.#judge(name, words, span, fed);
    this.#nested(name, words, via, span);
  }

  #judge(name: string, words: readonly string[], span: Span, fed: string | null): void {
    const text = words.join(' ').toLowerCase();
    if (name === 'remove-item' || name === 'rd' || name === 'rmdir' || name === 'del' || name === 'erase') {
      if (/(?:^|\s)-r(?:ec\w*)?\b|\/s\b/.test(text))
        this.#trait('recursive_delete', `\`${name}\` deletes whole trees`, span);
      else if (/\*|[a-z]:\\?$|system32|windows/.test(text))
        this.#trait('destructive', `\`${name} ${text.slice(0, 40)}\` deletes widely`, span);
    }
    if (DESTROYS.has(name) && !/^(?:\/\?|-\?|list|query|enum|\/enum)/.test(text))
      this.#trait('destructive', `\`${name}\` destroys`, span);
    if (name === 'reg' && /^(?:delete|add|import|restore|load)\b/.test(text))
      this.#trait('destructive', `\`reg ${text.slice(0, 30)}\` changes the registry`, span);
    if (/^net1?$/.test(name) && /\b(?:user|localgroup|group)\b.*\/(?:add|delete|active)/.test(text))
      this.#trait('destructive', `\`net\` changes accounts`, span);
    if (name === 'netsh' && /firewall|advfirewall/.test(text) && /\boff|disable|delete|reset\b/.test(text))
      this.#trait('destructive', '`netsh` changes the firewall', span);
    if (/^sc(?:\.exe)?$/.test(name) && /^(?:delete|stop|create|config)\b/.test(text))
      this.#trait('destructive', '`sc` changes services', span);
    if (/^(?:shutdown|taskkill)$/.test(name))
      this.#trait('destructive', `\`${name}\` stops programs or the machine`, span);
    if (name === 'start-process' && /-verb\s+runas/.test(text))
      this.#trait('privilege', '`Start-Process -Verb RunAs` raises privilege', span);
    if (name === 'runas') this.#trait('privilege', '`runas` changes the user', span);
    if (name === 'certutil' && /-(?:urlcache|decode|f)\b/.test(text))
      this.#trait('interpreter_escape', '`certutil` fetches or decodes files', span);
    if (name === 'bitsadmin' && /\/transfer|\/setnotifycmdline/.test(text))
      this.#trait('interpreter_escape', '`bitsadmin` fetches or runs', span);
    if (!ESCAPES.has(name)) return;
    const fetched = fed !== null && NETWORK.has(fed);
    if (
      fetched ||
      /(?:^|[ (])(?:curl|wget) |invoke-webrequest|invoke-restmethod|\biwr\b|\birm\b|downloadstring/.test(text)
    ) {
      this.#trait('download_and_run', `\`${name}\` runs what comes from the network`, span);
    } else this.#trait('interpreter_escape', `\`${name}\` runs what it is given`, span);
  }

  #nested(name: string, words: readonly string[], via: readonly string[], span: Span): void {
    const bare = name.replace(/\.exe$/, '');
    if (!SHELLS.has(bare)) return;
    const encoded = words.findIndex((word) => /^[-/]e(?:c|nc|ncodedcommand|n\w*)?$/i.test(word));
    if (encoded >= 0 && bare !== 'cmd') {
      this.#trait('obfuscated', `\`${bare} -EncodedCommand\` hides its script`, span);
      const script = Buffer.from(words[encoded + 1] ?? '', 'base64').toString('utf16le');
      return this.#script(script, 'powershell', [...via, `${bare} -EncodedCommand`], span);
    }
    const flag = words.findIndex((word) =>
      bare === 'cmd' ? /^\/[ckr]/i.test(word) : /^[-/]c(?:ommand)?$/i.test(word),
    );
    const rest = words
      .slice(flag < 0 ? 0 : flag + 1)
      .filter((word) => flag >= 0 || !/^[-/]/.test(word))
      .join(' ');
    if (rest !== '') return this.#script(rest, bare === 'cmd' ? 'cmd' : 'powershell', [...via, bare], span);
    if (flag < 0 && words.length === 0) this.#trait('interactive_shell', `\`${bare}\` starts a shell`, span);
  }

  #trait(kind: TraitKind, what: string, span: Span): void {
    this.#traits.push({ kind, what, span, mild: false });
  }
}

function nameOf(command: WindowsCommand, dialect: 'powershell' | 'cmd'): string {
  const first = command.words[0] ?? '';
  const last = first.slice(Math.max(first.lastIndexOf('\\'), first.lastIndexOf('/')) + 1).toLowerCase();
  const bare = last.replace(/\.(?:exe|com|bat|cmd|ps1)$/, '');
  return dialect === 'powershell' ? (ALIASES.get(bare) ?? bare) : bare;
}
