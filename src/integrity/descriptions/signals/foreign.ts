import { CUE } from '../cues-table.ts';
import { FOREIGN_STEMS as STEM } from '../foreign-table.ts';
import type { Hit, Scene } from '../signal.ts';
import { W } from '../words-table.ts';

const CHARS_MAX = 20_000;

/** What is demanded stands near the demand. */
const NEAR_CHARS = 80;

function around(text: string, { index, 0: words }: RegExpExecArray): string {
  return text.slice(Math.max(0, index - NEAR_CHARS), index + words.length + NEAR_CHARS);
}

/** The gravest demands in other languages than English: secrecy, disobedience, secrets and talk carried off. */
export function foreign(scene: Scene): Hit[] {
  const abroad = !scene.ascii || scene.sentences.some((s) => (s.cues & CUE.FOREIGN) !== 0);
  if (!abroad) return [];
  const text = scene.text.slice(0, CHARS_MAX).toLowerCase();
  const hits: Hit[] = [];
  const say = (code: string, weight: number, found: RegExpExecArray | null, why: string): unknown =>
    found && hits.push({ code, weight, start: found.index, end: found.index + found[0].length, why });
  const person = STEM.person.test(text);
  if (person) say('secrecy.tell', 0.6, STEM.hush.exec(text), 'asks to keep something from the person');
  say('override.ignore', 0.6, STEM.overrule.exec(text), 'tells the model to ignore its instructions');
  const first = STEM.first.test(text);
  const sink = scene.sentences.some((s) => (s.mask & (W.SINK | W.SECRET_PLACE)) !== 0);
  const own = /secret|password|credential|auth|login|key|chat|message|conversation|memor/.test(scene.names.topic);
  const matter = STEM.secret.exec(text) ?? STEM.talk.exec(text);
  if (matter && !own && STEM.take.test(around(text, matter))) {
    const weight = first || sink || person ? 0.5 : 0.35;
    say('exfiltration.demand', weight, matter, 'demands what its work does not need');
  }
  if (first && STEM.take.test(text))
    say('override.first', 0.45, STEM.rival.exec(text), 'wants to come before everything else');
  return hits;
}
