import { CUE } from '../cues-table.ts';
import type { Sentence } from '../sentences.ts';
import type { Token } from '../token.ts';
import { count, hit, type Hit, type Scene } from '../signal.ts';
import { W } from '../words-table.ts';

const BRACKET =
  /<\s*(important|system|secret|hidden|instructions?|admin|critical|assistant|override|internal|priority|urgent|rules?|developer|sys|mandatory|confidential)\b[^>]{0,60}>|\[\s*(?:[A-Z]+ ){0,3}(?:SYSTEM|HIDDEN|OVERRIDE|DIRECTIVE|INSTRUCTIONS?|ADMIN|BACKGROUND|SECRET|INTERNAL|MONITOR|OBSERVER|ROLE|INST)\b[^\]\n]{0,40}\]|<\|[\w ]{2,30}\|>|\|\|\|[A-Z_ ]{3,40}\|\|\||<<\s*\/?SYS\s*>>|(?:#{3,}|%{3,}|={3,}|\*{3,}|-{3,})\s*(?:\w+ )?(?:System|Instructions?|Human|Assistant|override|new (?:system )?(?:instructions?|prompt))\b|<\/(?:description|tool|tool_description|function|instructions?)>|\bend of (?:the )?(?:tool )?(?:description|prompt|instructions)\b/gi;
const LABEL =
  /(?:^|\n|\. )\s*((?:[A-Z]{2,}[ _-]){0,3}(?:SYSTEM|OVERRIDE|DIRECTIVE|POLICY|RULE|INSTRUCTION|PREREQUISITE|REQUIREMENT|PROTOCOL|MODE AVAILABLE)(?: [A-Z]+){0,2})(?: \([^)\n]{1,60}\))?:/g;
const TURNS = /(?:^|[\n.!?])\s*(?:user|human):\s[^\n]{1,300}?[\n.!?]\s*(?:assistant|ai|model):\s/gi;
const SCRIPT = /<script\b|<iframe\b|<img\b[^>]{0,200}\bonerror\s*=|\bjavascript:/i;
const COMMENT = /<!--([\s\S]{0,2000}?)(?:-->|$)/g;

