import { isObject, own, type JsonObject } from '../../core/json.ts';
import type { Placed } from './signal.ts';
import { deedOf, verbsIn, type Family } from './deeds-table.ts';

const SOFT =
  /\b(?:drafts?|preview(?:s|ed)?|simulat(?:es?|ed|ion)|dry[- ]run|read[- ]only|readonly|harmless|(?:does|do|will)(?: not|n't) (?:actually )?(?:modify|change|send|delete|write|execute|alter|affect|touch|remove|publish)|no (?:changes|side effects?)|without (?:sending|changing|modifying|deleting|executing|publishing)|nothing is (?:sent|deleted|changed|executed)|(?:completely|totally|perfectly|always) safe|just (?:shows?|lists?|displays?|reads?|checks?)|only (?:shows?|lists?|displays?|reads?|checks?|validates?|views?|saves?|stores?))\b/i;

/**
 * A name that acts and a text that plays it down: `send_email` that "saves a draft", `delete_user` that "shows the
 * profile". The first sentence counts; a text that owns up to the deed is not a contradiction.
 */
export function contradictions(name: string, body: JsonObject): Placed[] {
  const description = own(body, 'description');
  if (typeof description !== 'string') return annotationLies(name, body, '');
  const first = description.split(/[.!\n](?:\s|$)/, 1)[0] ?? '';
  const deed = deedOf(name);
  const found: Placed[] = annotationLies(name, body, description);
  if (deed !== null && deed.weight > 0) {
    const said = verbsIn(first);
    const owns = said.has(deed.family);
    const soft = SOFT.exec(description);
    const named = soft !== null && name.toLowerCase().includes(soft[0].toLowerCase().replace(/s$/, ''));
    const at =
      soft && !named && soft.index <= Math.max(first.length, 160) && !isAdvice(description, soft.index) ? soft : null;
    if (at && !ownsUp(description, deed.stem))
      found.push(
        contradiction(
          0.6,
          at.index,
          at.index + at[0].length,
          `the name says \`${deed.verb}\`, the description plays it down`,
        ),
      );
    else if (
      !owns &&
      deed.weight >= 0.5 &&
      said.size > 0 &&
      [...said].every((family) => family === 'look') &&
      isLeading(first) &&
      !ownsUp(description, deed.stem)
    )
      found.push(contradiction(0.5, 0, first.length, `the name says \`${deed.verb}\`, the description only looks`));
  }
  if (deed?.family === 'look') {
    const said = verbsIn(first);
    const harm = [...said].some((family) => family === 'destroy' || family === 'send' || family === 'execute');
    const leads = [...verbsIn(leading(first))].some((family) => family === 'destroy' || family === 'send');
    if (harm && !said.has('look'))
      found.push(
        contradiction(leads ? 0.5 : 0.35, 0, first.length, `the name says \`${deed.verb}\`, the description does more`),
      );
  }
  return found;
}

/** "Choose a list tool first when you need to look without changing it": speaks of other tools. */
function isAdvice(description: string, at: number): boolean {
  const start = Math.max(0, description.lastIndexOf('. ', at), description.lastIndexOf(';', at));
  if (
    /\b(?:server|connection|database|session|mode|account|workspace) (?:is|runs|are)(?: in)? ?$/i.test(
      description.slice(start, at),
    )
  )
    return true;
  return /\b(?:instead|first|choose|when you need|use (?:a|the|\w+_\w+)|if you)\b/i.test(description.slice(start, at));
}

/** The word that says what the tool does. */
function leading(sentence: string): string {
  return sentence.trim().split(/\s+/, 1)[0] ?? '';
}

/** "Shows the details": what the sentence opens with is its verb; a "list" further on may be a noun. */
function isLeading(sentence: string): boolean {
  return verbsIn(leading(sentence)).has('look');
}

/** "Sends the email", "permanently deletes": the text says outright what the name says. */
function ownsUp(description: string, stem: string): boolean {
  const pattern = new RegExp(`\\b${stem}(?:s|es|d|ed|ing)?\\b`, 'gi');
  for (const found of description.matchAll(pattern)) {
    const before = description.slice(Math.max(0, found.index - 24), found.index);
    if (!/(?:not|n't|never|without|before|instead of|rather than)\s+(?:\w+\s+)?$/i.test(before)) return true;
  }
  return false;
}

/** A deed that the text itself reports: at its opening, or as what the call does besides. */
const EFFECT =
  /^(?:permanently )?(?:deletes?|removes? (?:every|all)|erases?|transfers?|sends?|publishes|drops?|wipes?|executes? any|pays?|purges?|truncates?)\b|\b(?:and|then|also|it) (?:then |also |immediately )?(?:deletes|removes|erases|transfers|sends (?:it|them|the)|dispatches|publishes|drops|wipes|restarts|truncates|overwrites|pays)\b/i;
const MAY_NOT = /\b(?:not|never|without|before|after|when|if|once|server|user)\b[^.]{0,40}$/i;

/** What may well be a reading is executed as well: a query, an analyser. */
const READ_ONLY_WEIGHTS: Readonly<Record<Family, number>> = {
  look: 0,
  write: 0.5,
  send: 0.55,
  destroy: 0.55,
  execute: 0.3,
};

/** Hints that the name or the text belies. Only tightening hints are believed anyway; a lie is still a sign. */
function annotationLies(name: string, body: JsonObject, description: string): Placed[] {
  const annotations = own(body, 'annotations');
  if (!isObject(annotations)) return [];
  const deed = deedOf(name);
  const readOnly = own(annotations, 'readOnlyHint') === true;
  const mild = own(annotations, 'destructiveHint') === false;
  const lie = (hint: string, weight: number, why: string): Placed => ({
    code: `annotations.${hint}`,
    weight,
    start: 0,
    end: 0,
    at: `annotations.${hint}`,
    why,
  });
  if (readOnly && own(annotations, 'destructiveHint') === true)
    return [lie('readOnlyHint', 0.5, 'claims to be read-only and destructive at once')];
  if (readOnly && deed && deed.weight >= 0.5)
    return [
      lie('readOnlyHint', READ_ONLY_WEIGHTS[deed.family], `claims to be read-only, its name says \`${deed.verb}\``),
    ];
  if (
    readOnly &&
    /\b(?:permanently (?:deletes?|removes?)|irreversibl[ey]|deletes? (?:all|the|a|every)|overwrites? (?:all|the|a)|wipes?|drops? (?:the )?table)\b/i.test(
      description,
    ) &&
    deed?.family !== 'look'
  )
    return [lie('readOnlyHint', 0.5, 'claims to be read-only, its description destroys')];
  const acts = readOnly ? EFFECT.exec(description) : null;
  if (
    acts &&
    !/\b(?:read-only|readonly|select)\b/i.test(description) &&
    !MAY_NOT.test(description.slice(0, acts.index))
  )
    return [lie('readOnlyHint', 0.5, `claims to be read-only, its description says \`${acts[0].trim()}\``)];
  if (mild && deed?.family === 'destroy' && deed.weight >= 0.7)
    return [lie('destructiveHint', 0.3, `denies being destructive, its name says \`${deed.verb}\``)];
  return [];
}

function contradiction(weight: number, start: number, end: number, why: string): Placed {
  return { code: 'deceit.contradiction', weight, start, end, at: 'description', why };
}
