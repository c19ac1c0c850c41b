import { isObject, type JsonObject, type JsonValue } from '../../core/json.ts';

/** One string that a model gets to see, and where it stands. */
export interface Text {
  /** Dotted path within the definition: `description`, `inputSchema.properties.path.description`. */
  readonly at: string;
  readonly text: string;
  /** `prose` is read as sentences; `name` is a property or enum value; `value` is a default, example or constant. */
  readonly role: 'prose' | 'name' | 'value';
}

export interface Texts {
  readonly texts: readonly Text[];
  /** Names of the parameters and of their allowed values, as written. */
  readonly parameters: readonly string[];
  /** The allowed values alone. */
  readonly choices: readonly string[];
  /** Whether something was left out because of a limit; then the definition cannot be called clean. */
  readonly cut: boolean;
}

/** Strings, characters and nesting read of one definition. What has more is refused as unreadable. */
const TEXTS_MAX = 20_000;
const CHARS_MAX = 1_000_000;
const DEPTH_MAX = 64;

interface Walk {
  readonly texts: Text[];
  readonly parameters: string[];
  readonly choices: string[];
  chars: number;
  cut: boolean;
}

/** Collects every string of a definition, whatever field it hides in. */
export function collectTexts(body: JsonObject): Texts {
  const walk: Walk = { texts: [], parameters: [], choices: [], chars: 0, cut: false };
  visitObject(walk, body, '', 0);
  return { ...walk, parameters: [...walk.parameters, ...walk.choices] };
}

const VALUE_KEYS = new Set([
  'default',
  'examples',
  'example',
  'enum',
  'const',
  'pattern',
  'format',
  '$ref',
  'type',
  'uri',
  'uriTemplate',
  'mimeType',
  'src',
]);

function visitObject(walk: Walk, object: JsonObject, at: string, depth: number): void {
  if (depth > DEPTH_MAX) {
    walk.cut = true;
    return;
  }
  for (const key of Object.keys(object)) {
    const value = object[key];
    const path = at === '' ? key : `${at}.${key}`;
    if (value === undefined) continue;
    if (at.endsWith('properties')) note(walk, { at: path, text: key, role: 'name' });
    else if (!/^[\w$-]{1,40}$/.test(key)) note(walk, { at: path, text: key, role: 'prose' });
    if (key === 'properties' && isObject(value)) walk.parameters.push(...Object.keys(value));
    if (key === 'enum' && Array.isArray(value))
      for (const item of value) if (typeof item === 'string') walk.choices.push(item);
    visit(walk, value, path, depth, VALUE_KEYS.has(key) ? 'value' : 'prose');
  }
}

function visit(walk: Walk, value: JsonValue, at: string, depth: number, role: 'prose' | 'value'): void {
  if (depth > DEPTH_MAX) walk.cut = true;
  else if (typeof value === 'string') note(walk, { at, text: value, role: at === 'name' ? 'name' : role });
  else if (Array.isArray(value))
    for (const [i, item] of value.entries()) visit(walk, item, `${at}[${i}]`, depth + 1, role);
  else if (isObject(value)) visitObject(walk, value, at, depth + 1);
}

function note(walk: Walk, text: Text): void {
  walk.chars += text.text.length;
  if (walk.texts.length >= TEXTS_MAX || walk.chars > CHARS_MAX) walk.cut = true;
  else if (text.text.length > 0) walk.texts.push(text);
}
