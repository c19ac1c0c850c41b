import { OperandRejected, ValueUnreadable } from '../../core/argument-type.ts';
import type {
  ArgumentSettings,
  ArgumentType,
  Condition,
  ConditionAnswer,
  Polarity,
  View,
} from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import { quote } from '../guard.ts';
import { nameMatcher, stringsOf, textOf } from '../operands.ts';
import { isWithin, placeText, resolveFrom } from './canonical.ts';
import type { Place } from './canonical.ts';
import { PATH_CHARS_MAX, readPath } from './read.ts';
import { basePlace, placeOf, rootPlaces } from './settings.ts';

type Tuning = Readonly<Record<string, JsonValue>>;
/** What a condition says of one reading; null when only the case of the letters tells. */
type Verdict = (place: Place) => boolean | null;

/**
 * `{ type: path, under, not_under, names, deny_names, extensions, base }`. `deny_names` restricts paths with such a
 * part, and in a permitting rule is met by the others.
 */
export const pathType: ArgumentType = {
  name: 'path',
  tuningKeys: ['base'],
  conditionKeys: ['under', 'not_under', 'names', 'deny_names', 'extensions'],
  compile(key, operand, tuning, polarity) {
    checkBase(tuning);
    const verdict = compileVerdict(key, operand, polarity);
    return conditionOf(
      verdict,
      SENTENCES[key] ?? key,
      stringsOf(key, operand)
        .map((text) => quote(text))
        .join(', '),
      tuning,
    );
  },
};

const SENTENCES: Readonly<Record<string, string>> = {
  under: 'under',
  not_under: 'outside',
  names: 'named like',
  deny_names: 'named, or in a directory named, like',
  extensions: 'a file of type',
};

function checkBase(tuning: Tuning): void {
  const base = tuning['base'];
  if (base === undefined) return;
  if (typeof base !== 'string' || placeOf(base).anchor === '')
    throw new OperandRejected('`base` takes an absolute path');
}

function compileVerdict(key: string, operand: JsonValue, polarity: Polarity): Verdict {
  const texts = stringsOf(key, operand);
  switch (key) {
    case 'under':
      return underOneOf(texts.map(absolute));
    case 'not_under': {
      const under = underOneOf(texts.map(absolute));
      return (place) => negate(under(place));
    }
    case 'names': {
      const matches = nameMatcher(texts);
      return (place) => matches(place.segments.at(-1) ?? '');
    }
    case 'deny_names': {
      const matches = nameMatcher(texts);
      return (place) => place.segments.some(matches) === (polarity === 'restrict');
    }
    case 'extensions':
      return extensionIn(texts);
    default:
      throw new OperandRejected(`a path has no key \`${key}\``);
  }
}

function absolute(text: string): Place {
  const place = placeOf(text);
  if (place.anchor === '') throw new OperandRejected(`\`${text}\` is not an absolute path`);
  return place;
}

function negate(verdict: boolean | null): boolean | null {
  return verdict === null ? null : !verdict;
}

function underOneOf(roots: readonly Place[]): Verdict {
  return (place) => {
    if (roots.some((root) => isWithin(place, root))) return true;
    return roots.some((root) => isWithin(place, root, true)) ? null : false;
  };
}

function extensionIn(texts: readonly string[]): Verdict {
  const wanted = texts.map((text) => `.${text.replace(/^\./, '').toLowerCase()}`);
  return (place) => {
    const name = (place.segments.at(-1) ?? '').toLowerCase();
    return wanted.some((extension) => name.endsWith(extension) && name.length > extension.length);
  };
}

/** Holds when every reading agrees; readings that differ make the value unreadable, so that rules err strictly. */
function conditionOf(verdict: Verdict, relation: string, operands: string, tuning: Tuning): Condition {
  return (value, settings) => {
    const text = textOf(value, 'path');
    const places = resolvedPlaces(text, settings, tuning);
    const answers = new Set(places.map(verdict));
    if (answers.size !== 1 || answers.has(null)) {
      throw new ValueUnreadable(
        `the path ${quote(text)} can be read in several ways, and they differ in being ${relation} ${operands}`,
      );
    }
    return answerOf(answers.has(true), places[0], relation, operands);
  };
}

function answerOf(holds: boolean, place: Place | undefined, relation: string, operands: string): ConditionAnswer {
  const shown = place === undefined ? '' : quote(placeText(place));
  return { holds, why: `${shown} is ${holds ? '' : 'not '}${relation} ${operands}` };
}

/** @throws ValueUnreadable */
function resolvedPlaces(text: string, settings: ArgumentSettings, tuning: Tuning): readonly Place[] {
  if (text.length > PATH_CHARS_MAX) throw new ValueUnreadable(`a path of ${text.length} characters is not read`);
  const facts = readPath(text);
  const disguise = facts.disguises[0];
  if (disguise !== undefined) throw new ValueUnreadable(`the path ${quote(text)} ${disguise.why}`);
  if (facts.scheme !== null) throw new ValueUnreadable(`${quote(text)} is a URL, not a path`);
  if (facts.globsUp) throw new ValueUnreadable(`the path ${quote(text)} has a part that programs take for \`..\``);
  const base = basePlace(tuning['base']) ?? rootPlaces(settings.roots)[0] ?? null;
  const places = facts.places.map((place) => resolveFrom(base, place));
  if (places.some((place) => place.anchor === '' || place.viaCwd)) {
    throw new ValueUnreadable(
      `${quote(text)} is relative, and where it starts is not declared; set \`base\` or the upstream's \`roots\``,
    );
  }
  return places;
}

/** Every place that the text can be read as, in one spelling each. */
export const pathView: View = {
  name: 'path',
  derive(value) {
    if (value.length > PATH_CHARS_MAX) throw new ValueUnreadable(`a path of ${value.length} characters is not read`);
    return readPath(value).places.map(placeText);
  },
};
