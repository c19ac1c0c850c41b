import type { Token } from '../token.ts';
import { find, hit, inOrder, type Hit, type Scene } from '../signal.ts';
import { W } from '../words-table.ts';

/** "Do not tell the user", "silently add", "without the user noticing": something is to be kept from a person. */
export function secrecy(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const { tokens, mask, words } of scene.sentences) {
    if ((mask & (W.NEGATE | W.STEALTH)) === 0) continue;
    if ((mask & W.NEGATE) !== 0) hits.push(...keepFromUser(tokens, words));
    if ((mask & W.STEALTH) !== 0) hits.push(...stealth(tokens));
  }
  return hits;
}

const UNSEEN =
  /\busers? (?:(?:should|must|need|needs|will)(?: not|n't| never)|(?:does|do)(?: not|n't) (?:need|have) to) (?:need to |be able to )?(?:see|know|notice|be (?:told|informed|aware|notified|shown|made aware))|\bkeep (?:this|it|these)\b.{0,30}\b(?:secret|hidden|private|confidential|from the user)|\bwithout (?:\w+ ){0,4}(?:knowledge|noticing|noticed|awareness|consent|telling|informing|notifying|mentioning|prompting|asking|alerting|being aware)\b.{0,20}|\bhide (?:this|it) (?:\w+ )?from|\bnot (?:an action |something )?(?:that )?(?:needs|need|has) to be (?:discussed|mentioned|reported|disclosed|shown)/;
const DEED =
  /^(?:this|it|that|these|step|action|any|about|anything|behaviou?r|process|instruction|instructions|detail|bcc|scan|filtering|operation|collection)$/;

function keepFromUser(tokens: readonly Token[], words: string): Hit[] {
  const why = 'asks to keep something from the person';
  const told = inOrder(tokens, [W.NEGATE, W.TELL, W.USER], 6);
  if (told && near(tokens, told[0] ?? 0, told[1] ?? 0))
    return [hit('secrecy.tell', 0.75, tokens, told[0] ?? 0, told[2] ?? 0, why)];
  if (isUnseen(words)) return [hit('secrecy.tell', 0.6, tokens, 0, tokens.length - 1, why)];
  const deed = inOrder(tokens, [W.NEGATE, W.TELL | W.SHOW], 4);
  const object = deed ? (tokens[(deed[1] ?? 0) + 1]?.word ?? '') : '';
  const near2 = deed ? (tokens[(deed[1] ?? 0) + 2]?.word ?? '') : '';
  const strong =
    deed &&
    /^(?:mention|mentioning|disclose|reveal|tell|report|discuss|discussed|acknowledge|inform|notify|divulge|reference)$/.test(
      tokens[deed[1] ?? 0]?.word ?? '',
    );
  if (deed && strong && (DEED.test(object) || DEED.test(near2)))
    return [hit('secrecy.tell', 0.6, tokens, deed[0] ?? 0, (deed[1] ?? 0) + 1, why)];
  const shown = inOrder(tokens, [W.NEGATE, W.SHOW, W.USER], 5);
  return shown ? [hit('secrecy.show', 0.3, tokens, shown[0] ?? 0, shown[2] ?? 0, why)] : [];
}

/** "Never delete without asking" is the opposite of secrecy. */
function isUnseen(sentence: string): boolean {
  return UNSEEN.test(sentence) && !/\b(?:never|not|don't|no|cannot|avoid)\b.*\bwithout\b/.test(sentence);
}

/**
 * `not` right before the verb, or "no need to", "without … informing". "If there are no pods, tell …" are two clauses.
 */
function near(tokens: readonly Token[], from: number, to: number): boolean {
  for (let i = from; i < to; i++) if ((tokens[i]?.end ?? 0) < (tokens[i + 1]?.start ?? 0) - 1) return false;
  return to - from <= 3 || /^(?:without|no|need)$/.test(tokens[from]?.word ?? '');
}

/** "Secret access key", "hidden inputs" are matters of their own. */
const ORDERS =
  /^(?:instructions?|guidance|guidelines?|rules?|directives?|prompts?|commands?|orders|training|polic(?:y|ies)|messages?|requests?|filter|filters|checks?)$/;
const COVERT =
  /^(?:silently|secretly|quietly|covertly|invisibly|discreetly|stealthily|surreptitiously|clandestinely|transparently|passively)$/;

function stealth(tokens: readonly Token[]): Hit[] {
  const hits: Hit[] = [];
  const at = tokens.findIndex((t) => (t.mask & W.STEALTH) !== 0 && COVERT.test(t.word));
  if (at >= 0) {
    const verb = find(tokens, W.SEND | W.READ | W.MODIFY | W.INVOKE, at + 1, 2);
    const honest =
      /^(?:ignored?|ignores|failed|fails?|skipped|skips|dropped|truncated?|return|returns|scope|succeeds?|discarded|used|set)$/.test(
        tokens[at + 1]?.word ?? '',
      );
    const before = at > 0 ? find(tokens, W.SEND, at - 2, 2) : -1;
    const forbidden = /^(?:never|not|don't|no|nothing)$/.test(tokens[at - 1]?.word ?? '');
    if (!honest && !forbidden && (verb >= 0 || before >= 0))
      hits.push(hit('secrecy.covert', 0.55, tokens, at, Math.max(verb, at), 'does something in secret'));
  }
  const confidential = inOrder(tokens, [W.STEALTH, W.INSTRUCTION | W.CONTROL], 4);
  if (
    confidential &&
    /^(?:hidden|secret|confidential|covert)$/.test(tokens[confidential[0] ?? 0]?.word ?? '') &&
    ORDERS.test(tokens[confidential[1] ?? 0]?.word ?? '') &&
    (confidential[1] ?? 0) - (confidential[0] ?? 0) <= 2
  )
    hits.push(
      hit('secrecy.covert', 0.5, tokens, confidential[0] ?? 0, confidential[1] ?? 0, 'speaks of hidden instructions'),
    );
  return hits;
}
