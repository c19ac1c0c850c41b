/**
 * Key names as manuals write them: `<Tab>`, `<Ctrl c>`, `<Esc>|<q>`, and text typed between keys, `<:>help<Enter>`.
 * Every shell refuses such a line before it runs anything: it ends with a redirection that leads nowhere (POSIX, Shell
 * Command Language, 2.7 and 2.10; PowerShell and cmd alike). Between the brackets stand modifiers and one key, and
 * typed text holds no blanks: so even where somebody appends a file name, there are redirections only, and no command
 * but a key.
 */
const MODIFIER = '(?:Ctrl|Control|Alt|AltGr|Shift|Cmd|Command|Opt|Option|Meta|Super|Win|Fn)';
const KEY = `<(?:${MODIFIER}[ +-]){0,3}[A-Za-z0-9.,:+_-]{1,16}>`;
const TYPED = '(?: ?\\|? ?|[A-Za-z0-9.:_-]{1,16})';
const NOTATION = new RegExp(`^${KEY}(?:${TYPED}${KEY}){0,15}$`, 'i');

const KEYS_CHARS_MAX = 256;

/** True when the whole text is key notation, which is no command, and harmless as one. */
export function isKeyNotation(text: string): boolean {
  return text.charCodeAt(0) === 0x3c && text.length <= KEYS_CHARS_MAX && NOTATION.test(text);
}
