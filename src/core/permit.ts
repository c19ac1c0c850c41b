import type { Resolved } from './call.ts';
import { invariant } from './invariant.ts';
import type { JsonObject } from './json.ts';

/** What may go upstream: the judged call and the params to serialise, built from the judged value. */
export interface Judged {
  readonly call: Resolved;
  /** Params in the upstream's own naming, without any `_meta` of Veto's or of the client's transport. */
  readonly params: JsonObject;
}

/**
 * Proof that a call was decided and durably recorded; usable once. `forward()` takes nothing else.
 * Only `gateway/pipeline.ts` may grant one (the tidy test sees to it).
 */
export class Permit {
  readonly #judged: Judged;
  #spent = false;

  private constructor(judged: Judged) {
    this.#judged = judged;
  }

  static grant(judged: Judged): Permit {
    return new Permit(judged);
  }

  /** @throws Bug when spent before */
  spend(): Judged {
    invariant(!this.#spent, 'a permit was spent twice');
    this.#spent = true;
    return this.#judged;
  }
}
