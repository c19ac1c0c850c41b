/**
 * The approvals room: was exactly this call granted by a person, or else, who is to be asked?
 * Enters: what a decision obliges to, and the call. Leaves: null when nothing is owed or everything was granted, else
 * the refusal. Must never happen here: a yes that no person gave.
 */
import type { Resolved } from '../core/call.ts';
import type { Obligation } from '../core/decision.ts';
import { refuse, type Refusal } from '../core/refusal.ts';

/** What the walk asks of this room, after the limits and before the record. */
export interface Approvals {
  /** @returns why the call may not go on; null when nobody's approval is missing */
  demand(obligations: readonly Obligation[], call: Resolved): Promise<Refusal | null>;
}

/**
 * The room without furniture: there is no channel to a person and nowhere to keep an answer, so whatever needs an
 * approval is refused and says why. Nothing waits, nothing is remembered, no answer can be given.
 */
export class NobodyToAsk implements Approvals {
  demand(obligations: readonly Obligation[], { id }: Pick<Resolved, 'id'>): Promise<Refusal | null> {
    const owed = obligations.find((one) => one.kind === 'approve');
    if (!owed) return NOTHING_OWED;
    const detail = `rule \`${owed.rule}\` asks for the approval of call ${id}, and there is no channel to ask anybody`;
    return Promise.resolve(refuse('APPROVAL_REQUIRED', NOBODY, { detail }));
  }
}

const NOTHING_OWED = Promise.resolve(null);
const NOBODY =
  'this call needs the approval of a person, and this gateway has no way to ask one yet; ' +
  'do not try it again, tell your user what you wanted to do';
