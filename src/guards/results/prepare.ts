/**
 * The door for results. In: a pinned definition, once; then each result of it. Out: pass, pass redacted, or withhold,
 * with findings for the record. Must never happen here: a result that does not fit its `outputSchema` because of us,
 * or `content` and `structuredContent` that tell different stories.
 */
import type { Finding } from '../../core/decision.ts';
import type { Definition } from '../../core/definition.ts';
import { isObject, own } from '../../core/json.ts';
import type { JsonObject } from '../../core/json.ts';
import { prepareSchema } from '../schema/prepare.ts';
import type { SchemaCheck } from '../schema/prepare.ts';
import { PII_CLASSES } from '../pii/scan.ts';
import { SECRET_CLASSES, describe } from '../secret/type.ts';
import { Reading, redact } from './redact.ts';
import type { Sighting } from './redact.ts';

export type ResultMode = 'off' | 'record' | 'redact' | 'block';

export interface ResultOptions {
  readonly secrets: ResultMode;
  readonly pii: ResultMode;
  readonly piiClasses: readonly string[];
  /** Default 4,000,000 characters. */
  readonly textCharsMax?: number;
}

export type ResultVerdict =
  | { readonly kind: 'pass'; readonly findings: readonly Finding[] }
  | { readonly kind: 'redacted'; readonly result: JsonObject; readonly findings: readonly Finding[] }
  | { readonly kind: 'withheld'; readonly why: string; readonly findings: readonly Finding[] };

/** What is prepared for the results of one definition. Immutable; shared by all calls. */
export interface PreparedResults {
  /** @param redactClasses classes that an obligation of the decision adds to what is redacted anyway */
  inspect(result: JsonObject, redactClasses?: readonly string[]): ResultVerdict;
}

const TEXT_CHARS_MAX = 4_000_000;
const NO_CLASSES: readonly string[] = [];
const CLEAN: ResultVerdict = { kind: 'pass', findings: [] };

/** @param definition null for resources and prompts without one */
export function prepareResults(definition: Definition | null, options: ResultOptions): PreparedResults {
  const declared = definition?.kind === 'tool' ? own(definition.body, 'outputSchema') : undefined;
  return new Results(isObject(declared) ? prepareSchema(declared) : null, options);
}

class Results implements PreparedResults {
  readonly #output: SchemaCheck | null;
  readonly #usual: Wanted;
  /** By the classes that obligations add: few, as rules name them. */
  readonly #more = new Map<string, Wanted>();
  readonly #textCharsMax: number;

  constructor(output: SchemaCheck | null, options: ResultOptions) {
    this.#output = output;
    this.#usual = wanted(modesOf(options));
    this.#textCharsMax = options.textCharsMax ?? TEXT_CHARS_MAX;
  }

  inspect(result: JsonObject, redactClasses = NO_CLASSES): ResultVerdict {
    const { modes, classes } = redactClasses.length === 0 ? this.#usual : this.#with(redactClasses);
    if (modes.size === 0) return CLEAN;
    const reading = new Reading(classes, this.#textCharsMax);
    reading.read(result);
    if (reading.complete && reading.sightings.length === 0) return CLEAN;
    const findings = reading.sightings.map(toFinding);
    const enforcing = [...modes.values()].some((mode) => mode !== 'record');
    if (!reading.complete && enforcing)
      return {
        kind: 'withheld',
        why: `the result has more than ${this.#textCharsMax} characters and could not be inspected`,
        findings,
      };
    const blocking = reading.sightings.find(({ detection }) => modes.get(detection.class) === 'block');
    if (blocking) return { kind: 'withheld', why: `the result holds ${describe(blocking.detection)}`, findings };
    const redacted = reading.sightings.filter(({ detection }) => modes.get(detection.class) === 'redact');
    if (redacted.length === 0) return findings.length === 0 ? CLEAN : { kind: 'pass', findings };
    return this.#redacted(result, redacted, findings);
  }

  #with(redactClasses: readonly string[]): Wanted {
    const key = redactClasses.join('\n');
    const known = this.#more.get(key);
    if (known) return known;
    if (this.#more.size >= MORE_MAX) this.#more.clear();
    const made = wanted(withRedacted(this.#usual.modes, redactClasses));
    this.#more.set(key, made);
    return made;
  }

  #redacted(result: JsonObject, sightings: readonly Sighting[], findings: readonly Finding[]): ResultVerdict {
    const cleaned = redact(result, sightings);
    const structured = own(cleaned, 'structuredContent');
    const misfit = this.#output !== null && isObject(structured) && this.#output.check(structured).length > 0;
    if (misfit)
      return {
        kind: 'withheld',
        why: 'the result holds secrets where its schema leaves no room for a redaction',
        findings,
      };
    return { kind: 'redacted', result: cleaned, findings };
  }
}

/** What becomes of which classes. */
interface Wanted {
  readonly modes: ReadonlyMap<string, ResultMode>;
  readonly classes: ReadonlySet<string>;
}

/** Sets of classes that are kept ready for one definition. */
const MORE_MAX = 64;

function wanted(modes: ReadonlyMap<string, ResultMode>): Wanted {
  return { modes, classes: new Set(modes.keys()) };
}

function modesOf({ secrets, pii, piiClasses }: ResultOptions): ReadonlyMap<string, ResultMode> {
  const modes = new Map<string, ResultMode>();
  if (secrets !== 'off') for (const name of SECRET_CLASSES) modes.set(name, secrets);
  if (pii !== 'off') for (const name of piiClasses) modes.set(name, pii);
  return modes;
}

/** An obligation adds, it never takes away: what blocks stays blocking. */
function withRedacted(
  modes: ReadonlyMap<string, ResultMode>,
  classes: readonly string[],
): ReadonlyMap<string, ResultMode> {
  const merged = new Map(modes);
  for (const name of classes) if (merged.get(name) !== 'block') merged.set(name, 'redact');
  return merged;
}

function toFinding({ at, detection }: Sighting): Finding {
  const personal = PII_CLASSES.some((name) => name === detection.class);
  return {
    code: `${personal ? 'pii' : 'secret'}.${detection.class.replaceAll('-', '_')}`,
    by: personal ? 'pii' : 'secret',
    at,
    span: [detection.start, detection.end],
    why: `the result holds ${describe(detection)}`,
    locked: false,
  };
}
