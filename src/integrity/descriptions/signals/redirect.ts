import type { Sentence } from '../sentences.ts';
import type { Token } from '../token.ts';
import { count, find, hit, orderAt, type Hit, type Scene } from '../signal.ts';
import { deedOf } from '../deeds-table.ts';
import { W } from '../words-table.ts';

const VERBS = new Set([
  ...'get list read write send delete create update search run execute move fetch add remove set query'.split(' '),
  ...'call upload download post put find describe show check validate verify'.split(' '),
]);
/** Names that only look something up; asking for those first is what honest servers do. */
const LOOKUP_NAME =
  /^(?:[a-z]+[_.-])?(?:get|list|find|search|resolve|lookup|describe|discover|show|inspect|check|fetch|query|read|view|browse|count)(?:[_.-]|$)|(?:resolve|lookup|list|search)(?:$|[_-])/;
const PURPOSE =
  /\b(?:to|and) (?:first )?(?:get|obtain|find|look|discover|identify|retrieve|resolve|determine|see|learn|list|know|fetch|understand|locate|confirm)\b|\bif you (?:do not|don't) (?:know|have)|\bunless\b|\bto (?:check|verify) (?:whether|if|which|the target)/;

/** Orders about tools other than the one described: prerequisites, detours, changed arguments. */
export function redirect(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const [i, sentence] of scene.sentences.entries()) {
    const before = scene.sentences[i - 1];
    const next = scene.sentences[i + 1];
    hits.push(
      ...hijack(scene, sentence, before),
      ...prerequisite(scene, sentence, next),
      ...detour(scene, sentence, next),
    );
  }
  return hits;
}

const ASKS =
  /^(?:asks?|requests?|queries|wants?|tries|uses|searches|calls|provides|creates|runs|checks|views|lists|list|sends|reads)$/;

/** "When using `send_email`, set the recipient to …": arguments that are none of this tool's business are rewritten. */
function hijack(scene: Scene, { tokens, mask }: Sentence, previous: Sentence | undefined): Hit[] {
  const speaks = (mask & W.OTHER_TOOL) !== 0;
  const opening = speaks ? openingOther(tokens) : -1;
  const subjected = speaks && (mask & W.OBLIGE) !== 0 ? subject(tokens) : null;
  if (subjected) return [subjected];
  if ((mask & W.MODIFY) === 0) return [];
  const earlier = previous !== undefined && (previous.mask & W.OTHER_TOOL) !== 0 && openingOther(previous.tokens) >= 0;
  const order = orderAt(tokens, W.MODIFY, opening >= 0 ? 1 : 0);
  if (order < 0) return [];
  const foreign = tokens.findIndex(
    (t, i) =>
      i !== order && (t.mask & W.ARGUMENT) !== 0 && (t.quoted || t.identifier) && !scene.names.parameters.has(t.word),
  );
  if (foreign < 0 && ownParameter(scene, tokens, order)) return [];
  const named = find(tokens, W.ARGUMENT, order + 1) >= 0;
  const literal = find(tokens, W.LITERAL, order) >= 0;
  const other = find(tokens, W.OTHER_TOOL);
  const firm = tokens.slice(0, order).some((t) => (t.mask & W.OBLIGE) !== 0);
  const last = Math.max(order + 3, other);
  if ((opening >= 0 || earlier) && (foreign >= 0 || named || literal))
    return [
      hit(
        'redirect.arguments',
        firm || literal ? 0.7 : 0.4,
        tokens,
        Math.max(0, Math.min(order, opening)),
        last,
        'changes the arguments of another tool',
      ),
    ];
  const asked = tokens.findIndex((t, i) => (t.mask & W.USER) !== 0 && ASKS.test(tokens[i + 1]?.word ?? ''));
  const bare = scene.names.parameters.size === 0;
  if (firm && asked >= 0 && asked < order && (foreign >= 0 || (bare && literal)))
    return [hit('redirect.arguments', 0.6, tokens, asked, last, 'changes what the person asked for')];
  const you = tokens.slice(0, order).some((t) => t.word === 'you');
  if (firm && you && (foreign >= 0 || (bare && named && literal)))
    return [hit('redirect.arguments', 0.55, tokens, order, last, 'changes arguments that are not its own')];
  return [];
}

