import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Definition } from '../../src/core/definition.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { typesOfRules } from '../../src/gateway/ruled-types.ts';
import { GUARDS, warmGuards } from '../../src/guards/guards.ts';
import { prepareGuards } from '../../src/guards/prepare.ts';
import { callSchema } from '../../src/policy/call-schema.ts';
import { effectOf } from '../../src/policy/evaluate.ts';
import { loadPolicies } from '../../src/policy/load.ts';
import { describeProblem } from '../../src/policy/problem.ts';
import { questionOf } from '../../src/policy/question-of.ts';

const table = z
  .strictObject({
    policy: z.string(),
    rules: z.array(
      z.strictObject({
        rule: z.string(),
        tool: z.string(),
        argument: z.string(),
        stopped: z.array(z.json()).min(1),
        passes: z.array(z.json()),
      }),
    ),
  })
  .parse(parse(readFileSync(new URL('founding-page.yaml', import.meta.url), 'utf8')));

const text = { type: 'string' };
const SCHEMAS: Readonly<Record<string, JsonObject>> = {
  read_file: { path: text },
  execute_query: { query: text },
  run_command: { command: text },
  http_request: {
    url: text,
    headers: { type: 'object', additionalProperties: text },
    timeout: { type: 'integer', minimum: 0, maximum: 30_000 },
  },
};
const ELSE: Readonly<Record<string, JsonObject>> = { paths: { path: '/data/a' } };

const loaded = loadPolicies([{ name: 'founding-page.yaml', text: Buffer.from(table.policy) }], {
  argumentTypes: GUARDS.map((guard) => guard.type),
  views: GUARDS.flatMap((guard) => (guard.view ? [guard.view] : [])),
  profile: 'production',
});

function effect(tool: string, args: JsonObject): string {
  if (!loaded.ok) throw new Error(loaded.problems.map(describeProblem).join('; '));
  const properties = Object.hasOwn(SCHEMAS, tool) ? SCHEMAS[tool] : undefined;
  const body = { name: tool, inputSchema: { type: 'object', ...(properties ? { properties } : {}) } };
  const definition: Definition = { kind: 'tool', name: tool, body };
  const guards = prepareGuards(definition, { roots: [], declared: typesOfRules(loaded.policy, null, tool) });
  const question = questionOf(callSchema.parse({ tool, arguments: args, definition: body }), { nowMs: 0 });
  return effectOf(loaded.policy, { ...question, findings: guards.inspect(args) });
}

beforeAll(warmGuards);

describe.each(table.rules)('$rule', ({ tool, argument, stopped, passes }) => {
  const args = (value: JsonValue): JsonObject => ({ ...ELSE[argument], [argument]: value });
  it.each(stopped.map((value) => [value]))('stops %j', (value) => expect(effect(tool, args(value))).toBe('deny'));
  if (passes.length > 0)
    it.each(passes.map((value) => [value]))('passes %j', (value) => expect(effect(tool, args(value))).toBe('allow'));
});
