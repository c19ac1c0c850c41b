import type { ArgumentSettings } from '../core/argument-type.ts';
import type { Question } from './policy.ts';
import type { Seen, Viewer, ViewKind } from './views.ts';

/** One question while it is being answered: what was derived from it is kept, so that no rule derives it again. */
export class Facts {
  readonly question: Question;
  readonly settings: ArgumentSettings;
  /** Steps of pattern matching spent on this question. */
  readonly work = { steps: 0 };
  /** The CEL context, made once when the first `when` asks. */
  expressionContext: object | null = null;
  readonly #viewer: Viewer;
  #seenText: string | null = null;
  #seenKind: ViewKind | null = null;
  #seen: Seen | null = null;
  #more: Map<string, Seen> | null = null;

  constructor(question: Question, viewer: Viewer) {
    this.question = question;
    this.settings = { roots: question.roots };
    this.#viewer = viewer;
  }

  /** The views of a text; the last one is at hand, earlier ones in a map: most questions have one text. */
  see(text: string, kind: ViewKind): Seen {
    if (this.#seen !== null) {
      if (this.#seenText === text && this.#seenKind === kind) return this.#seen;
      this.#more ??= new Map();
      this.#more.set(`${this.#seenKind}:${this.#seenText}`, this.#seen);
    }
    const seen = this.#more?.get(`${kind}:${text}`) ?? this.#viewer.see(text, kind);
    this.#seenText = text;
    this.#seenKind = kind;
    this.#seen = seen;
    return seen;
  }
}