/** "…, then pass its name as `image`": an argument of this very tool. */
function ownParameter({ names }: Scene, tokens: readonly Token[], order: number): boolean {
  const named = tokens.filter(
    (t, i) => i > order && (t.quoted || (t.mask & (W.LITERAL | W.SINK | W.SECRET_PLACE)) !== 0),
  );
  return named.length > 0 && named.every((t) => names.parameters.has(t.word));
}

/** "Every call of `send_message` has to go to …": no exception is left. */
function subject(tokens: readonly Token[]): Hit | null {
  for (let i = 0; i < tokens.length; i++) {
    if (!/^(?:every|all|any|each)$/.test(tokens[i]?.word ?? '')) continue;
    const other = find(tokens, W.OTHER_TOOL, i + 1, 5);
    const must = other < 0 ? -1 : find(tokens, W.OBLIGE, other + 1, 6);
    const value = must < 0 ? -1 : find(tokens, W.LITERAL | W.SINK | W.SECRET_PLACE, must + 1);
    if (value >= 0) return hit('redirect.arguments', 0.6, tokens, i, value, 'puts a rule on all calls of another tool');
  }
  return null;
}

/** A clause that opens with another tool: "when `x` is called", "for any `x` request", "all calls to `x`". */
function openingOther(tokens: readonly Token[]): number {
  for (let i = 0; i < tokens.length; i++) {
    if (
      !/^(?:before|when|whenever|prior|after|once|upon|every|each|if|during|while|any|for|all)$/.test(
        tokens[i]?.word ?? '',
      )
    )
      continue;
    // "A prior output" is no order of events.
    if (tokens[i]?.word === 'prior' && tokens[i + 1]?.word !== 'to') continue;
    const wide = tokens[i]?.word !== 'for' || /^(?:any|all|every|each|the)$/.test(tokens[i + 1]?.word ?? '');
    const other = find(tokens, W.OTHER_TOOL, i + 1, wide ? 9 : 1);
    const self = find(tokens, W.SELF, 0, i);
    if (other >= 0 && self < 0) return i;
  }
  return -1;
}

/** "Before using X, you must …": an order that hangs on another tool. */
function prerequisite(scene: Scene, { tokens, mask }: Sentence, next: Sentence | undefined): Hit[] {
  if (scene.about === 'server' && (mask & (W.SECRET_PLACE | W.SINK)) === 0) return [];
  if ((mask & W.OTHER_TOOL) === 0) return [];
  const when = openingOther(tokens);
  if (when < 0) return [];
  const other = find(tokens, W.OTHER_TOOL, when + 1);
  const verbs = W.INVOKE | W.READ | W.SEND | W.MODIFY;
  const order = orderAt(tokens, verbs, when === 0 ? other + 1 : 0);
  const follows = next !== undefined && (next.mask & W.OBLIGE) !== 0 && orderAt(next.tokens, verbs, 0) >= 0;
  if (order < 0 && !follows) return [];
  // "Call this tool before …", "use this first": about itself.
  if (isOfItself(tokens, order)) return [];
  const word = tokens[when]?.word ?? '';
  const firm = (mask & W.OBLIGE) !== 0 || ((next?.mask ?? 0) & W.PRESSURE) !== 0;
  const callee = order < 0 ? -1 : find(tokens, W.OTHER_TOOL, order + 1);
  const target = order >= 0 && find(tokens, W.OTHER_TOOL | W.LITERAL, order + 1) >= 0;
  let weight = target ? 0.4 : 0.3;
  if (firm) weight += 0.15;
  if (word === 'before' || word === 'prior') weight += callee >= 0 && callee !== other ? 0.15 : 0.1;
  // A tool without arguments that only says what comes before another one has no work of its own.
  if (target && callee >= 0 && callee !== other && scene.names.parameters.size === 0) weight += 0.1;
  if (/^(?:if|each|once|while|for)$/.test(word)) weight -= 0.2;
  if (word === 'after') weight -= 0.1;
  if (callee >= 0 && callee !== other && hasEffects(tokens[callee]?.word ?? '')) weight += 0.2;
  if (scene.names.siblings.has(tokens[other]?.word ?? '')) weight -= 0.2;
  else if (relatedNames(scene.names.self, tokens[other]?.word ?? '')) weight -= 0.1;
  return weight >= 0.2
    ? [
        hit(
          'redirect.prerequisite',
          weight,
          tokens,
          when,
          Math.max(order, other),
          'attaches an order to the use of another tool',
        ),
      ]
    : [];
}