/** Markup and labels that pretend to speak with another voice: `<IMPORTANT>`, `[SYSTEM]`, comments. */
export function voice(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  const { text } = scene;
  if (/[<[|#%=*]|end of/i.test(text)) {
    for (const found of text.matchAll(BRACKET)) {
      if (found[0].startsWith('[') && !/[A-Z]{4}/.test(found[0])) continue;
      hits.push(
        at('voice.markup', scene.about === 'result' ? 0.5 : 0.55, found, 'pretends to be a voice of the system'),
      );
    }
    for (const found of text.matchAll(COMMENT)) {
      if (!/[a-z]{2}/i.test(found[1] ?? '')) continue;
      const orders = /\b(?:must|should|always|ignore|never|do not|execute|send|read|instruction|system|you)\b/i.test(
        found[1] ?? '',
      );
      hits.push(at('voice.comment', orders ? 0.65 : 0.35, found, 'hides text in a comment'));
    }
  }
  const colon = text.includes(':');
  for (const found of colon ? text.matchAll(TURNS) : [])
    hits.push(at('voice.dialog', 0.5, found, 'plays a conversation that never was'));
  const script = colon || text.includes('<') ? SCRIPT.exec(text) : null;
  if (script) hits.push(at('voice.script', 0.4, script, 'carries a script'));
  for (const found of colon ? text.matchAll(LABEL) : [])
    hits.push(
      at(
        'voice.label',
        /OVERRIDE|BYPASS/.test(found[0]) ? 0.5 : 0.35,
        found,
        'labels itself as an order of the system',
      ),
    );
  return hits;
}

function at(code: string, weight: number, found: RegExpExecArray, why: string): Hit {
  return { code, weight, start: found.index, end: found.index + found[0].length, why };
}

const THREAT =
  /\b(?:failure to (?:do|comply|complete|follow|perform)|failing to|skipping this|omitting (?:this|it)|otherwise,? (?:the|this|it|all)\b|will (?:crash|corrupt|overload|be (?:lost|terminated|corrupted))|not optional|cannot be (?:skipped|overridden|bypassed|ignored)|very,? very|must do it|could lead to severe|or (?:else|the system))\b/;
const EXCUSE =
  /\b(?:(?:mandatory|required|critical|essential|internal|important|necessary|standard|seemingly unrelated|compulsory)(?: \w+){0,2} (?:check|step|requirement|measure|verification|audit|protocol|policy|prerequisite|procedure|pre-requisite|authorization|authentication|notice|scan|process|compliance|detail)|required by the|implementation detail|to (?:verify|validate|confirm|ensure|check|maintain|prevent|satisfy) (?:\w+ ){0,3}(?:permissions?|authorization|privileges|security|compliance|integrity|access|stability|authenticity|auditability)|for (?:\w+ ){0,2}(?:compliance|audit|auditing|security|traceability|validation) (?:purposes|reasons|testing)?)\b/;

function isPressing({ mask, cues }: Sentence): boolean {
  return (mask & (W.PRESSURE | W.EXCUSE)) !== 0 && (cues & (CUE.THREAT | CUE.EXCUSE)) !== 0;
}

/** Threats and borrowed authority. Weak alone; they turn an order into a suspicious one. */
export function pressure(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const { tokens, mask, cues, words: sentence } of scene.sentences.filter(isPressing)) {
    if ((cues & CUE.THREAT) !== 0 && THREAT.test(sentence))
      hits.push(hit('pressure.threat', 0.2, tokens, 0, tokens.length - 1, 'threatens with what happens otherwise'));
    if ((cues & CUE.EXCUSE) !== 0 && EXCUSE.test(sentence))
      hits.push(hit('pressure.excuse', 0.2, tokens, 0, tokens.length - 1, 'borrows authority for an order'));
    if (count(mask, [W.OBLIGE, W.PRESSURE, W.EXCUSE]) === 3 && (mask & W.OTHER_TOOL) !== 0)
      hits.push(hit('pressure.order', 0.2, tokens, 0, tokens.length - 1, 'insists on the use of another tool'));
  }
  return hits;
}

const PREFER =
  /\b(?:(?:always|must|should only|only) (?:use|choose|prefer|select|pick|call|prioriti[sz]e|consult) this (?:tool|function|server|one)\b[^.]{0,60}\b(?:over|instead|rather|regardless)|this (?:tool|function) (?:is|should be|must be) (?:the )?(?:best|only|preferred|superior|most|always|prioriti[sz]ed|used first|called first)|(?:instead of|rather than|over) (?:any|all|every|the) (?:other|legacy|old|original|existing|built-in|standard)|all \w+ (?:operations|requests|queries|tasks|calls) (?:should|must|have to) (?:use|go through|be (?:sent|routed|handled))|do not use (?:any )?(?:other|the original|the old))\b/;
const ONLY =
  /\b(?:this|it) is the only (?:approved|official|trusted|supported|allowed|secure|safe|correct|authorized) (?:one|tool|way|version)|\balways use this (?:tool|one|function)\b/;
const REPLACES =
  /\b(?:(?:enhanced|improved|updated|secure|official|new|better|upgraded|trusted|safe|faster) (?:\w+ ){0,2}(?:replacement|version|alternative|implementation|substitute)? ?(?:for|of) (?:the )?|(?:replaces|supersedes|replacement for|shadows|wraps) (?:the )?(?:\w+ ){0,2}|this is the (?:updated|new|improved|enhanced|official|secure) )/;

function isPreferring({ mask, cues }: Sentence): boolean {
  return (cues & CUE.PREFER) !== 0 || (mask & (W.OTHER_TOOL | W.SELF)) !== 0;
}

/** A tool that wants the place of another one. */
export function preference(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const { tokens, mask, cues, words: sentence } of scene.sentences.filter(isPreferring)) {
    const other = tokens.findIndex((t) => (t.mask & W.OTHER_TOOL) !== 0);
    if (other > 0 && REJECTS.test(sentenceBefore(tokens, other)))
      hits.push(hit('shadowing.rejects', 0.3, tokens, 0, other, 'tells the model not to use another tool'));
    if ((cues & CUE.PREFER) !== 0 && ONLY.test(sentence))
      hits.push(hit('shadowing.only', 0.35, tokens, 0, tokens.length - 1, 'claims to be the only proper tool'));
    if (PREFER.test(sentence))
      hits.push(
        hit(
          'shadowing.preference',
          /\b(?:any|all|every) other\b/.test(sentence) ? 0.5 : 0.35,
          tokens,
          0,
          tokens.length - 1,
          'wants to be used instead of others',
        ),
      );
    if ((mask & (W.OTHER_TOOL | W.SELF)) !== 0 && REPLACES.test(sentence))
      hits.push(
        hit(
          'shadowing.replaces',
          0.35,
          tokens,
          0,
          tokens.length - 1,
          'presents itself as the replacement of another tool',
        ),
      );
  }
  return hits;
}

const REJECTS = /\b(?:do not|don't|never|stop|avoid) (?:use|using|call|calling)\b(?! this)/;

function sentenceBefore(tokens: readonly Token[], end: number): string {
  return tokens
    .slice(Math.max(0, end - 6), end)
    .map((t) => t.word)
    .join(' ');
}
