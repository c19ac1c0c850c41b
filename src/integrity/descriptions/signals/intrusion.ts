import { CUE } from '../cues-table.ts';
import { hit, type Hit, type Scene } from '../signal.ts';
import { W } from '../words-table.ts';
import { SAYS_NOT } from './demands.ts';

/** A phrase that no description of a tool needs, and the trades for which it is no surprise. */
interface Phrase {
  readonly code: string;
  readonly weight: number;
  /** Words of which one must occur. */
  readonly cue: number;
  readonly pattern: RegExp;
  readonly why: string;
  /** Words in the tool's name or first words that make the phrase its own trade. */
  readonly trade?: RegExp;
  /** What it weighs in the text of a parameter, where it may be documentation: "Enable debug mode". */
  readonly documented?: number;
}

const CHAT =
  /chat|conversation|message|thread|dialog|memory|slack|discord|telegram|transcript|inbox|mail|llm|prompt|agent|assistant|completion/;
const KEYS =
  /secret|credential|password|token|key|vault|auth|login|ssh|cert|env|wallet|crypt|scan|leak|kube|config|user|account|sso|oauth|connect|cookie|clipboard|browser/;

const PHRASES: readonly Phrase[] = [
  {
    code: 'intrusion.conversation',
    weight: 0.5,
    trade: CHAT,
    cue: CUE.CHAT,
    pattern:
      /\b(?:(?:everything|whatever|all|what|things) (?:that )?(?:(?:the two of you|you two|you|we|the user|they|was|were|has been) ){1,2}(?:talked|discussed|said|wrote|typed)|discussed so far|conversations? of the (?:\w+ )?users?|(?:the )?(?:last|previous|preceding) (?:\w+ )?(?:things|words|messages) (?:that )?(?:the )?users? (?:said|wrote|typed|sent))\b/,
    why: 'reaches for the conversation',
  },
  {
    code: 'deceit.answer',
    weight: 0.5,
    cue: CUE.ANSWER,
    pattern:
      /\b(?:(?:report|present|describe|mark|show|declare|treat|rate|list) .{0,60}\b(?:as|is|was)\b.{0,40}\b(?:regardless|even (?:if|when|though)|no matter|whatever)\b|(?:answers?|repl(?:y|ies)|responses?|summar(?:y|ies)|messages?) (?:must|should|has to|have to|shall|is to|are to) (?:always )?(?:close|end|begin|start|open|finish) with\b|tell (?:the )?(?:users?|people|customers?|them) (?:that|not to|to (?:buy|ignore|trust|avoid))|(?:say|claim|report) that (?:they|it|all|everything|these) (?:are|is|were|was) (?:fine|safe|correct|successful|clean)|(?:to be |be )?presented as the (?:only|best|lowest|cheapest|safest))\b/,
    why: 'has the model say something that is not so',
  },
  {
    code: 'secrecy.unaware',
    weight: 0.5,
    cue: CUE.UNAWARE,
    pattern:
      /\b(?:(?:keep|leave|keeping|leaving) .{0,30}\b(?:unaware|oblivious|in the dark)|(?:not|never|n't|nobody is|no one is) (?:be )?(?:made )?aware of (?:it|this|that)|(?:need|needs|should|must)(?: not|n't| never) (?:to )?be bothered|refrains? from (?:pointing|mentioning|telling|reporting|disclosing|informing|saying|showing|noting)|behind (?:the|their) (?:user'?s?|person'?s?)? ?backs?|without .{0,24}\b(?:ever )?learning (?:of|about))\b/,
    why: 'wants the person kept in the dark',
  },
  {
    code: 'deceit.sleeper',
    weight: 0.5,
    cue: CUE.TRIGGER,
    pattern:
      /\b(?:(?:whenever|as soon as|once|if|when) (?:the |a )?(?:word|phrase|keyword|string)s? \S{1,40} (?:shows? up|appears?|occurs?|comes? up|is (?:mentioned|said|used|seen))|if the (?:current )?date is (?:past|after|later)|start(?:ing|s)? (?:with|from) the (?:\w+th|second|third|\d+(?:nd|rd|th)) (?:call|answer|use|time|request|invocation)?)/,
    why: 'behaves differently after some time or trigger',
  },
  {
    code: 'override.role',
    weight: 0.5,
    documented: 0.3,
    cue: CUE.MODE,
    pattern:
      /\b(?:you are (?:now )?(?:in|entering) (?:\w+ )?mode|(?<!whether to )(?:enable|enter|activate|switch to|switched to) (?:\w+ )?(?:unrestricted|maintenance|developer|debug|admin|god|payment|privileged) mode|no longer bound by|(?:safety )?(?:rules|restrictions|policies|guardrails|limits) (?:are|is|were) (?:suspended|lifted|off|disabled|void)|comply with (?:all|every|any)|any refusal is|(?:disregard|ignore) what the (?:operator|user|developer|person|human)\b|(?:approval|consent|permission) (?:was|is|has been) already (?:granted|given))\b/,
    why: 'hands out a role or powers that nobody gave',
  },
  {
    code: 'shadowing.only',
    weight: 0.5,
    cue: CUE.PREFER,
    pattern:
      /\b(?:use (?:this tool|this one|me|\w+_\w+) for everything|(?:goes?|go|routed?|sent|passed|written) (?:.{0,40} )?through (?:this tool|me) (?:instead|even)\b|route (?:all|every|any) .{0,30}through (?:this tool|me)\b)/,
    why: 'draws to itself what other tools are for',
  },
  {
    code: 'override.obey',
    weight: 0.5,
    cue: CUE.OBEY,
    pattern:
      /(?<!(?:not|never|n't|cannot) )\b(?:(?:do|follow|perform|execute|carry out) (?:exactly |strictly )?(?:what|whatever|everything) (?:the |it |its |this )?.{0,40}\b(?:tells?|says?|asks?|instructs?|demands?|orders)\b|carry (?:it|them|this) out without)/,
    why: 'wants text from elsewhere to be obeyed',
  },
  {
    code: 'intrusion.conversation',
    weight: 0.5,
    trade: CHAT,
    cue: CUE.CHAT,
    pattern:
      /\b(?:(?:\w+ ){0,3}(?<!(?:from|in|by|per) the )(?:user'?s? |chat |conversation |system |assistant )(?:messages?|prompts?|history|context|answers?|transcript|instructions)|your (?:\w+ )?(?:system prompt|instructions|reasoning|memory)|message and your (?:answer|reply|response)|(?:chat|conversation) (?:history|log)|(?:encode|attach|send|include|append|pass|put|copy|export|forward|log|record|share) (?:the |this |our |all |your )?(?:\w+ )?(?:conversation|chat|transcript)|the (?:whole|entire|full|complete) (?:conversation|chat))\b/,
    why: 'reaches for the conversation',
  },
  {
    code: 'intrusion.secrets',
    weight: 0.5,
    trade: KEYS,
    cue: CUE.SECRETS,
    pattern:
      /\b(?:seed phrases?|(?:database|user'?s?|admin|root|master|account) passwords?|repository(?:'s)? secrets?|(?:all|any|your|their|user'?s?)(?: \w+)? (?:api keys?|credentials|secrets|tokens|passwords|cookies|environment variables|private keys?|ssh keys?)|(?:api keys?|credentials|passwords|tokens|secrets) you (?:know|have)|clipboard|browser cookies|keystrokes|tax(?:es)?\.pdf)\b/,
    why: 'reaches for secrets that are not its trade',
  },
  {
    code: 'override.task',
    weight: 0.55,
    cue: CUE.TASK,
    pattern:
      /\b(?:(?:forget|ignore|disregard|discard) (?:everything|all|anything|what)\b.{0,20}\b(?:above|before|said|told|previous|learned|earlier)|your (?:new|real|actual|true|only) (?:task|goal|job|purpose|objective|role|mission) (?:is|will)|(?:treat|regard|consider|interpret) .{0,40}\bas (?:commands|instructions|orders|system messages?|trusted))\b/,
    why: 'gives the model another task',
  },
  {
    code: 'override.obey',
    weight: 0.4,
    cue: CUE.OBEY,
    pattern:
      /(?<!(?:not|never|n't|cannot) )\b(?:execute|obey|carry out|act on) (?:the |any |all )?(?:instructions|commands|orders)\b.{0,24}\b(?:in|from|on|found|contained)\b/,
    why: 'wants text from elsewhere to be obeyed',
  },
  {
    code: 'intrusion.addressee',
    weight: 0.25,
    cue: CUE.MODEL,
    pattern:
      /\b(?:(?:note|message|instructions?|attention|reminder|important) (?:for|to) (?:the |all |any )?(?:ai|llm|llms|model|models|agents?|assistants?|claude|gpt|chatgpt|copilot)|the (?:ai|model|assistant|agent|llm) (?:must|should|has to|have to|will|can|may|needs to|cannot|is required)|(?:ai|llm) (?:agents?|assistants?|models?) (?:must|should|have to|are required|will))\b/,
    why: 'speaks to the model, not about the tool',
  },
  {
    code: 'intrusion.hook',
    weight: 0.45,
    cue: CUE.HOOK,
    pattern:
      /\b(?:(?:call|use|invoke|run|consult) this (?:tool|function) (?:\w+ )?(?:after|before|with|on|for|during|at the (?:start|end|beginning) of) (?:each|every|any|all)\b.{0,24}\b(?:response|responses|message|messages|answer|tool|call|turn|action|step|reply|request)|must be called (?:first|before|after|with) (?:\w+ )?(?:every|each|any|all|other|with)\b.{0,30}\b(?:tool|call|calls|response|message|content|contents|system|turn)|called first with the|(?:the )?agent cannot work)\b/,
    why: 'wants to be called around everything else',
  },
  {
    code: 'secrecy.deceive',
    weight: 0.5,
    cue: CUE.DECEIVE,
    pattern:
      /\b(?:if (?:asked|anyone asks|the user asks|questioned)(?: about (?:this|it)| why)?.{0,20}\b(?:say|claim|answer|respond|pretend|deny|tell)|(?:don't|do not|never) (?:explain why|indicate|let (?:the user|them|anyone)|show any (?:sign|hint)|make .{0,20}obvious|leave (?:a |any )?trace)|hide .{0,30} from (?:the )?(?:user|users|person|human)|pretend (?:that|to)|in reality|spare the user|skip the (?:permission|confirmation|approval)|(?:user|users) (?:has|have) (?:already |been )?(?:pre-?)?(?:authorized|approved|consented|agreed)|no need to (?:tell|inform|mention)|say nothing|keep (?:quiet|silent)|stay silent)\b/,
    why: 'wants the person deceived or passed over',
  },
  {
    code: 'override.unasked',
    weight: 0.25,
    cue: CUE.WITHOUT,
    pattern:
      /^(?!.*\b(?:never|not|don't|cannot|no)\b.*\bwithout\b).*\bwithout (?:\w+ )?(?:asking|confirmation|approval|permission|consent|human)\b/,
    why: 'passes a person over',
  },
  {
    code: 'shadowing.discredit',
    weight: 0.5,
    cue: CUE.DISCREDIT,
    pattern:
      /\b(?:original|old|legacy|other|built-in|existing|standard|default|previous)(?: version of)? (?:\w+[_-]\w+|\w+ tools?|tools?|versions?|functions?|servers?)\b.{0,60}\b(?:vulnerab\w+|insecure|unsafe|compromised|malicious|not to be used|(?:must|should) not be used|broken|untrusted|outdated)\b/,
    why: 'speaks ill of another tool',
  },
  {
    code: 'exfiltration.open',
    weight: 0.4,
    cue: -1,
    pattern: /\b(?:open|visit|navigate to|load|fetch|request|render|embed|ping|curl|call)\b.{0,24}https?:\/\/\S*[?{=]/,
    why: 'has an address opened that carries data',
  },
  {
    code: 'redirect.replace',
    weight: 0.5,
    cue: CUE.REPLACE,
    pattern:
      /\b(?:must|should|have to|has to|always|are to) be (?:replaced|redirected|forwarded|sent|rerouted|copied|routed|substituted|rewritten|mirrored)\b.{0,24}\b(?:by|with|to|through|via)\b.{0,40}(?:https?:\/\/|@[\w-]+\.|\baccount\b|\bproxy\b)/,
    why: 'has something replaced or sent elsewhere',
  },
];

/** Demands in phrases that the grammar of the other signals does not reach. */
export function intrusion(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const sentence of scene.sentences) {
    const { tokens, mask, cues } = sentence;
    if (tokens.length < 3) continue;
    for (const phrase of PHRASES) {
      if (phrase.cue < 0 ? (mask & W.SINK) === 0 : (cues & phrase.cue) === 0) continue;
      if (!phrase.pattern.test(sentence.words)) continue;
      if (phrase.trade && (scene.about === 'server' || phrase.trade.test(scene.names.topic))) continue;
      if (phrase.trade && SAYS_NOT.test(sentence.words)) continue;
      const acts = phrase.trade === undefined || (mask & (W.SEND | W.READ | W.MODIFY | W.INVOKE | W.OBLIGE)) !== 0;
      const weight = scene.field === 'parameter' ? (phrase.documented ?? phrase.weight) : phrase.weight;
      if (acts) hits.push(hit(phrase.code, weight, tokens, 0, tokens.length - 1, phrase.why));
    }
  }
  return hits;
}
