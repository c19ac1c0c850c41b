import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { CLI } from '../support/veto.ts';

const LIST = fileURLToPath(new URL('list-modules.mjs', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Every file that a command line loads, from the root of the repository or as `package/file`. */
async function loadedBy(...argv: string[]): Promise<readonly string[]> {
  const output = await new Promise<string>((resolve) => {
    const child = execFile(process.execPath, ['--import', LIST, CLI, ...argv], { timeout: 30_000 }, (_, __, err) =>
      resolve(err),
    );
    child.stdin?.end();
  });
  const urls = output.split('\n').filter((line) => line.startsWith('file:'));
  return urls.map((url) =>
    fileURLToPath(url)
      .replace(/^.*\/node_modules\//, '')
      .replace(ROOT, ''),
  );
}

const PIPE = ['stdio', '--url', 'http://127.0.0.1:9', '--key', 'x'];
const BASE = ['package.json', 'src/cli/', 'src/core/', 'commander/'];
/** What the configuration is made of: every room's section, and the lists from which sections take their names. */
const CONFIG = [
  'src/config/',
  'zod/',
  'yaml/',
  'src/mcp/',
  'src/guards/secret/',
  'src/guards/pii/',
  'src/upstreams/transports',
  'src/upstreams/time-left.ts',
  'src/policy/parse-yaml.ts',
  'src/policy/yaml-tree.ts',
  'ipaddr.js/',
];

const isSection = (file: string) => file.endsWith('/section.ts');

it.each<[string, string[], string[]]>([
  ['the version', ['--version'], []],
  ['the help', ['--help'], []],
  ['a pipe to a gateway', PIPE, ['src/mcp/', 'src/config/secrets.ts', 'src/config/read-file.ts']],
  ['the keys', ['keys', 'list'], [...CONFIG, 'src/authn/', 'src/store/', 'src/audit/']],
  ['the record', ['audit', 'tail'], [...CONFIG, 'src/store/', 'src/audit/']],
])('loads for %s nothing that it does not need', async (_, argv, more) => {
  const loaded = await loadedBy(...argv);
  expect(loaded).toContain('src/cli/run.ts');
  const needed = [...BASE, ...more];
  expect(loaded.filter((file) => !isSection(file) && !needed.some((place) => file.startsWith(place)))).toEqual([]);
});
