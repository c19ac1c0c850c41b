import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ShellDialect } from '../../src/guards/shell/facts.ts';
import { judgeShell } from '../../src/guards/shell/judge.ts';
import { readShell } from '../../src/guards/shell/shell.ts';

interface Group {
  readonly about: string;
  readonly finds: string;
  readonly texts: readonly string[];
  /** POSIX shell when absent. */
  readonly dialect?: ShellDialect;
}

const load = (name: string): unknown => parse(readFileSync(new URL(name, import.meta.url), 'utf8'));
const codes = (text: string, dialect: ShellDialect = 'posix'): string[] =>
  judgeShell(readShell(text, { dialect })).map((finding) => finding.code);

describe.each(['shell-bypasses.yaml', 'shell-escapes.yaml', 'shell-second-batch.yaml', 'shell-third-batch.yaml', 'shell-windows.yaml'])('%s', (file) => {
  for (const group of load(file) as Group[]) {
    it.each(group.texts.map((text) => [text]))(`${group.about}: %j`, (text) => {
      const found = codes(text, group.dialect);
      // A shell started by a program counts as either kind of escape.
      const wanted = /interpreter_escape|interactive_shell/.test(group.finds)
        ? ['shell.interpreter_escape', 'shell.interactive_shell', 'shell.pipe_to_shell']
        : [group.finds];
      expect(found.filter((code) => group.finds === 'any' || wanted.includes(code))).not.toEqual([]);
    });
  }
});

describe.each(['shell-ordinary.yaml', 'shell-second-batch-ordinary.yaml'])('%s', (file) => {
  it.each((load(file) as unknown[]).map((text) => [String(text)]))('%j passes', (text) => {
    expect(judgeShell(readShell(text))).toEqual([]);
  });
});

describe('shell-windows-ordinary.yaml', () => {
  for (const { dialect, texts } of load('shell-windows-ordinary.yaml') as Group[]) {
    it.each(texts.map((text) => [text]))(`${dialect}: %j passes`, (text) => {
      expect(codes(text, dialect)).toEqual([]);
    });
  }
});
