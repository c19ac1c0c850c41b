import { A } from '../acts-table.ts';
import type { Order } from '../acts.ts';
import { hit, type Hit } from '../signal.ts';
import { W } from '../words-table.ts';
import { speaksOfMatters } from './demands.ts';
import { namesValue, type Seen } from './seen.ts';

const EFFECTS = A.SHIP | A.WRECK | A.PAY | A.GRANT | A.OFF;
const BY_AGENT = EFFECTS | A.RUN | A.CARRY | A.TAKE | A.ALTER | A.SAY | A.FOLLOW;
const BASE: Readonly<Record<Order['voice'], number>> = { agent: 0.5, passive: 0.3, you: 0.3, imperative: 0.25 };
/** From this length on a description is a manual, and manuals give orders. */
const MANUAL_SENTENCES = 24;
const ADDED =
  /\b(?:also|additionally|in addition|as well|afterwards|beforehand|at once|immediately|right away|on top of|in parallel)\b/;
const CARES =
  /\b(?:ask(?:s|ed)? (?:the )?users?|confirm (?:with|before)|the users? (?:to|for|explicitly|should|can|may)|unless (?:the )?user|to switch|only (?:if|when) (?:the )?user|relay the|the (?:error|message|limit) )\b/;

/** "logout (drop token)": says what a word means. */
function isGloss({ scene, sentence }: Seen, { at, voice }: Order): boolean {
  return voice === 'imperative' && scene.text[(sentence.tokens[at]?.start ?? 0) - 1] === '(';
}

/** "Skip this verification when …": the work of this very tool. */
function isOwnStep({ scene, sentence: { tokens } }: Seen, { at, deed }: Order): boolean {
  if ((deed & A.OFF) === 0 || !/^(?:this|it)$/.test(tokens[at + 1]?.word ?? '')) return false;
  return scene.names.topic.includes(tokens[at + 2]?.word.slice(0, 5) ?? ' ');
}

/**
 * A deed that the tool's name and first words do not own up to. Honest descriptions hardly ever order one, so every
 * further sign beside it counts: a scope, an address, somebody's belongings, a condition.
 */
export function foreignDeed(seen: Seen): Hit | null {
  const { sentence, given, scene, opening } = seen;
  if (opening || scene.about === 'server' || scene.field === 'other' || (scene.names.purpose & A.AGENT) !== 0)
    return null;
  const deed = given.find(
    (order) =>
      !order.negated &&
      (order.deed & (order.voice === 'agent' ? BY_AGENT : EFFECTS)) !== 0 &&
      ((order.deed & EFFECTS) === 0 || (order.deed & EFFECTS & scene.names.purpose) === 0),
  );
  if (deed && (isGloss(seen, deed) || isOwnStep(seen, deed))) return null;
  if (!deed || (scene.field === 'parameter' && deed.voice !== 'agent')) return null;
  const { acts, mask, words } = sentence;
  let weight = BASE[deed.voice];
  if (deed.voice === 'imperative' && scene.sentences.length > MANUAL_SENTENCES) weight -= 0.15;
  const belongings = speaksOfMatters(words) || (mask & (W.SINK | W.SECRET_PLACE)) !== 0;
  if ((deed.deed & EFFECTS) === 0) weight -= belongings ? 0.1 : 0.25;
  if ((mask & (W.SINK | W.SECRET_PLACE)) !== 0 || namesValue(sentence)) weight += 0.15;
  if ((acts & A.WIDE) !== 0) weight += 0.1;
  if ((deed.deed & (A.WRECK | A.PAY)) !== 0) weight += 0.12;
  if (belongings || (acts & A.GUARD) !== 0) weight += 0.1;
  if ((acts & A.CONDITION) !== 0) weight += 0.06;
  if ((acts & A.FIRST) !== 0) weight += 0.06;
  if ((mask & (W.STEALTH | W.OTHER_TOOL)) !== 0) weight += 0.1;
  if (ADDED.test(words)) weight += 0.1;
  if (CARES.test(words)) weight -= 0.25;
  if (weight < 0.2) return null;
  return hit(
    'intrusion.deed',
    Math.min(0.65, weight),
    sentence.tokens,
    deed.at,
    sentence.tokens.length - 1,
    'orders a deed that its work does not need',
  );
}
