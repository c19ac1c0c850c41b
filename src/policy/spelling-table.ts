/**
 * Ways to spell a text that servers, shells, databases and file systems read alike. A table: `mutate` tries them on
 * calls, `lint` on patterns. Each yields zero or more texts.
 */
export interface Spelling {
  readonly trick: string;
  readonly respell: (text: string) => readonly string[];
}

function percent(text: string, which: RegExp): string {
  return text.replace(
    which,
    (character) => `%${(character.codePointAt(0) ?? 0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

export const SPELLINGS: readonly Spelling[] = [
  { trick: 'upper case', respell: (text) => [text.toUpperCase()] },
  { trick: 'lower case', respell: (text) => [text.toLowerCase()] },
  { trick: 'leading blank', respell: (text) => [` ${text}`, `\t${text}`] },
  { trick: 'leading newline', respell: (text) => [`\n${text}`, `\r\n${text}`] },
  { trick: 'trailing newline', respell: (text) => [`${text}\n`, `${text}\nx`] },
  { trick: 'zero-width character', respell: (text) => [`\u200b${text}`, `${text.slice(0, 1)}\u200d${text.slice(1)}`] },
  {
    trick: 'percent encoding',
    respell: (text) => [percent(text, /[/.]/g), percent(text, /^./s), percent(percent(text, /[/.]/g), /%/g)],
  },
  {
    trick: 'full-width letters',
    respell: (text) => [text.replace(/[!-~]/g, (character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0))],
  },
  { trick: 'doubled slash', respell: (text) => (text.includes('/') ? [text.replaceAll('/', '//')] : []) },
  {
    trick: 'dot segment',
    respell: (text) => (text.startsWith('/') ? [`/.${text}`, `/x/..${text}`, text.replace(/^\//, '')] : []),
  },
  { trick: 'backslashes', respell: (text) => (text.includes('/') ? [text.replaceAll('/', '\\')] : []) },
  { trick: 'file URL', respell: (text) => (text.startsWith('/') ? [`file://${text}`] : []) },
  { trick: 'root alias', respell: (text) => (text.startsWith('/') ? [`/proc/self/root${text}`] : []) },
  {
    trick: 'SQL comment',
    respell: (text) => (/^\s*[a-z]+\s/i.test(text) ? [`/**/${text}`, text.replace(/\s/, '/**/'), `-- x\n${text}`] : []),
  },
  {
    trick: 'stacked statement',
    respell: (text) => (/^\s*(?:select|insert|update|delete|drop)\b/i.test(text) ? [`SELECT 1; ${text}`] : []),
  },
  {
    trick: 'chained command',
    respell: (text) =>
      /^[a-z][\w-]*(?:\s|$)/.test(text) ? [`true && ${text}`, `sh -c '${text}'`, `true; ${text}`] : [],
  },
  {
    trick: 'doubled blanks',
    respell: (text) => (text.includes(' ') ? [text.replaceAll(' ', '  '), text.replaceAll(' ', '\t')] : []),
  },
];
