import { ValueUnreadable, type Polarity } from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import type { Facts } from '../facts.ts';
import type { Note } from '../leaf.ts';
import type { TextTest } from '../pattern/pattern-pool.ts';
import type { ViewKind } from '../views.ts';
import { textOf, type ValueTest } from './value-test.ts';

/**
 * A test on texts under all views: `permit` needs every view (and every view readable), `restrict` any.
 * @param why says in one clause what it means that the test held, for explanations
 */
export function underViews(test: TextTest, polarity: Polarity, kindOf: (facts: Facts) => ViewKind): ValueTest {
  return polarity === 'permit'
    ? (value, facts, note) => typeof value === 'string' && everyView(test, value, kindOf(facts), facts, note)
    : (value, facts, note) => anyView(test, textOf(value), kindOf(facts), facts, note);
}

function everyView(test: TextTest, text: string, kind: ViewKind, facts: Facts, note: Note | null): boolean {
  const seen = facts.see(text, kind);
  const failed = seen.failed[0];
  if (failed) throw new ValueUnreadable(`view ${failed.view}: ${failed.why}`);
  for (const { view, text: form } of seen.texts) {
    if (!test(form, facts.work)) return decidedBy(note, view, text, form, false);
  }
  return true;
}

function anyView(test: TextTest, text: string, kind: ViewKind, facts: Facts, note: Note | null): boolean {
  const seen = facts.see(text, kind);
  for (const forms of [seen.texts, seen.parts]) {
    for (const { view, text: form } of forms) {
      if (test(form, facts.work)) return decidedBy(note, view, text, form, true);
    }
  }
  const failed = seen.failed[0];
  if (failed) throw new ValueUnreadable(`view ${failed.view}: ${failed.why}`);
  return false;
}

function decidedBy(note: Note | null, view: string, text: string, form: string, held: boolean): boolean {
  if (note) {
    note.view = view;
    const reading = form === text ? '' : `, as view ${view} reads ${shorten(text)}`;
    note.why = `${shorten(form)} ${held ? 'matches' : 'does not match'}${reading}`;
  }
  return held;
}

function shorten(text: string): string {
  return `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}

/** Whether a text is in a list; folded when either side of the comparison may hide behind letter case. */
export function listTest(list: readonly JsonValue[], folded: boolean, negated: boolean): TextTest {
  const fold = (text: string): string => (folded ? text.toLowerCase() : text);
  const known = new Set(list.map((entry) => fold(textOf(entry))));
  return (text) => known.has(fold(text)) !== negated;
}
