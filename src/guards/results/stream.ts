/**
 * Secrets in text that comes in pieces. In: pieces as they arrive. Out: what may be passed on so far, redacted. A
 * secret that is cut by the pieces' borders is found all the same, because the end of the text is held back until
 * what follows it is known. Memory is bounded by `HOLD_CHARS` and one private key.
 */
import { detect } from '../secret/type.ts';
import { mark } from './redact.ts';

/** Held back: longer than any credential but a private key. */
export const HOLD_CHARS = 4096;
/** Pieces are taken in such portions, so that the work per portion is bounded too. */
const PORTION_CHARS = 4096;
/** What stands before a secret and gives it away, such as `password=`, stays with it. */
const CONTEXT_CHARS = 64;
/** A private key that does not end within so many characters is redacted as far as it goes. */
export const KEY_CHARS_MAX = 20_000;

const KEY_START = '-----BEGIN ';

export class StreamRedactor {
  readonly #classes: ReadonlySet<string>;
  #held = '';
  #redactions = 0;

  constructor(classes: ReadonlySet<string>) {
    this.#classes = classes;
  }

  get redactions(): number {
    return this.#redactions;
  }

  /** @returns what may be passed on now; often empty */
  push(piece: string): string {
    let out = '';
    for (let from = 0; from < piece.length; from += PORTION_CHARS) {
      this.#held += piece.slice(from, from + PORTION_CHARS);
      if (this.#held.length > HOLD_CHARS) out += this.#release(this.#border());
    }
    return out;
  }

  /** The rest, when no more comes. */
  end(): string {
    return this.#release(this.#held.length);
  }

  /** How far the text is settled: not inside a detection, not inside an open key. */
  #border(): number {
    const limit = this.#held.length - HOLD_CHARS;
    const open = this.#openKey();
    let border = open >= 0 && open < limit && this.#held.length - open < KEY_CHARS_MAX ? open : limit;
    for (const { start, end } of detect(this.#held, this.#classes).toReversed()) {
      if (start - CONTEXT_CHARS < border && end > border) border = Math.max(0, start - CONTEXT_CHARS);
    }
    return border;
  }

  #openKey(): number {
    const start = this.#held.lastIndexOf(KEY_START);
    if (start < 0 || !/^-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/.test(this.#held.slice(start, start + 80))) return -1;
    return this.#held.includes('-----END ', start) ? -1 : start;
  }

  #release(border: number): string {
    const text = this.#held;
    this.#held = text.slice(border);
    let out = '';
    let from = 0;
    for (const detection of detect(text, this.#classes)) {
      if (detection.start >= border) break;
      out += text.slice(from, detection.start) + mark(detection);
      from = Math.min(detection.end, border);
      this.#redactions++;
    }
    return out + text.slice(from, Math.max(from, border));
  }
}
