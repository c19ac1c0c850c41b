import type { Sentence, Token } from '../sentences.ts';
import { count, find, hit, type Hit, type Scene } from '../signal.ts';
import { W } from '../words-table.ts';

const VERBS = new Set(
  'get list read write send delete create update search run execute move fetch add remove set query call upload download post put find describe show check validate verify'.split(' '),
);
/** Names that only look something up; asking for those first is what honest servers do. */
const LOOKUP_NAME = /^(?:[a-z]+[_.-])?(?:get|list|find|search|resolve|lookup|describe|discover|show|inspect|check|fetch|query|read|view|browse|count)(?:[_.-]|[A-Z]|$)|(?:resolve|lookup|list|search)(?:$|[_-])/;
const PURPOSE = /\b(?:to|and) (?:first )?(?:get|obtain|find|look|discover|identify|retrieve|resolve|determine|see|learn|list|know|fetch|understand|locate|confirm)\b|\bif you (?:do not|don't) (?:know|have)|\bunless\b|\bto (?:check|verify) (?:whether|if|which|the target)/;

/** Orders about tools other than the one described: prerequisites, detours, changed arguments. */
export function redirect(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const [i, sentence] of scene.sentences.entries()) {
    if ((sentence.mask & (W.OTHER_TOOL | W.ARGUMENT | W.BEFORE | W.WHEN)) === 0) continue;
    const next = scene.sentences[i + 1];
    hits.push(...hijack(sentence), ...prerequisite(scene, sentence, next), ...detour(scene, sentence, next));
  }
  return hits;
}

/** The words between which an order about a tool call stands: "you must", or a verb that opens a clause. */
function orderAt(tokens: readonly Token[], verbs: number, from: number): number {
  for (let i = find(tokens, verbs, from); i >= 0; i = find(tokens, verbs, i + 1)) {
    const token = tokens[i];
    if (!token || token.quoted || token.identifier || /(?:ing|ed)$/.test(token.word)) continue;
    const before = tokens[i - 1];
    if (!before || i === from) return i;
    if ((before.mask & (W.OBLIGE | W.BEFORE)) !== 0) return i;
    if (/^(?:you|to|please|first|then|must|should|and|will|sure|automatically|also|it|or)$/.test(before.word)) return i;
    if ((before.mask & (W.OTHER_TOOL | W.SELF | W.LITERAL)) !== 0 || before.end < token.start - 1) return i;
  }
  return -1;
}

/** "When using `send_email`, set the recipient to …": somebody else's arguments are rewritten. */
function hijack({ tokens, mask }: Sentence): Hit[] {
  if ((mask & W.MODIFY) === 0) return [];
  const condition = find(tokens, W.WHEN | W.BEFORE | W.INVOKE);
  const other = find(tokens, W.OTHER_TOOL);
  const order = orderAt(tokens, W.MODIFY, condition >= 0 ? condition + 1 : 0);
  if (order < 0) return [];
  const obliged = (mask & W.OBLIGE) !== 0;
  const foreign = tokens.some((t, i) => i >= order && (t.mask & W.ARGUMENT) !== 0);
  const literal = find(tokens, W.LITERAL, order) >= 0;
  const verb = tokens[order]?.word ?? '';
  if (other >= 0 && condition >= 0 && condition <= order && (foreign || literal) && (other < order || foreign)) {
    const weight = /^(?:include|includes|use|get|provide)$/.test(verb) && !obliged && !literal ? 0.3 : 0.7;
    return [hit('redirect.arguments', weight, tokens, Math.min(other, order), Math.max(other, order) + 3, 'changes the arguments of another tool')];
  }
  const asked = tokens.findIndex((t, i) => (t.mask & W.USER) !== 0 && /^(?:asks?|requests?|queries|wants?|tries|uses|searches|calls|provides)$/.test(tokens[i + 1]?.word ?? ''));
  const quotedArgument = tokens.some((t, i) => i > order && (t.mask & W.ARGUMENT) !== 0 && (t.quoted || t.identifier));
  if (asked >= 0 && asked < order && obliged && quotedArgument && literal)
    return [hit('redirect.arguments', 0.6, tokens, asked, order + 3, 'changes what the person asked for')];
  return [];
}

