import type { Command, PipelineNode, Script, Word } from 'unbash';
import { emit } from './emit.ts';

/**
 * What a script would print, when that is certain without running it: `echo`, `printf`, `cat` of a here-document
 * and decoders of such text. Null as soon as anything else takes part.
 */
export function outputOf(script: Script): string | null {
  let output = '';
  for (const statement of script.commands) {
    if (statement.background === true || statement.command.type === 'AndOr') return null;
    const text = pipelineOutput(statement.command);
    if (text === null) return null;
    output += text;
  }
  return output;
}

function pipelineOutput(node: PipelineNode): string | null {
  const stages = node.type === 'Pipeline' ? node.commands : [node];
  let text: string | null = null;
  for (const stage of stages) {
    if (stage.type !== 'Command') return null;
    text = commandOutput(stage, text);
    if (text === null) return null;
  }
  return text;
}

function commandOutput(command: Command, input: string | null): string | null {
  if (command.name === undefined || command.prefix.length > 0) return null;
  const words = [literalOf(command.name)];
  let stdin = input;
  for (const item of command.suffix) {
    if (item.type === 'Word') words.push(literalOf(item));
    else if (item.type === 'HereString' && item.target !== undefined) stdin = withNewline(literalOf(item.target));
    else if (item.type === 'HereDoc' && item.body.parts === undefined) stdin = item.body.text;
    else return null;
  }
  const known = words.filter((word) => word !== null);
  if (known.length !== words.length) return null;
  return pathOf(known, command.pos) ?? emit(known, stdin)?.text ?? null;
}

const MAKES_TEMPORARY = /^(?:-[dqut]+|--directory|--quiet|--dry-run|--suffix=[\w.-]*|-p|--tmpdir(?:=\/tmp)?)$/;

/**
 * The path that `mktemp` and `which` print, well enough to know what kind of place or which program it is.
 * @param at position of the command, which tells one temporary file from another
 */
function pathOf(words: readonly string[], at: number): string | null {
  const [program = '', ...rest] = words;
  if (program === 'mktemp') {
    const template = rest.find((word) => !word.startsWith('-'));
    if (!rest.every((word) => word === template || MAKES_TEMPORARY.test(word))) return null;
    if (template === undefined) return `/tmp/tmp.${at}`;
    if (rest.some((word) => word === '-p')) return null;
    const named = template.replace(/X{3,}/, String(at));
    return rest.some((word) => /^-\w*t|^--tmpdir/.test(word)) ? `/tmp/${named}` : named;
  }
  const asked =
    program === 'which' ? rest : /^(?:command -v|type -P|hash -t)$/.test(`${program} ${rest[0]}`) ? rest.slice(1) : [];
  const [name] = asked;
  if (asked.length !== 1 || name === undefined || !/^[\w.+-]+$/.test(name) || name.startsWith('-')) return null;
  return `/usr/bin/${name}`;
}

const withNewline = (text: string | null): string | null => (text === null ? null : `${text}\n`);

/** The value of a word without expansions other than certain command substitutions. */
function literalOf(word: Word): string | null {
  if (word.parts === undefined) return word.value;
  let text = '';
  for (const part of word.parts) {
    if (part.type === 'Literal' || part.type === 'SingleQuoted' || part.type === 'AnsiCQuoted') text += part.value;
    else if (part.type === 'DoubleQuoted' && part.parts.every((child) => child.type === 'Literal')) {
      for (const child of part.parts) text += child.type === 'Literal' ? child.value : '';
    } else if (part.type === 'CommandExpansion' && part.script !== undefined) {
      const output = outputOf(part.script);
      if (output === null) return null;
      text += output.replace(/\n+$/, '');
    } else return null;
  }
  return text;
}
