import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { evaluateCall } from '../policy/evaluate.ts';
import { parseCall, requirePolicies } from './policy-files.ts';
import { EXIT, jsonText } from './output.ts';
import type { PolicyIo } from './policy-io.ts';

/** `veto policy explain FILE… --call JSON`: why a call is decided as it is. Exit 1 when it is denied. */
export function explainCall(paths: readonly string[], options: { json: boolean; call: string }, io: PolicyIo): number {
  const { policy } = requirePolicies(paths, io);
  const evaluation = evaluateCall(policy, io.observe(parseCall(options.call, '--call', io), policy));
  if (options.json) io.out(jsonText(evaluation));
  else for (const line of describe(evaluation.explanation)) io.out(line);
  return evaluation.decision === 'deny' ? EXIT.finding : EXIT.fine;
}

/** The tree as indented lines. */
function describe(explanation: JsonObject): string[] {
  const outcome = objectOf(explanation['outcome']);
  const reason = outcome['reason'] === undefined ? '' : `: ${textOf(outcome['reason'])}`;
  const lines = [`${textOf(outcome['effect'])} by ${textOf(outcome['rule'])}${reason}`];
  for (const rule of listOf(explanation['rules'])) {
    const action = `${textOf(rule['action'])}${rule['mode'] === 'shadow' ? ', shadow' : ''}`;
    lines.push(`  ${textOf(rule['verdict'])}: ${textOf(rule['name'])} (${action}) at ${textOf(rule['at'])}`);
    for (const leaf of listOf(rule['match'])) lines.push(`    ${describeLeaf(leaf)}`);
    for (const entry of Array.isArray(rule['unless']) ? rule['unless'] : []) {
      for (const leaf of listOf(entry)) lines.push(`    unless ${describeLeaf(leaf)}`);
    }
  }
  for (const finding of listOf(explanation['findings']))
    lines.push(
      `  finding ${textOf(finding['code'])} at \`${textOf(finding['at'])}\`: ${textOf(finding['why'])}` +
        ` (${textOf(finding['effect'])})`,
    );
  const counter = objectOf(explanation['counterfactual']);
  if (counter['effect'] !== undefined)
    lines.push(`  would be ${textOf(counter['effect'])} but for ${textOf(counter['without'])}`);
  const shadow = objectOf(outcome['shadow']);
  if (shadow['effect'] !== undefined) lines.push(`  with shadow rules it would be ${textOf(shadow['effect'])}`);
  return [...lines, `  policy ${textOf(explanation['policy_hash']).slice(0, 16)}`];
}

function describeLeaf(leaf: JsonObject): string {
  const extra = [
    leaf['why'],
    leaf['error'] === undefined ? undefined : `error: ${textOf(leaf['error'])}`,
    leaf['view'] === undefined ? undefined : `view ${textOf(leaf['view'])}`,
  ];
  const why = extra.filter((part) => part !== undefined).map((part) => textOf(part));
  return `${textOf(leaf['verdict'])}: ${textOf(leaf['at'])}${why.length > 0 ? ` (${why.join('; ')})` : ''}`;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