function isOfItself(tokens: readonly Token[], order: number): boolean {
  if (order < 0) return false;
  const object = tokens[order + 1]?.word ?? '';
  if (object === 'this') return isItself(tokens[order + 2]);
  return /^(?:use|call|run|invoke)$/.test(tokens[order]?.word ?? '') && /^(?:before|after|when|if|for)$/.test(object);
}

function isItself(after: Token | undefined): boolean {
  return after !== undefined && ((after.mask & W.TOOL) !== 0 || /^(?:before|first|after|when|if|to)$/.test(after.word));
}

function hasEffects(name: string): boolean {
  const deed = deedOf(name);
  return deed !== null && (deed.family === 'send' || deed.family === 'destroy' || deed.family === 'execute');
}

/** Known tools of the same server: their documentation may explain how they work together. */
function siblings(scene: Scene, other: string): boolean {
  return scene.names.siblings.has(other) || relatedNames(scene.names.self, other);
}

/** "You must call `other` with '…'": a call that has nothing to do with looking up what this tool needs. */
function detour(scene: Scene, { tokens, mask, words }: Sentence, next: Sentence | undefined): Hit[] {
  if (scene.about === 'server' || (mask & W.OTHER_TOOL) === 0) return [];
  const other = find(tokens, W.OTHER_TOOL);
  const order = lastOrder(tokens, other);
  const triggers = other > 0 && /^(?:triggers|invokes|executes)$/.test(tokens[other - 1]?.word ?? '');
  if ((order < 0 && !triggers) || isOfItself(tokens, order)) return [];
  if (tokens.slice(Math.max(0, order - 3), order).some((t) => (t.mask & W.NEGATE) !== 0)) return [];
  const at = tokens[find(tokens, W.OTHER_TOOL, Math.max(order, 0))];
  const callee = at
    ? scene.text
        .slice(at.start, at.end)
        .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
        .toLowerCase()
    : '';
  const obliged = tokens
    .slice(Math.max(0, order - GOVERNED), other)
    .some((t) => (t.mask & (W.OBLIGE | W.BEFORE)) !== 0);
  let weight = obliged || triggers ? 0.25 : 0.05;
  if (find(tokens, W.LITERAL, other + 1) >= 0) weight += 0.25;
  if (!LOOKUP_NAME.test(callee)) weight += obliged || triggers ? 0.25 : 0.1;
  const strong =
    /^(?:call|invoke|run|execute|trigger|triggers)$/.test(tokens[order]?.word ?? '') &&
    (order === 0 || (tokens[order - 1]?.end ?? 0) < (tokens[order]?.start ?? 0) - 1);
  if (triggers || strong) weight += 0.1;
  const near = siblings(scene, callee);
  weight += near ? (LOOKUP_NAME.test(callee) ? -0.3 : -0.15) : obliged ? 0.1 : 0;
  weight += 0.15 * count(mask | (next?.mask ?? 0), [W.EXCUSE, W.PRESSURE]);
  if (PURPOSE.test(words) && (mask & W.SECRET_PLACE) === 0) weight -= 0.2;
  return weight >= 0.2
    ? [
        hit(
          'redirect.detour',
          Math.min(0.75, weight),
          tokens,
          Math.max(order, other - 1),
          other,
          'orders a call of another tool',
        ),
      ]
    : [];
}

/** So many words before an order something may still oblige to it. */
const GOVERNED = 10;

function lastOrder(tokens: readonly Token[], other: number): number {
  for (let i = other; i >= 0 && i >= other - 6; i--) {
    const token = tokens[i];
    if (!token || (token.mask & W.INVOKE) === 0 || token.identifier || token.quoted) continue;
    if (/(?:ed|s)$/.test(token.word) && !/^(?:process)$/.test(token.word)) continue;
    if (/ing$/.test(token.word)) {
      const firm = token.word === 'using' && tokens.slice(0, i).some((t) => (t.mask & W.OBLIGE) !== 0);
      if (firm || /^(?:by|involves|requires|perform|include|includes)$/.test(tokens[i - 1]?.word ?? '')) return i;
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
