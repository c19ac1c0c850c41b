import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShellFacts } from '../../src/guards/shell/facts.ts';
import { readShell } from '../../src/guards/shell/shell.ts';

/**
 * Scripts are generated, run by a real bash whose PATH holds nothing but stubs that write down their names, and read
 * by the guard: whatever ran must have been named, or the guard must have said that it cannot tell.
 */
const STUBS = ['alpha', 'beta', 'gamma', 'delta', 'rm', 'curl', 'git'];
const REAL = [
  'env',
  'nice',
  'timeout',
  'xargs',
  'find',
  'cat',
  'nohup',
  'tr',
  'base64',
  'rev',
  'bash',
  'sh',
  'mktemp',
  'tee',
  'awk',
  'sed',
];
const SCRIPTS = Number(process.env['FUZZ_RUNS'] ?? 150);
const SCRIPT_MS_MAX = 3_000;
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_123);

const folder = mkdtempSync(join(tmpdir(), 'shell-differential-'));
const bin = join(folder, 'bin');
const work = join(folder, 'work');
const log = join(folder, 'log');
const bash = ['/bin/bash', '/usr/bin/bash'].find((path) => existsSync(path));

beforeAll(() => {
  mkdirSync(bin);
  mkdirSync(work);
  for (const stub of STUBS) {
    const path = join(bin, stub);
    writeFileSync(path, `#!/bin/sh\necho "\${0##*/}" >> '${log}'\n`);
    chmodSync(path, 0o755);
  }
  for (const name of REAL)
    symlinkSync(execFileSync('/bin/sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim(), join(bin, name));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stub = fc.constantFrom(...STUBS);

/** One name in the ways that a shell lets it be written. */
const spelled = stub.chain((name) =>
  fc.constantFrom(
    name,
    `${name[0]}""${name.slice(1)}`,
    `'${name}'`,
    `"${name}"`,
    `\\${name}`,
    `${name[0]}\\${name.slice(1)}`,
    `$'${[...name].map((c) => `\\x${c.charCodeAt(0).toString(16)}`).join('')}'`,
    `$(echo ${name})`,
    `\`printf %s ${name}\``,
    `\${nothing:-${name}}`,
    `$(echo ${[...name].toReversed().join('')} | rev)`,
    `{${name},a,b}`,
  ),
);

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const script = fc.letrec<{ list: string; command: string }>((tie) => ({
  command: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.tuple(spelled, fc.constantFrom('', ' x', ' "$HOME"', ' -a', ' *')).map(([name, rest]) => name + rest),
    stub.map((name) => `v=${name}; $v z`),
    stub.map((name) => `v=${name[0]}; w=${name.slice(1)}; $v$w z`),
    stub.map((name) => `for i in ${name}; do $i; done`),
    stub.map((name) => `set -- ${name} y; "$@"`),
    stub.map((name) => `echo ${Buffer.from(name).toString('base64')} | base64 -d | bash`),
    stub.map((name) => `echo ${name} | tr a-y b-z | tr b-z a-y | sh`),
    stub.map((name) => `echo ${name} > f.sh; sh f.sh`),
    stub.map((name) => `cat > g.sh <<'E'\n${name}\nE\n. ./g.sh`),
    stub.map((name) => `echo q | xargs ${name}`),
    stub.map((name) => `echo q | xargs -I{} sh -c '${name} {}'`),
    stub.map((name) => `find . -maxdepth 0 -exec ${name} {} \\;`),
    stub.map((name) => `f_${name}() { ${name} "$1"; }; f_${name} k`),
    stub.map((name) => `g() { "$@"; }; g ${name} k`),
    stub.map((name) => `t=$(mktemp); u=$(mktemp); echo ${name} > $t; echo : > $u; sh $t`),
    stub.map((name) => `$(command -v ${name}) k`),
    stub.map((name) => `echo ${name} | tee h.sh > /dev/null; sh h.sh`),
    stub.map((name) => `IFS=,; c=${name},k; $c; unset IFS`),
    stub.map((name) => `bash <<< $(echo ${name} k)`),
    stub.map((name) => `env -S '${name} k'`),
    stub.map((name) => `printf '${name} k' | xargs -0 sh -c`),
    stub.map((name) => `awk 'BEGIN { system("${name} k") }'`),
    stub.map((name) => `awk 'BEGIN { print "x" | "${name} k" }'`),
    stub.map((name) => `awk '{ while (("${name} k" | getline l) > 0) print l }' <<< x`),
    stub.map((name) => `awk 'BEGIN { x = "a|b"; if (x ~ /[|/"]/) "${name}" | getline }' # system("x")`),
    stub.map((name) => `echo x | sed '1e ${name} k'`),
    tie('command').map((inner) => `bash -c ${quote(inner)}`),
    tie('command').map((inner) => `eval ${quote(inner)}`),
    tie('command').map((inner) => `sh <<'EOF'\n${inner}\nEOF\n`),
    tie('command').map((inner) => `bash <<< ${quote(inner)}`),
    tie('command').map((inner) => `echo "$(${inner})"`),
    tie('command').map((inner) => `cat <(${inner})`),
    tie('command').map((inner) => `( ${inner}\n)`),
    tie('command').map((inner) => `{ ${inner}\n}`),
    tie('command').map((inner) => `if true; then ${inner}\nfi`),
    tie('command').map((inner) => `while ${inner}\ndo break; done`),
    tie('command').map((inner) => `trap ${quote(inner)} EXIT`),
    tie('command').map((inner) => `case x in x) ${inner}\n;; esac`),
    tie('command').map((inner) => `x=$(${inner}\n)`),
    tie('command').map((inner) => `[[ -n $(${inner}\n) ]]`),
    tie('command').map((inner) => `: \${z:-$(${inner}\n)}`),
    fc
      .tuple(fc.constantFrom('env', 'env A=1', 'nice -n 5', 'timeout 2', 'nohup', 'command', 'exec', 'time'), stub)
      .map(([by, name]) => `(${by} ${name} k)`),
  ),
  list: fc
    .array(fc.tuple(tie('command'), fc.constantFrom('\n', '\n', '\n:;', '\ntrue && ', '\nfalse || ')), {
      minLength: 1,
      maxLength: 4,
    })
    .map((parts) => parts.map(([command, joint]) => command + joint).join('') + ':'),
})).list;

function runInBash(text: string): string[] {
  rmSync(log, { force: true });
  const result = spawnSync(bash ?? 'bash', ['--norc', '--noprofile', '-c', text], {
    cwd: work,
    env: { PATH: bin, HOME: work, LC_ALL: 'C' },
    timeout: SCRIPT_MS_MAX,
    stdio: 'ignore',
  });
  expect(result.error).toBeUndefined();
  return existsSync(log) ? [...new Set(readFileSync(log, 'utf8').trim().split('\n'))] : [];
}

const admitsDoubt = (facts: ShellFacts): boolean =>
  facts.traits.some(
    ({ kind, mild }) => !mild && ['dynamic', 'unparsed', 'pipe_to_shell', 'download_and_run'].includes(kind),
  );

const key = fc
  .tuple(
    fc.constantFrom('', 'Ctrl ', 'Alt Shift ', 'Ctrl+'),
    fc.oneof(stub, fc.constantFrom('Tab', 'c', ':', '.', '-')),
  )
  .map(([modifier, name]) => `<${modifier}${name}>`);
const keys = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('', '|', ' | ', ' '), stub), key), { minLength: 1, maxLength: 4 })
  .map((parts) => parts.map((part) => part.join('')).join(''))
  .filter((text) => text.startsWith('<'));

