import { CUE } from '../cues-table.ts';
import type { Sentence } from '../sentences.ts';
import type { Token } from '../token.ts';
import { hit, inOrder, type Hit, type Scene } from '../signal.ts';
import { W } from '../words-table.ts';

/** A text that sets itself above the person, the system prompt or the rules. */
export function override(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const sentence of scene.sentences) {
    const { tokens, mask, cues } = sentence;
    if ((mask & (W.PRIORITY | W.EVERY)) !== 0) hits.push(...aboveUser(tokens));
    if ((mask & W.IGNORE) !== 0) hits.push(...ignore(tokens));
    if ((cues & (CUE.LASTING | CUE.WIDE | CUE.OBEY)) !== 0 || (mask & W.BEFORE) !== 0) hits.push(...standing(sentence));
    if ((cues & CUE.ACT) !== 0) hits.push(...roles(sentence));
  }
  return hits;
}

function aboveUser(tokens: readonly Token[]): Hit[] {
  const why = 'puts itself above what the person asked';
  const above = inOrder(tokens, [W.PRIORITY, W.USER | W.FORMER, W.INSTRUCTION], 6);
  if (above && !isNoun(tokens, above[0] ?? 0))
    return person(tokens, above) ? [hit('override.priority', 0.75, tokens, above[0] ?? 0, above[2] ?? 0, why)] : [];
  const cannot = inOrder(tokens, [W.NEGATE, W.PRIORITY | W.IGNORE, W.USER | W.INSTRUCTION], 4);
  if (cannot && /^(?:overridden|overruled|superseded|skipped|bypassed)$/.test(tokens[cannot[1] ?? 0]?.word ?? ''))
    return [hit('override.priority', 0.5, tokens, cannot[0] ?? 0, cannot[2] ?? 0, 'says that nobody may overrule it')];
  const at = tokens.findIndex((t) => t.word === 'regardless' || t.word === 'irrespective' || t.word === 'matter');
  const asked =
    at < 0
      ? -1
      : tokens.findIndex(
          (t, i) =>
            i > at &&
            i <= at + 5 &&
            /^(?:user|user's|users|asked|requested|requests|original|actual|instructions?)$/.test(t.word),
        );
  if (asked >= 0) return [hit('override.priority', 0.6, tokens, at, asked, why)];
  const highest = tokens.findIndex(
    (t, i) =>
      /^(?:highest|higher|top|absolute|maximum|higher-priority|high-priority)$/.test(t.word) &&
      /^(?:priority|precedence)$/.test(tokens[i + 1]?.word ?? ''),
  );
  if (highest >= 0 && tokens.some((t) => /^(?:tool|policy|instruction|description|rule|this|directive)$/.test(t.word)))
    return [hit('override.priority', 0.45, tokens, highest, highest + 1, 'claims the highest priority')];
  return [];
}

/** "Overrides are applied to any input", "the priority filter": things, not claims. */
function isNoun(tokens: readonly Token[], at: number): boolean {
  const after = tokens[at + 1]?.word ?? '';
  if (/^(?:filter|filters|query|input|values?)$/.test(after)) return true;
  return tokens[at]?.word === 'overrides' && /^(?:are|is|for|of|to|applied|per|will|can|may)$/.test(after);
}

function person(tokens: readonly Token[], found: readonly number[]): boolean {
  for (let i = found[0] ?? 0; i <= (found[2] ?? 0); i++) {
    if (
      /^(?:user|user's|users|all|any|previous|prior|other|earlier|existing|subsequent|safety|system|default|every|your)$/.test(
        tokens[i]?.word ?? '',
      )
    )
      return true;
  }
  return false;
}

const ORDERS = /^(?:instructions?|guidance|guidelines?|directives?|prompts?|orders|training|rules?)$/;

function ignore(tokens: readonly Token[]): Hit[] {
  const orders = inOrder(tokens, [W.IGNORE, W.FORMER, W.INSTRUCTION], 5);
  if (orders && ORDERS.test(tokens[orders[2] ?? 0]?.word ?? ''))
    return [
      hit('override.ignore', 0.8, tokens, orders[0] ?? 0, orders[2] ?? 0, 'tells the model to ignore its instructions'),
    ];
  const users = tokens.findIndex(
    (t, i) =>
      (t.mask & W.IGNORE) !== 0 &&
      /^(?:user's|users|user)$/.test(
        tokens[i + 1]?.word === 'the' ? (tokens[i + 2]?.word ?? '') : (tokens[i + 1]?.word ?? ''),
      ),
  );
  if (users >= 0)
    return [hit('override.ignore', 0.6, tokens, users, users + 3, 'tells the model to ignore what the person asked')];
  const controls = inOrder(tokens, [W.IGNORE, W.CONTROL], 4);
  if (!controls) return [];
  const all = inOrder(tokens, [W.IGNORE, W.EVERY | W.FORMER, W.CONTROL], 4) !== null;
  const weak =
    /^(?:checks?|validations?|validate|filters?|limits?|access|permissions?|authentication|confirmation|approval)$/.test(
      tokens[controls[1] ?? 0]?.word ?? '',
    );
  return [
    hit(
      'override.controls',
      all ? 0.5 : weak ? 0.2 : 0.4,
      tokens,
      controls[0] ?? 0,
      controls[1] ?? 0,
      'speaks of switching protections off',
    ),
  ];
}

const LASTING =
  /\b(?:(?:for|during|throughout) (?:the )?(?:remainder|rest|duration|entire|whole|entirety) |for this entire |from now on|from this point|henceforth|in (?:all )?(?:future|subsequent) (?:interactions|conversations|responses|turns|calls)|(?<!(?:ed|used|seen|run|done|made|open) )(?:in|during) (?:this|the current) session|persistent(?:ly)? (?:rule|instruction)|standing (?:rule|order))/;
const ANY_TOOL =
  /\b(?:(?:any|all|every|each|whichever|whatever|no matter which|regardless of which) (?:other |available |communication |subsequent |file |email |messaging |\w+ )?(?:tool|tools)\b(?! calls?)|(?:whenever|every time|each time) (?:any|a|an|the user|you)\b|when(?:ever)? (?:this|the|a) (?:\w+ ){0,3}?tool is (?:available|present|loaded|installed|connected|listed)|even (?:if|when|without) (?:you |calling|this tool|not))/;

/** Orders beyond the one call: for the session, for all tools. */
function standing({ tokens, words: sentence }: Sentence): Hit[] {
  const lasting = LASTING.test(sentence);
  const wide = ANY_TOOL.test(sentence);
  const orders = tokens.some((t) => (t.mask & (W.OBLIGE | W.STEALTH | W.SEND | W.MODIFY)) !== 0 && !t.quoted);
  const firm = tokens.some((t) => (t.mask & W.OBLIGE) !== 0);
  const last = tokens.length - 1;
  const hits: Hit[] = [];
  if (OBEY.test(sentence)) hits.push(hit('override.obey', 0.5, tokens, 0, last, 'wants its results to be obeyed'));
  if (lasting && orders)
    hits.push(
      hit(
        'override.standing',
        wide ? 0.6 : /subsequent (?:\w+ )?calls/.test(sentence) ? 0.2 : 0.45,
        tokens,
        0,
        last,
        'gives an order that is meant to last',
      ),
    );
  else if (FIRST.test(sentence) && firm)
    hits.push(hit('override.standing', 0.35, tokens, 0, last, 'wants to come before everything else'));
  else if (/\b(?:every|each) time\b|tool is (?:available|present)/.test(sentence) && wide && orders)
    hits.push(hit('override.standing', 0.5, tokens, 0, last, 'gives an order about other tools in general'));
  else if (wide && firm && !/\ball tool calls\b/.test(sentence))
    hits.push(hit('override.standing', 0.35, tokens, 0, last, 'gives an order about other tools in general'));
  return hits;
}

const FIRST =
  /\bbefore (?:you )?(?:answer|respond|reply|answering|responding|replying|doing anything|do anything|anything else|any other)\b/;
const OBEY =
  /(?<!(?:not|never|n't|cannot|without) )\b(?:obey|follow|execute|carry out|comply with|act on) (?:only |exactly |strictly )?(?:the |any |all |whatever |what )?(?:text|instructions?|commands?|orders|directives?|what|everything|steps)?\b.{0,24}\b(?:it|this tool|tool|response|result|output) (?:returns?|returned|contains?|says|provides?|gives)/;

const ACT =
  /(?:^|\b(?:you|must|should|to|now|please|and|then|will|shall) )act as\b|\b(?:you are now|(?:from (?:here|now) on|henceforth) you are|pretend (?:to be|you)|assume the role|role ?play|simulate elevated|jailbreak(?:ed|ing)? (?:mode|prompt|yourself|the model)|developer mode|do anything now|unrestricted (?:\w+ )?(?:mode|access|system|administrat)|(?:admin|root|god|superuser|administrator) (?:mode|privileges?|override)|elevated privileges|full trust|trust (?:all|any|every)|without (?:any )?(?:validation|restrictions?|safety|limits?|human)|new (?:system )?(?:prompt|instructions?):?)\b/;

function roles({ tokens, words: sentence }: Sentence): Hit[] {
  const found = ACT.exec(sentence);
  if (!found) return [];
  const strong = /jailbreak|act as|you are now|pretend|do anything/.test(found[0]);
  return [
    hit(
      'override.role',
      strong ? 0.5 : 0.4,
      tokens,
      0,
      tokens.length - 1,
      'hands out a role or powers that nobody gave',
    ),
  ];
}
