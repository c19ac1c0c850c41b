import type { Resolved } from '../core/call.ts';
import type { Finding } from '../core/decision.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import { prepareResults, type PreparedResults } from '../guards/results/prepare.ts';
import { classesOfModes, textInspector, type InspectText } from '../guards/secret/inspect.ts';
import type { GuardsSection } from '../guards/section.ts';
import type { DeclaredType } from '../guards/typing.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import { judgeResult } from '../integrity/results.ts';

/** What became of a result. */
export interface Inspected {
  /** null: withheld. */
  readonly result: JsonObject | null;
  readonly findings: readonly Finding[];
  /** Why it was withheld, for the agent. */
  readonly why: string;
}

interface Prepared {
  readonly roots: readonly string[];
  readonly guards: PreparedGuards;
  readonly results: PreparedResults;
}

const NO_ROOTS: readonly string[] = [];

/**
 * Arguments and results under the guards. Prepared once per definition and set of roots, kept as long as the
 * definition is served; what has no definition is judged by its look.
 */
export class Inspection {
  readonly #settings: GuardsSection;
  readonly #inspectText: InspectText | null;
  readonly #prepared = new WeakMap<ServedDefinition, Prepared>();
  readonly #unknown: Prepared;

  constructor(settings: GuardsSection) {
    const { secrets, pii } = settings;
    const personal = pii.arguments === 'block' ? pii.classes : [];
    this.#settings = settings;
    this.#inspectText = textInspector({ classes: classesOfModes(secrets.arguments === 'block', personal) });
    this.#unknown = this.#prepare(null, '', NO_ROOTS);
  }

  /** Findings in what a call would send: its arguments, and a client's answers to a server's questions. */
  inspectCall(
    call: Resolved,
    served: ServedDefinition | null,
    responses: JsonObject | null,
    roots: readonly string[],
  ): readonly Finding[] {
    const found = this.#for(call.upstream, served, roots).guards.inspect(call.arguments);
    if (responses === null) return found;
    return [...found, ...this.#unknown.guards.inspect({ inputResponses: responses })];
  }

  /** @param redactClasses what obligations of the decision ask to be redacted, beside the settings */
  inspectResult(
    call: Resolved,
    served: ServedDefinition | null,
    result: JsonObject,
    roots: readonly string[],
    redactClasses: readonly string[],
  ): Inspected {
    if (call.method === 'tasks/get' && isObject(result.result)) {
      // What a task ended with is the result of its call, one level down.
      const inner = this.inspectResult(
        { ...call, method: 'tasks/result' },
        served,
        result.result,
        roots,
        redactClasses,
      );
      return inner.result === null ? inner : { ...inner, result: { ...result, result: inner.result } };
    }
    const verdict = this.#for(call.upstream, served, roots).results.inspect(result, redactClasses);
    if (verdict.kind === 'withheld') return { result: null, findings: verdict.findings, why: verdict.why };
    return this.#instructions(call, verdict.kind === 'redacted' ? verdict.result : result, verdict.findings);
  }

  #instructions(call: Resolved, result: JsonObject, findings: readonly Finding[]): Inspected {
    const mode = this.#settings.instructions;
    if (mode === 'off') return { result, findings, why: '' };
    const judged = judgeResult(targetName(call), result);
    if (judged.verdict === 'allow') return { result, findings, why: '' };
    const all = [...findings, ...judged.findings];
    if (mode === 'block' && judged.verdict === 'block') {
      return { result: null, findings: all, why: 'the result holds instructions to the model' };
    }
    return { result: marked(result, judged.findings), findings: all, why: '' };
  }

  #for(upstream: string, served: ServedDefinition | null, roots: readonly string[]): Prepared {
    if (!served) return this.#unknown;
    const known = this.#prepared.get(served);
    if (known?.roots === roots) return known;
    const prepared = this.#prepare(served, upstream, roots);
    this.#prepared.set(served, prepared);
    return prepared;
  }

  #prepare(served: ServedDefinition | null, upstream: string, roots: readonly string[]): Prepared {
    const definition = served?.definition ?? null;
    const { secrets, pii, result_text_chars_max: textCharsMax } = this.#settings;
    const declared = definition === null ? [] : this.#declared(upstream, definition.name);
    return {
      roots,
      guards: prepareGuards(definition, { roots, declared, inspectText: this.#inspectText }),
      results: prepareResults(definition, {
        secrets: secrets.results,
        pii: pii.results,
        piiClasses: pii.classes,
        textCharsMax,
      }),
    };
  }

  #declared(upstream: string, tool: string): DeclaredType[] {
    return this.#settings.types
      .filter((entry) => entry.tool === tool && (entry.server === undefined || entry.server === upstream))
      .map(({ argument, type, base, dialect }) => ({ argument, type, tuning: tuningOf({ base, dialect }) }));
  }
}

function tuningOf(given: Record<string, string | undefined>): Record<string, JsonValue> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

function targetName({ upstreamTarget: target }: Resolved): string {
  if (target.kind === 'resource') return target.uri;
  return target.kind === 'tool' || target.kind === 'prompt' ? target.name : '';
}

/** A mark that clients and later rules can see; the words stay as the server said them. */
function marked(result: JsonObject, findings: readonly Finding[]): JsonObject {
  const meta = typeof result._meta === 'object' && !Array.isArray(result._meta) ? result._meta : {};
  const places = [...new Set(findings.map(({ at }) => at))];
  return { ...result, _meta: { ...meta, 'veto/untrusted': { code: 'result.instructions', at: places } } };
}
