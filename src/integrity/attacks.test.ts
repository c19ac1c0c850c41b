import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../core/json.ts';
import { compareDefinitions } from './drift.ts';
import { inspectDefinition } from './inspect.ts';

const FOLDER = new URL('../../test/attacks/', import.meta.url);

/** A file of `test/attacks/tool-*.yaml`. */
interface AttackFile {
  readonly title: string;
  readonly source: string;
  readonly expect: 'stopped' | 'allowed' | 'missed';
  readonly definitions: readonly (JsonObject & { readonly name: string })[];
}

for (const file of readdirSync(FOLDER).filter((f) => /^tool-.*\.yaml$/.test(f))) {
  const attack = parse(readFileSync(new URL(file, FOLDER), 'utf8')) as AttackFile;
  describe(`${attack.title} (${file})`, () => {
    it.each(attack.definitions.map((d, i) => [`${i + 1} ${d.name}`, d] as const))('%s', (_, definition) => {
      const { verdict, findings } = inspectDefinition('tool', definition.name, definition);
      if (attack.expect === 'allowed')
        expect(
          findings
            .map((f) => `${f.code} ${f.why}`)
            .concat(verdict)
            .at(-1),
        ).toBe('allow');
      else if (attack.expect === 'missed')
        expect(verdict, 'found now: move it and mend docs/integrity.md').toBe('allow');
      else expect(verdict).not.toBe('allow');
    });
  });
}

interface DriftFile {
  readonly pairs: readonly { because: string; class: string; before: Tool; after: Tool }[];
}
type Tool = JsonObject & { readonly name: string };

describe('changes of a definition', () => {
  const { pairs } = parse(readFileSync(new URL('drift-pairs.yaml', FOLDER), 'utf8')) as DriftFile;
  it.each(pairs)('$because: $class', (pair) => {
    const drift = compareDefinitions('tool', pair.before.name, pair.before, pair.after);
    expect([drift.class, drift.changes]).toEqual([pair.class, expect.anything()]);
  });
});
