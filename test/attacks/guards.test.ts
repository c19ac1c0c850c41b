import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import type { Definition } from '../../src/core/definition.ts';
import { isObject } from '../../src/core/json.ts';
import type { JsonObject, JsonValue } from '../../src/core/json.ts';
import { prepareGuards } from '../../src/guards/prepare.ts';
import { SECRET_CLASSES } from '../../src/guards/secret/type.ts';
import { textInspector } from '../../src/guards/secret/inspect.ts';
import { fill, seeded } from '../fixtures/recipes.ts';

const table = z.strictObject({
  argument: z.string(),
  roots: z.array(z.string()),
  rows: z.array(z.strictObject({ value: z.json(), finds: z.string() })).min(1),
});

const directory = new URL('.', import.meta.url);
const files = readdirSync(directory).filter((name) => /^(?:path|url|header|schema|secret)-.*\.yaml$/.test(name));

const STRICT_SCHEMA = {
  type: 'object',
  properties: {
    path: { type: 'string' },
    lines: { type: 'integer', minimum: 1, maximum: 100 },
    mode: { enum: ['text', 'binary'] },
  },
  required: ['path'],
};

/** One tool with one argument of that name, or the tool of the strictness rows. */
function definitionFor(argument: string): Definition {
  const schema: JsonValue = argument === 'call' ? STRICT_SCHEMA : { type: 'object', properties: { [argument]: {} } };
  return { kind: 'tool', name: 'probe', body: { name: 'probe', description: 'Does one thing.', inputSchema: schema } };
}

for (const file of files) {
  const { argument, roots, rows } = table.parse(parse(readFileSync(new URL(file, directory), 'utf8')));
  const inspectText = textInspector({ classes: new Set(SECRET_CLASSES) });
  const guards = prepareGuards(definitionFor(argument), {
    roots,
    declared: [],
    ...(inspectText ? { inspectText } : {}),
  });
  const draw = seeded(11);

  describe('each row of', () => {
    it.each(rows)(`${file}: $value → $finds`, ({ value, finds }) => {
      const filled = typeof value === 'string' ? fill(value, draw) : value;
      const args: JsonObject = argument === 'call' && isObject(filled) ? filled : { [argument]: filled };
      const codes = guards.inspect(args).map((finding) => finding.code);
      if (finds === 'none') expect(codes).toEqual([]);
      else expect(codes).toContain(finds);
    });
  });
}
