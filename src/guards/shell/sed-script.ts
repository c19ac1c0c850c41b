/** What a sed script does beyond editing: the piece that shows it, or null. Undefined when it is no sed script. */
export type SedReach = string | null | undefined;

/**
 * Reads a script by the grammar of POSIX `sed` with GNU's additions, looking for what leaves the text: the command
 * `e` and the flag `e` of `s`, which run commands, and `w`, `W` and the flag `w`, which write files.
 * @param script the script; linear in its length
 */
export function sedReach(script: string): SedReach {
  const reader = new SedReader(script);
  return reader.read();
}

/** `w` to these names a stream, not a file. */
const STREAM = /^\/dev\/(?:null|std(?:in|out|err))$/;

class SedReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): SedReach {
    while (this.#skip(/[\s;]*/y)) {
      if (!this.#address()) return undefined;
      const command = this.#text[this.#at++];
      if (command === undefined) return this.#text.trim() === '' ? null : undefined;
      const reach = this.#command(command);
      if (reach !== null) return reach;
    }
    return null;
  }

  /** @returns false at the end of the script */
  #skip(pattern: RegExp): boolean {
    this.#match(pattern);
    return this.#at < this.#text.length;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  /** Addresses before a command. @returns false when one is not closed */
  #address(): boolean {
    for (let count = 0; count < 2; count++) {
      this.#match(/[ \t]*/y);
      const c = this.#text[this.#at];
      if (c === '/' || c === '\\') {
        if (c === '\\') this.#at++;
        if (!this.#delimited(1)) return false;
        this.#match(/[IM]*/y);
      } else this.#match(/[+~]?\d+(?:~\d+)?|\$/y);
      this.#match(/[ \t]*/y);
      if (this.#text[this.#at] !== ',') break;
      this.#at++;
    }
    this.#match(/[ \t]*!*[ \t]*/y);
    return true;
  }

  /**
   * Steps over `/…/`, or `/…/…/` for two parts, whatever the delimiter; in the bracket expression of a pattern it is an
   * ordinary character. @returns false when it is not closed
   */
  #delimited(parts: number, pattern = true): boolean {
    const delimiter = this.#text[this.#at++];
    for (let left = parts; left > 0; this.#at++) {
      const c = this.#text[this.#at];
      if (c === undefined) return false;
      if (c === '\\') this.#at++;
      else if (c === delimiter) left--;
      else if (c === '[' && pattern && left === parts) this.#match(/\[\^?\]?(?:\[:\w+:\]|[^\]])*/y);
    }
    return true;
  }

  #command(command: string): SedReach {
    if (/[=dDgGhHnNpPxzF]/.test(command)) return this.#separated();
    switch (command) {
      case '{':
      case '}':
        return null;
      case '#':
        this.#match(/[^\n]*/y);
        return null;
      case ':':
      case 'b':
      case 't':
      case 'T':
        this.#match(/[ \t]*[^;\n}]*/y);
        return null;
      case 'q':
      case 'Q':
      case 'l':
      case 'L':
        this.#match(/[ \t]*\d*/y);
        return this.#separated();
      case 'a':
      case 'i':
      case 'c':
        this.#match(/(?:\\[^]|[^\\\n])*/y);
        return null;
      case 'r':
      case 'R':
      case 'v':
        this.#match(/[^\n]*/y);
        return null;
      case 'e':
        return `e${this.#match(/[^\n]*/y)}`;
      case 'w':
      case 'W':
        return this.#writes();
      case 'y':
        return this.#delimited(2, false) ? this.#separated() : undefined;
      case 's':
        return this.#substitute();
      default:
        return undefined;
    }
  }

  #substitute(): SedReach {
    const start = this.#at - 1;
    if (!this.#delimited(2)) return undefined;
    const flags = this.#match(/[gpiImMe0-9]*/y);
    if (flags.includes('e')) return this.#text.slice(start, this.#at);
    if (this.#text[this.#at] !== 'w') return this.#separated();
    this.#at++;
    return this.#writes();
  }

  #writes(): SedReach {
    const target = this.#match(/[^\n]*/y).trim();
    return target.startsWith('/') && !STREAM.test(target) ? `w ${target}` : null;
  }

  /** A command without text ends at a separator. */
  #separated(): SedReach {
    this.#match(/[ \t]*/y);
    const next = this.#text[this.#at];
    return next === undefined || /[;\n}#]/.test(next) ? null : undefined;
  }
}
