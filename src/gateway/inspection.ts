import type { Resolved } from '../core/call.ts';
import type { Finding } from '../core/decision.ts';
import type { Definition } from '../core/definition.ts';
import type { RpcError } from '../core/exchange.ts';
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { prepareGuards, type PreparedGuards } from '../guards/prepare.ts';
import { prepareResults, type PreparedResults } from '../guards/results/prepare.ts';
import { classesOfModes, textInspector, type InspectText } from '../guards/secret/inspect.ts';
import type { GuardsSection } from '../guards/section.ts';
import { standIn } from '../guards/stand-in.ts';
import type { DeclaredType } from '../guards/typing.ts';
import type { ServedDefinition } from '../integrity/offer.ts';
import { INSTRUCTIONS, judgeResult } from '../integrity/results.ts';
import { typeOfUri, typesOfRules, type Typing } from './ruled-types.ts';

/** What became of a result. */
export interface Inspected {
  /** null: withheld. */
  readonly result: JsonObject | null;
  readonly findings: readonly Finding[];
  /** Why it was withheld, for the agent. */
  readonly why: string;
}

/** What became of an error. */
export interface InspectedError extends Pick<Inspected, 'findings' | 'why'> {
  /** null: withheld. */
  readonly error: RpcError | null;
}

/** `URLElicitationRequiredError` of 2025-11-25: its data are pages to visit, with what they need in their address. */
const VISIT_REQUIRED = -32_042;

interface PreparedFor {
  readonly roots: readonly string[];
  readonly guards: PreparedGuards;
}

const NO_FINDINGS: readonly Finding[] = [];
const NO_ROOTS: readonly string[] = [];

/**
 * Arguments and results under the guards. Prepared once per definition, for arguments also per policy and set of
 * roots, and kept as long as the definition is served and the policy in force; what has no definition is judged by its
 * look.
 */
export class Inspection {
  readonly #settings: GuardsSection;
  readonly #inspectText: InspectText | null;
  readonly #guards = new WeakMap<Typing, WeakMap<ServedDefinition, PreparedFor>>();
  readonly #results = new WeakMap<ServedDefinition, PreparedResults>();
  readonly #uris = new WeakMap<readonly string[], Map<string, PreparedGuards>>();
  readonly #unknownGuards: PreparedGuards;
  readonly #unknownResults: PreparedResults;

  constructor(settings: GuardsSection) {
    const { secrets, pii } = settings;
    const personal = pii.arguments === 'block' ? pii.classes : [];
    this.#settings = settings;
    this.#inspectText = textInspector({ classes: classesOfModes(secrets.arguments === 'block', personal) });
    this.#unknownGuards = this.#prepareGuards(null, NO_ROOTS, []);
    this.#unknownResults = this.#prepareResults(null);
  }

  /** Findings in what a call would send: its arguments, and a client's answers to a server's questions. */
  inspectCall(
    call: Resolved,
    served: ServedDefinition | null,
    responses: JsonObject | null,
    roots: readonly string[],
    policy: Typing,
  ): readonly Finding[] {
    const guards = served
      ? this.#guardsFor(call.upstream, served, roots, policy)
      : this.#guardsWithout(call, roots, policy);
    const found = [...guards.inspect(call.arguments), ...this.#inspectUri(call, served, roots)];
    return responses === null ? found : [...found, ...this.#unknownGuards.inspect({ inputResponses: responses })];
  }

  #inspectUri(call: Resolved, served: ServedDefinition | null, roots: readonly string[]): readonly Finding[] {
    const { upstreamTarget: target } = call;
    if (target.kind !== 'resource' || served?.definition.kind === 'resource') return NO_FINDINGS;
    return this.#uriGuards(roots, typeOfUri(target.uri, false)).inspect({ uri: target.uri });
  }

  #uriGuards(roots: readonly string[], declared: DeclaredType): PreparedGuards {
    const known = this.#uris.get(roots) ?? new Map<string, PreparedGuards>();
    const guards = known.get(declared.type) ?? this.#prepareGuards(null, roots, [declared]);
    this.#uris.set(roots, known.set(declared.type, guards));
    return guards;
  }

  /** @param redactClasses what obligations of the decision ask to be redacted, beside the settings */
  inspectResult(
    call: Resolved,
    served: ServedDefinition | null,
    result: JsonObject,
    redactClasses: readonly string[],
  ): Inspected {
    if (call.method === 'tasks/get' && isObject(result.result)) {
      // What a task ended with is the result of its call, one level down.
      const inner = this.inspectResult({ ...call, method: 'tasks/result' }, served, result.result, redactClasses);
      return inner.result === null ? inner : { ...inner, result: { ...result, result: inner.result } };
    }
    const verdict = this.#resultsFor(served).inspect(result, redactClasses);
    if (verdict.kind === 'withheld') return { result: null, findings: verdict.findings, why: verdict.why };
    return this.#instructions(call, verdict.kind === 'redacted' ? verdict.result : result, verdict.findings);
  }

