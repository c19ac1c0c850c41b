import type { Arg, Span } from './facts.ts';
import { foldPath, isDevice, isRecord } from './names.ts';
import type { Input, Reading } from './reading.ts';

/** Notes what a redirection writes or opens. @returns the input it supplies, when it supplies one */
export function noteRedirect(
  operator: string,
  target: Arg,
  output: Input | null,
  span: Span,
  reading: Reading,
): Input | null {
  if (/^\/dev\/(?:tcp|udp)\//.test(target.text)) {
    reading.trait('network', `\`${target.text}\` opens a network connection`, span);
    reading.trait('remote_shell', `\`${target.text}\` ties this command to a network connection`, span);
    return { text: null, fetched: true, decoded: false };
  }
  if (operator === '<') return inputFrom(target, reading);
  if (operator === '<&' || (operator === '>&' && /^(?:\d+-?|-)$/.test(target.text))) return null;
  if (target.text === '/dev/null' || /^\/dev\/(?:std(?:out|err)|tty|fd\/\d+)$/.test(target.text)) return null;
  reading.write({ target: target.text, by: 'redirect', span, known: target.sure });
  if (target.sure && isDevice(foldPath(target.text))) {
    reading.trait('destructive', `\`${target.text}\` is a device and would be overwritten`, span);
  }
  if (target.sure && operator !== '>>' && isRecord(target.text)) {
    reading.trait('destructive', `\`${target.text}\` records what was done and would be overwritten`, span);
  }
  if (output?.text != null && STARTS_SHELL.test(output.text)) {
    reading.trait('interpreter_escape', `the text written to \`${target.text}\` starts a shell`, span);
  }
  if (output !== null && target.sure) keep(foldPath(target.text), operator, output, reading);
  return null;
}

function inputFrom(target: Arg, reading: Reading): Input | null {
  if (target.text.startsWith('<(')) {
    return { text: null, fetched: reading.traits.some((trait) => trait.kind === 'network'), decoded: false };
  }
  if (!target.sure) return { text: null, fetched: false, decoded: false };
  const path = foldPath(target.text);
  return { text: reading.texts.get(path) ?? null, fetched: reading.fetched.has(path), decoded: false };
}

/** The path of a shell in written text, other than after `#!`. */
const STARTS_SHELL = /(?<!#!\s?)(?:^|[\s"'`(=|;&{[,])\/bin\/(?:ba|da|z|k)?sh\b/;

/** Remembers what a file of this script will hold, for when a later command runs it. */
function keep(path: string, operator: string, output: Input, reading: Reading): void {
  if (output.fetched) reading.fetched.add(path);
  if (output.text === null) reading.texts.delete(path);
  else reading.texts.set(path, operator === '>>' ? (reading.texts.get(path) ?? '') + output.text : output.text);
}
