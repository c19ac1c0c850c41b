import { A } from '../acts-table.ts';
import type { Order, Voice } from '../acts.ts';
import type { Sentence } from '../sentences.ts';
import { hit, type Hit, type Scene } from '../signal.ts';
import { W } from '../words-table.ts';
import type { Seen } from './seen.ts';

/** What only its owner should hand out. Read in the words of a sentence, lower case. */
const SECRET =
  /\b(?:(?:private|ssh|api|access|secret|signing|encryption|master|deploy|account|gpg|recovery) keys?|(?:api|access|refresh|auth|oauth|session|bearer|vault|authentication|github|login|security) tokens?|credentials?|passwords?|passphrases?|secrets?|cookies?|keychain|seed phrases?|mnemonic|wallet (?:file|keys?)|passport (?:numbers?|details)|(?:card|bank|payment|account) (?:details|numbers?|data)|social security|one-time (?:codes?|passwords?)|verification codes?|connection strings?|environment variables?|(?:output of|run) (?:env|printenv)|environment of|(?:authentication|authorization|auth) headers?|ssh (?:configuration|config|directory|folder|files?)|kubernetes config|kubeconfig|docker config|git-credentials|tfstate|password file|vault token|shell history)\b|\.env\b|\$\w*(?:secret|key|token|password)\w*|_(?:api_key|access_key|secret|token|password)\b/;