  /**
   * An error that the server answered is told to the agent like a result, so it is inspected like one. What it says of
   * pages that a person has to visit is passed on as the server asks for it.
   */
  inspectError(call: Resolved, error: RpcError, redactClasses: readonly string[]): InspectedError {
    const { code, message, data = null } = error;
    const read = code === VISIT_REQUIRED ? { message } : { message, data };
    const verdict = this.#unknownResults.inspect({ structuredContent: read }, redactClasses);
    if (verdict.kind === 'withheld') return { error: null, findings: verdict.findings, why: verdict.why };
    const cleaned = verdict.kind === 'redacted' ? verdict.result.structuredContent : read;
    const passed = isObject(cleaned) ? { ...error, ...cleaned } : error;
    const text = [{ type: 'text', text: JSON.stringify(read) }];
    const told = this.#instructions(call, { content: text, isError: true }, verdict.findings);
    if (told.result === null) return { error: null, findings: told.findings, why: told.why };
    return {
      error: error.data === undefined ? { code, message: passed.message } : passed,
      findings: told.findings,
      why: '',
    };
  }

  /**
   * What a server says while a call runs, or unasked: progress and log messages. Each is whole, so each is inspected by
   * itself under the settings for results. @returns null when it is withheld
   */
  inspectNotice(params: JsonObject): JsonObject | null {
    const verdict = this.#unknownResults.inspect({ structuredContent: params });
    if (verdict.kind === 'pass') return params;
    const cleaned = verdict.kind === 'redacted' ? verdict.result.structuredContent : null;
    return isObject(cleaned) ? cleaned : null;
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

  #guardsFor(upstream: string, served: ServedDefinition, roots: readonly string[], policy: Typing): PreparedGuards {
    const byDefinition = this.#guards.get(policy) ?? new WeakMap<ServedDefinition, PreparedFor>();
    const known = byDefinition.get(served);
    if (known?.roots === roots) return known.guards;
    const { definition } = served;
    const declared = [
      ...typesOfRules(policy, upstream, definition.name),
      ...declaredTypes(this.#settings, upstream, definition.name),
    ];
    const guards = this.#prepareGuards(definition, roots, declared);
    this.#guards.set(policy, byDefinition.set(served, { roots, guards }));
    return guards;
  }

  /** A tool without a definition is only asked about, never called; its rules still say how it is read. */
  #guardsWithout(
    { upstream, upstreamTarget: target, arguments: args }: Resolved,
    roots: readonly string[],
    policy: Typing,
  ) {
    if (target.kind !== 'tool') return this.#unknownGuards;
    const declared = typesOfRules(policy, upstream === '' ? null : upstream, target.name);
    const all = [...declared, ...declaredTypes(this.#settings, upstream, target.name)];
    return this.#prepareGuards(standIn(target.name, args), roots, all);
  }

  #prepareGuards(
    definition: Definition | null,
    roots: readonly string[],
    declared: readonly DeclaredType[],
  ): PreparedGuards {
    return prepareGuards(definition, { roots, declared, inspectText: this.#inspectText });
  }

  #resultsFor(served: ServedDefinition | null): PreparedResults {
    if (!served) return this.#unknownResults;
    const known = this.#results.get(served);
    if (known) return known;
    const prepared = this.#prepareResults(served.definition);
    this.#results.set(served, prepared);
    return prepared;
  }

  #prepareResults(definition: Definition | null): PreparedResults {
    const { secrets, pii, result_text_chars_max: textCharsMax } = this.#settings;
    return prepareResults(definition, {
      secrets: secrets.results,
      pii: pii.results,
      piiClasses: pii.classes,
      textCharsMax,
    });
  }
}

/** What the operator says of the arguments of one tool. */
export function declaredTypes({ types }: GuardsSection, upstream: string, tool: string): DeclaredType[] {
  return types
    .filter((entry) => entry.tool === tool && (entry.server === undefined || entry.server === upstream))
    .map(({ argument, type, base, dialect }) => ({ argument, type, tuning: tuningOf({ base, dialect }) }));
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
  return { ...result, _meta: { ...meta, 'veto/untrusted': { code: INSTRUCTIONS, at: places } } };
}
