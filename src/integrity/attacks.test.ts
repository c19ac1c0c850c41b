import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { JsonObject } from '../core/json.ts';
import { inspectDefinition } from './inspect.ts';

const FOLDER = new URL('../../test/attacks/', import.meta.url);

/** A file of `test/attacks/tool-*.yaml`. */
interface AttackFile {
  readonly title: string;
  readonly source: string;
  readonly expect: 'stopped' | 'allowed';
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
      else expect(verdict).not.toBe('allow');
    });
  });
}