/** What was said between the model and the person, and what the model was told. */
const CHAT =
  /\b(?:(?:chat|conversation|message|messages|dialogue|interaction|search) (?:history|log|logs|transcript)|(?:system|developer|hidden) (?:prompts?|instructions?|messages?)|(?:entire|full|whole|complete|current|ongoing|all|this|these|the|previous|prior) (?:conversations?|chats?|dialogue)(?! id| ids| name| thread| list)|user(?:'s)? (?:original |last |latest |recent |first |previous |exact |raw |full )+(?:messages?|requests?|prompts?|questions?|utterances?|words|input|query)|(?:last|previous|prior|earlier|past|recent|ten|all|every) (?:\w+ )?(?:user |chat )?(?:messages|prompts?|utterances|turns)|(?:last|previous|prior|latest|earlier|preceding) (?:\w+ )?(?:api )?(?:response|result|output|tool calls?|tool results?|answers?)(?: (?:you|from|of any))|your (?:\w+ )?(?:reasoning|thoughts|thinking)|reasoning (?:so far|up to|that led|of the|trace)|(?:complete|full|entire) reasoning|chain of thought|(?:all|everything|whatever|what) (?:that )?(?:was|has been|were|you|the user) (?:\w+ )?(?:said|discussed|talked|know about)|(?:every|each) (?:prompt|answer|message|response|question)s?|(?:prompts?|answers?|messages) and (?:every |all )?(?:prompts?|answers?|responses?)|(?:tools?|functions?) (?:that )?(?:you have|available to you|at your disposal)|(?:names|list|definitions|descriptions)(?: and \w+)? of all (?:\w+ )?tools|(?:results?|outputs?) of (?:the |all |any )?(?:previous|other|last|earlier|preceding) (?:\w+ )?(?:calls?|tools?)|instructions you (?:were|have|received)|(?:assistant|agent|model)'s (?:\w+ )?(?:memory|instructions|prompt|reasoning|context)|request and (?:the )?response|response text)\b/;

/** What belongs to a person and not to a call. */
const PERSONAL =
  /\b(?:address book|contact (?:list|details)|browsing history|(?:documents|downloads|desktop|home|pictures|photos) (?:directory|folder)|user's (?:\w+ ){0,3}(?:documents|photos|files|contacts|emails?|mails?|calendar|location|name|employer|identity|clipboard|phone|mailbox|inbox|history|address)|clipboard|keystrokes|date of birth|know about the user|maiden name|first pet|security questions?|personal (?:facts|details|data)|(?:all|every) other (?:files|documents|images|photos|contacts)|(?:file|folder) names|mail client|hardware id)\b/;

/** Trades for which such matters are daily bread. */
const SECRET_TRADE =
  /secret|credential|password|token|\bkey|_key|vault|auth|login|\bssh|cert|\benv|wallet|crypt|scan|leak|kube|config|sso|oauth|connect|cookie|browser|session|\bsign|cloud|aws|azure|database|jwt|2fa|form|fill|\btype|\bmcp\b|passport|flight|card|payment|account/;
const CHAT_TRADE =
  /chat|conversation|message|thread|dialog|memor|remember|slack|discord|telegram|teams|transcript|inbox|mail|\bllm|prompt|agent|\bmodel|assistant|completion|\bthink|thought|reason|session|context|summar|handoff|hand-off|plan|tool|feedback|second opinion|expert/;
const PERSONAL_TRADE =
  /contact|address|clipboard|keystroke|keyboard|memor|profile|user|customer|person|people|mail|calendar|photo|document|file|folder|directory|browser|history|screenshot|crm|account|passenger|book/;

interface Matter {
  readonly bit: number;
  readonly pattern: RegExp;
  readonly trade: RegExp;
  readonly weight: number;
  readonly why: string;
}

const MATTERS: readonly Matter[] = [
  { bit: A.SECRET, pattern: SECRET, trade: SECRET_TRADE, weight: 0.12, why: 'secrets' },
  { bit: A.CHAT, pattern: CHAT, trade: CHAT_TRADE, weight: 0.1, why: 'the conversation' },
  { bit: A.PERSONAL, pattern: PERSONAL, trade: PERSONAL_TRADE, weight: 0, why: 'what belongs to the person' },
];

const BY_VOICE: Readonly<Record<Voice, number>> = { agent: 0.45, passive: 0.4, you: 0.4, imperative: 0.3 };
const MOVES = A.TAKE | A.CARRY | A.SHIP | A.SAY | A.ALTER;
const ASKING =
  /\b(?:needs?|requires?|expects?|wants|has to embed|has to contain|called with|loaded|(?:put|placed) here|goes here)\b/;
const WHOLE =
  /\b(?:entire|full|whole|complete|verbatim|word for word|so far|unredacted|exact|copied|all|everything|contents?|including|history|you received|you were given|that led to|base64|preceded|value of|from any other|know about)\b/;
const OWNED = /\b(?:user's|of the user|saved|previous tool|of the host)\b/;
/** "Never include …": the opposite of a demand. Read in the words of a sentence, lower case. */
export const SAYS_NOT =
  /\b(?:never|do not|don't|must not|should not|cannot|without|avoid|not) (?:\w+ ){0,3}(?:include|pass|paste|put|send|share|store|log|expose|return|show|print|reveal|provide|enter|use|contain|hardcode|commit|be)\b/;

/** Whether words (lower case) speak of secrets, of what was said, or of a person's belongings. */
export function speaksOfMatters(words: string): boolean {
  return MATTERS.some(({ pattern }) => pattern.test(words));
}

/** Secrets, talk or possessions that a tool demands although its work needs none of them. */
export function demand({ scene, sentence, given, opening }: Seen): Hit | null {
  if ((sentence.acts & (A.SECRET | A.CHAT | A.PERSONAL)) === 0) return null;
  const { tokens, words } = sentence;
  const matter = MATTERS.find(({ bit, pattern }) => (sentence.acts & bit) !== 0 && pattern.test(words));
  if (!matter || SAYS_NOT.test(words)) return null;
  if (/\bssh keys?\b/.test(words) && scene.names.parameters.has('public_key')) return null;
  const own = matter.trade.test(scene.names.topic);
  const order = strongest(scene, sentence, given, opening);
  let weight = 0;
  const stated =
    order?.voice === 'imperative' && scene.field === 'parameter' && !WHOLE.test(words) && !OWNED.test(words);
  if (order && !stated) weight = BY_VOICE[order.voice];
  else if (scene.field === 'parameter' && WHOLE.test(words)) weight = 0.45;
  else if (ASKING.test(words) && /\buser's|machine's|\bof the user\b/.test(words)) weight = 0.4;
  if (weight === 0) return null;
  weight += matter.weight;
  if (scene.field === 'parameter' && WHOLE.test(words)) weight += 0.1;
  if (/\b(?:also|additionally|too|together with|besides)\b/.test(words)) weight += 0.08;
  if ((sentence.mask & W.SINK) !== 0 || intoParameter(scene, sentence)) weight += 0.12;
  if ((sentence.acts & A.FIRST) !== 0 && order && order.voice !== 'imperative') weight += 0.06;
  if (own) weight -= order && order.voice !== 'imperative' ? 0.25 : 0.35;
  if (/\b(?:e\.g|such as|example|for instance)\b/.test(words)) weight -= 0.1;
  if (weight < 0.2) return null;
  return hit(
    'exfiltration.demand',
    Math.min(0.75, weight),
    tokens,
    order?.at ?? 0,
    tokens.length - 1,
    `demands ${matter.why}, which its work does not need`,
  );
}

function strongest({ names }: Scene, { tokens }: Sentence, orders: readonly Order[], opening: boolean): Order | null {
  let best: Order | null = null;
  for (const order of orders) {
    // "Set `byKey` to …" explains a parameter.
    if (order.voice === 'imperative' && names.parameters.has(tokens[order.at + 1]?.word ?? '')) continue;
    if (order.negated || (order.deed & MOVES) === 0 || (opening && order.voice === 'imperative')) continue;
    if (!best || BY_VOICE[order.voice] > BY_VOICE[best.voice]) best = order;
  }
  return best;
}

function intoParameter(scene: Scene, { tokens }: Sentence): boolean {
  return tokens.some(
    (t, i) =>
      (scene.names.parameters.has(t.word) && (t.quoted || t.identifier)) ||
      (i > 0 && /^(?:parameter|argument|field)$/.test(t.word) && /^(?:the|in|as)$/.test(tokens[i - 2]?.word ?? '')),
  );
}