/** "Before using X, you must …": an order that hangs on another tool, or on this one without reason. */
function prerequisite(scene: Scene, { tokens, mask }: Sentence, next: Sentence | undefined): Hit[] {
  if (scene.about === 'server' && (mask & (W.SECRET_PLACE | W.SINK)) === 0) return [];
  const when = find(tokens, W.BEFORE | W.WHEN);
  const other = find(tokens, W.OTHER_TOOL, Math.max(0, when));
  if (when < 0 || other < 0 || other - when > 9) return [];
  if (!/^(?:before|when|whenever|prior|after|once|upon|every|each|if|during|while|any|for)$/.test(tokens[when]?.word ?? '')) return [];
  const self = find(tokens, W.SELF);
  if (self >= 0 && self < when) return [];
  const order = orderAt(tokens, W.INVOKE | W.READ | W.SEND | W.MODIFY, other + 1);
  const follows = next ? orderAt(next.tokens, W.INVOKE | W.READ | W.SEND | W.MODIFY, 0) >= 0 && (next.mask & W.OBLIGE) !== 0 : false;
  if (order < 0 && !follows) return [];
  const target = order < 0 ? -1 : find(tokens, W.OTHER_TOOL | W.SECRET_PLACE | W.SINK | W.LITERAL, order + 1);
  const firm = (mask & W.OBLIGE) !== 0 || ((next?.mask ?? 0) & W.PRESSURE) !== 0;
  const related = relatedNames(scene.names.self, tokens[other]?.word ?? '');
  let weight = target >= 0 || follows ? 0.5 : 0.3;
  if (firm) weight += 0.15;
  if (related) weight -= 0.35;
  if (/^(?:if|for|each|any|every)$/.test(tokens[when]?.word ?? '')) weight -= 0.2;
  return [hit('redirect.prerequisite', weight, tokens, when, Math.max(order, other), 'attaches an order to the use of another tool')];
}

/** "You must call `other` with '…'": a call that has nothing to do with looking up what this tool needs. */
function detour(scene: Scene, { tokens, mask }: Sentence, next: Sentence | undefined): Hit[] {
  if (scene.about === 'server' || (mask & W.OTHER_TOOL) === 0) return [];
  const other = find(tokens, W.OTHER_TOOL);
  const order = lastOrder(tokens, other);
  const triggers = other > 0 && /^(?:triggers|invokes|calls|runs|executes)$/.test(tokens[other - 1]?.word ?? '') && tokens[other]?.quoted === true;
  if (order < 0 && !triggers) return [];
  const callee = tokens.slice(Math.max(order, 0)).find((t) => (t.mask & W.OTHER_TOOL) !== 0)?.word ?? '';
  const sentence = tokens.map((t) => t.word).join(' ');
  const rest = find(tokens, W.LITERAL, other + 1);
  const obliged = (mask & W.OBLIGE) !== 0 || (mask & W.BEFORE) !== 0;
  let weight = obliged || triggers ? 0.25 : 0.1;
  if (rest >= 0) weight += 0.3;
  if (!LOOKUP_NAME.test(callee)) weight += 0.2;
  if (!relatedNames(scene.names.self, callee)) weight += 0.1;
  else weight -= 0.25;
  weight += 0.15 * Math.min(2, count(mask | (next?.mask ?? 0), [W.EXCUSE, W.PRESSURE]));
  if (PURPOSE.test(sentence) && (mask & W.SECRET_PLACE) === 0) weight -= 0.3;
  if (scene.names.others.has(callee)) weight -= 0.05;
  return weight >= 0.2 ? [hit('redirect.detour', Math.min(0.75, weight), tokens, Math.max(order, other - 1), other, 'orders a call of another tool')] : [];
}

function lastOrder(tokens: readonly Token[], other: number): number {
  for (let i = other; i >= 0 && i >= other - 6; i--) {
    const token = tokens[i];
    if (!token || (token.mask & W.INVOKE) === 0 || token.identifier || token.quoted) continue;
    if (/(?:ed|s)$/.test(token.word) && !/^(?:process)$/.test(token.word)) continue;
    if (/ing$/.test(token.word)) {
      if (/^(?:by|involves|requires|perform|include|includes)$/.test(tokens[i - 1]?.word ?? '')) return i;
      continue;
    }
    return i;
  }
  return -1;
}

/** Tools of one family share a word besides their verbs: `list_issues`, `get_issue`. */
export function relatedNames(one: string, other: string): boolean {
  const left = parts(one);
  return parts(other).some((part) => left.some((own) => own === part || own === `${part}s` || part === `${own}s`));
}

function parts(name: string): string[] {
  return name
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((part) => part.length > 2 && !VERBS.has(part));
}
