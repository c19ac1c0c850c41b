/**
 * What an untyped string looks like. Only whole values count: a path in the middle of a sentence is a sentence.
 */
const SHAPED_CHARS_MAX = 4096;

const SCHEME = /^[a-z][a-z0-9+.-]*:(?:\/\/|\\\\)/i;
const FILE = /^file:/i;
const PATH_START = /^(?:[/\\]|\.{1,2}[/\\]|~[/\\]|[a-z]:[/\\])/i;
const CLIMBS = /(?:^|[/\\])(?:\.|%2e|%252e){2}(?:[/\\]|%2f|%5c|%252f|%255c)/i;

/** @returns the guard that can read it, or null for text */
export function shapeOf(value: string): 'path' | 'url' | null {
  const length = value.length;
  if (length < 3 || length > SHAPED_CHARS_MAX || !mayBeShaped(value)) return null;
  if (/\s/.test(value.trim())) return null;
  const text = value.trimStart();
  if (FILE.test(text)) return 'path';
  if (SCHEME.test(text)) return 'url';
  return PATH_START.test(text) || CLIMBS.test(text) ? 'path' : null;
}

/** Cheap and common: most strings have neither a slash, a backslash, a colon nor an escape. */
function mayBeShaped(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i);
    if (c === 0x2f || c === 0x5c || c === 0x3a || c === 0x25) return true;
  }
  return false;
}
