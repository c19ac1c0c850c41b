import { describe, expect, it } from 'vitest';
import { awkReach } from './awk-program.ts';
import { judgeShell } from './judge.ts';
import { sedReach } from './sed-script.ts';
import { readShell } from './shell.ts';

describe('a sed script', () => {
  it.each([
    's/e/w/g',
    's/^/  /;s/e$//',
    '/e/d;$!N;P;D',
    '1,5{s/a/b/;p}',
    's|a|e|',
    's,/,e,g;y/abc/xyz/',
    '\\,e,d',
    'a\\\ne id',
    'i e id',
    '$=;10q',
    ':a;N;$!ba;s/\\n/ /g',
    's/a/b/w out.txt',
    'w /dev/stdout',
    '# e id\np',
    'b e',
    '/[0-9]/!s/[^/]*$//',
    '2~3d;0,/x/Is/x/y/2g',
    '',
  ])('%j only edits', (script) => {
    expect(sedReach(script)).toBeNull();
  });

  it.each([
    ['1e id', 'e id'],
    ['/x/ { e id', 'e id'],
    ['s/x/id/e', 's/x/id/e'],
    ['s,x,id,ge', 's,x,id,ge'],
    ['p;s/\\//x/2pe', 's/\\//x/2pe'],
    ['$!N;w /etc/x', 'w /etc/x'],
    ['s/a/b/gw /root/x', 'w /root/x'],
  ])('%j reaches further', (script, piece) => {
    expect(sedReach(script)?.trim()).toBe(piece);
  });

  it.each(['s/a/b', 'k', '1,2', 's/a/b/z'])('%j is none', (script) => {
    expect(sedReach(script)).toBeUndefined();
  });
});

describe('an awk program', () => {
  it.each([
    '{ print $2 "|" $3 }',
    '/a|b/ { print }',
    '$1 ~ /[/|]/ || $2 > 3',
    '{ print > "out.txt" }',
    '{ print "x" > "/dev/stderr" }',
    '{ n = a / b | 0 } # system("x")'.replace(' | 0', ''),
    '{ getline line < "f"; print line }',
    '{ s = "system(" "x)" }',
    'function f(a) { return a + 1 } { print f(1) }',
  ])('%j only computes', (program) => {
    expect(awkReach(program)).toEqual({ piece: null, unknown: false, commands: [] });
  });

  it.each([
    ['{ print | "sort -n" }', 'sort -n'],
    ['BEGIN { "date" | getline d }', 'date'],
    ['BEGIN { while (("id" | getline x) > 0) print x }', 'id'],
    ['BEGIN { system("ls -l") }', 'ls -l'],
    ['{ printf "%s", $1 | "sh" }', 'sh'],
    ['BEGIN { print "a\\"|b" | "wc" }', 'wc'],
  ])('%j runs %j', (program, command) => {
    expect(awkReach(program).commands).toEqual([command]);
  });

  it.each(['{ system($1) }', '{ print | cmd }', '{ c = "x"; c | getline }', '{ "a" "b" | getline }', '@f()'])(
    '%j runs what is not written out',
    (program) => {
      expect(awkReach(program).unknown).toBe(true);
    },
  );

  it('that is too long counts as running something', () => {
    expect(awkReach('x;'.repeat(4_000)).unknown).toBe(true);
  });
});

describe('a command among the words of a program', () => {
  it.each([
    ['git bisect run sh -c "id"', 'id'],
    ['git submodule foreach "id"', 'id'],
    ['git rebase -x "id" main', 'id'],
    ['fd -e log -x id', 'id'],
    ['find . -exec id {} +', 'id'],
    ['tmux send-keys -t x "id" Enter', 'id'],
    ['watch -n 1 id', 'id'],
    ['entr -s "x"; composer exec -- sh -c id', 'id'],
    ['printf "x:\\n\\tid\\n" | make -f -', 'id'],
    ['fzf --bind "enter:execute(id {})"', 'id'],
    ['ansible all -a "id"', 'id'],
    ['perf record -g id', 'id'],
    ['bwrap --bind / / --dev /dev id', 'id'],
    ['ssh host <<E\nid\nE', 'id'],
    ['cmake -E env id', 'id'],
    ['awk \'BEGIN { print 1 | "id" }\'', 'id'],
    ['pwsh -c "id"', 'id'],
  ])('%j names it', (text, name) => {
    expect(readShell(text).commands.map((command) => command.name)).toContain(name);
  });

  it('is looked at as Windows command too', () => {
    const codes = judgeShell(readShell('pwsh -c "Remove-Item -Recurse C:/x"')).map(({ code }) => code);
    expect(codes).toContain('shell.recursive_delete');
  });
});
