import { isObject, type JsonValue } from '../core/json.ts';
import type { Path } from './document.ts';
import type { Source } from './overrides.ts';
import type { Config } from './schema.ts';

/** One effective value. Secrets appear as the references that were written, never looked up. */
export interface ExplainedValue {
  /** `upstreams.files.timeout_ms`. */
  readonly path: string;
  readonly value: JsonValue;
  readonly source: Source;
}

/** Every leaf of the effective configuration, in the order of the schema. */
export function explainConfig(config: Config, sourceOf: (path: Path) => Source): readonly ExplainedValue[] {
  const found: ExplainedValue[] = [];
  const visit = (value: JsonValue | undefined, path: Path): void => {
    if (value === undefined) return;
    if (isObject(value) && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value)) visit(inner, [...path, key]);
    } else if (Array.isArray(value) && value.some((item) => typeof item === 'object')) {
      value.forEach((item, index) => visit(item, [...path, index]));
    } else found.push({ path: shown(path), value, source: sourceOf(path) });
  };
  visit(config, []);
  return found;
}

function shown(path: Path): string {
  return path
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`))
    .join('');
}