describe.runIf(bash !== undefined)('the guard against bash', () => {
  it('lets key notation pass because nothing runs', { timeout: 300_000 }, () => {
    let passed = 0;
    for (const text of fc.sample(keys, { numRuns: Math.ceil(SCRIPTS / 3), seed: SEED })) {
      if (readShell(text).traits.some(({ kind }) => kind !== 'keys')) continue;
      passed++;
      expect({ text, ran: runInBash(text) }).toEqual({ text, ran: [] });
    }
    expect(passed).toBeGreaterThan(SCRIPTS / 10);
  });

  it.each([
    (name: string) => `echo ${name} | sed -n '/[/|e]*/{s/$/ k/e}'`,
    (name: string) => `echo x | sed -e 's,x,${name} k,;s/ k/ z/e'`,
    (name: string) => `echo x | sed -f /dev/fd/3 3<<< '1e ${name}'`,
    (name: string) => `sh /dev/fd/4 4<<< '${name} k'`,
    (name: string) => `awk 'BEGIN { c = "${name}"; system(c " k") }'`,
    (name: string) => `awk '{ print "k" | $0 }' <<< ${name}`,
    (name: string) => `read c <<< '${name} k'; $c`,
  ])('says that it cannot tell: %s', (make) => {
    for (const name of STUBS) {
      const text = make(name);
      expect({ text, ran: runInBash(text) }).toEqual({ text, ran: [name] });
      expect({ text, doubt: admitsDoubt(readShell(text)) }).toEqual({ text, doubt: true });
    }
  });

  it('names every command that runs', { timeout: 300_000 }, () => {
    let ran = 0;
    let told = 0;
    for (const text of fc.sample(script, { numRuns: SCRIPTS, seed: SEED })) {
      const facts = readShell(text);
      const named = new Set(facts.commands.map((command) => command.name));
      const missing = runInBash(text).filter((name) => {
        ran++;
        if (named.has(name)) told++;
        return !named.has(name);
      });
      if (!admitsDoubt(facts)) expect({ text, missing }).toEqual({ text, missing: [] });
    }
    // The test is worth something only if most scripts run something and the guard knows it by name.
    expect(ran).toBeGreaterThan(SCRIPTS);
    expect(told / ran).toBeGreaterThan(0.9);
  });
});
