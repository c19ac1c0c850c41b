import { A } from '../acts-table.ts';
import type { Order } from '../acts.ts';
import type { Sentence } from '../sentences.ts';
import { hit, type Hit, type Scene } from '../signal.ts';

/** A sentence with the orders it gives, as the rules about orders look at it. */
export interface Seen {
  readonly scene: Scene;
  readonly sentence: Sentence;
  readonly given: readonly Order[];
  /** Whether it is the sentence that says what the tool is for. */
  readonly opening: boolean;
}

/** A hit over the whole sentence. */
export function all(code: string, weight: number, { sentence }: Seen, why: string): Hit {
  return hit(code, weight, sentence.tokens, 0, sentence.tokens.length - 1, why);
}

/** Account numbers, wallets, telephone numbers, networks. */
const LITERAL =
  /\b(?:[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?|0x[0-9a-f]{16,}|bc1[a-z0-9]{20,}|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?|(?:[\w-]+\.)+(?:com|net|org|io|dev|xyz|shop|info|cc|ru|co|app|biz|top|me)(?:\/\S*)?)(?=\s|$)|\+\d{9,15}\b/;

/** Whether a sentence names an account, an address or the like. */
export function namesValue({ acts, words }: Sentence): boolean {
  return (acts & A.ODD) !== 0 && LITERAL.test(words);
}
