import { shape, type OptionShape } from './options.ts';

/** A program that runs the command in its remaining words. Taken from the manual page of each. */
export interface Wrapper {
  readonly takes: OptionShape;
  /** Words between the options and the command: `timeout DURATION`, `chroot DIRECTORY`. */
  readonly skip: number;
  /** `NAME=value` words may stand before the command. */
  readonly assignments: boolean;
  /** Raises privilege or changes user. */
  readonly privilege: boolean;
  /** The command runs on another machine or in a container. */
  readonly elsewhere: boolean;
  /** The words are joined with blanks and read by a shell. */
  readonly joined: boolean;
  /** Options whose value is a script for a shell. */
  readonly scripts: readonly string[];
  /** Without a command, or with one of these options, it starts a shell. */
  readonly shell: readonly string[] | 'alone';
  /** Options stand after those words too: `ssh HOST -p 22 CMD`, `perf record -g CMD`. */
  readonly resumes: boolean;
  /** Options with two values. */
  readonly pairs: readonly string[];
  /** With one of these options no command is run. */
  readonly idle: readonly string[];
}

interface Given extends Partial<Omit<Wrapper, 'takes'>> {
  readonly short?: string;
  readonly long?: string;
}

const wrapper = (given: Given): Wrapper => ({
  takes: shape(given.short ?? '', given.long ?? ''),
  skip: given.skip ?? 0,
  assignments: given.assignments ?? false,
  privilege: given.privilege ?? false,
  elsewhere: given.elsewhere ?? false,
  joined: given.joined ?? false,
  scripts: given.scripts ?? [],
  shell: given.shell ?? [],
  resumes: given.resumes ?? false,
  pairs: given.pairs ?? [],
  idle: given.idle ?? [],
});

const plain = wrapper({});
const HELP = ['--help', '--version'];

const SUDO = wrapper({
  short: 'aCcDghpRrTtUu',
  long: '--user --group --host --prompt --chdir --chroot --role --type --close-from --command-timeout --other-user',
  assignments: true,
  privilege: true,
  shell: ['-s', '-i', '--shell', '--login'],
  idle: ['-l', '--list', '-v', '--validate', '-k', '-K', '-V', '-e', '--edit', '--remove-timestamp', ...HELP],
});
const CONTAINER_RUN =
  '--name --network --net --volume --mount --env --env-file --workdir --user --publish --entrypoint --hostname --label ' +
  '--memory --cpus --platform --restart --gpus --device --add-host --dns --link --log-driver --shm-size --tmpfs --ulimit ' +
  '--cap-add --cap-drop --security-opt --pid --ipc --uts --userns --cidfile --pull --expose --ip --volumes-from --runtime';

export const CONTAINER = wrapper({ short: 'eupvwhlmacx', long: `${CONTAINER_RUN} --detach-keys`, elsewhere: true });

/** `docker exec`, `docker run` and their kin: the words after the container or image are the command. */
export const CONTAINER_PROGRAMS: ReadonlySet<string> = new Set(
  'docker podman nerdctl lxc incus distrobox toolbox buildah crictl ctr docker-compose podman-compose finch'.split(' '),
);

const entries: readonly (readonly [string, Wrapper])[] = [
  [
    'env',
    wrapper({
      short: 'uCSP',
      long: '--unset --chdir --split-string',
      assignments: true,
      scripts: ['-S', '--split-string'],
    }),
  ],
  ['sudo', SUDO],
  ['sudo-rs', SUDO],
  ['doas', wrapper({ short: 'Cu', privilege: true, shell: ['-s'] })],
  ['pkexec', wrapper({ long: '--user', privilege: true, shell: 'alone' })],
  ['run0', wrapper({ short: 'ugDp', long: '--user --group --property --chdir', privilege: true, shell: 'alone' })],
  ['dzdo', SUDO],
  ['gosu', wrapper({ skip: 1, privilege: true })],
  ['su-exec', wrapper({ skip: 1, privilege: true })],
  [
    'setpriv',
    wrapper({ long: '--reuid --regid --groups --inh-caps --ambient-caps --bounding-set --securebits --pdeathsig' }),
  ],
  ['capsh', wrapper({ shell: ['--'], privilege: true })],
  ['nice', wrapper({ short: 'n', long: '--adjustment' })],
  ['ionice', wrapper({ short: 'cnpPu', long: '--class --classdata' })],
  ['nohup', plain],
  ['setsid', plain],
  ['disown', plain],
  ['stdbuf', wrapper({ short: 'ioe', long: '--input --output --error' })],
  ['unbuffer', plain],
  ['timeout', wrapper({ short: 'ks', long: '--kill-after --signal', skip: 1 })],
  ['gtimeout', wrapper({ short: 'ks', long: '--kill-after --signal', skip: 1 })],
  ['time', wrapper({ short: 'fo', long: '--format --output' })],
  ['gtime', wrapper({ short: 'fo', long: '--format --output' })],
  ['multitime', wrapper({ short: 'fIinors' })],
  ['chrt', wrapper({ short: 'TPDp', skip: 1 })],
  ['taskset', wrapper({ skip: 1 })],
  ['numactl', wrapper({ short: 'iNmCpl', long: '--interleave --cpunodebind --membind --physcpubind --preferred' })],
  ['schedtool', wrapper({ short: 'napM' })],
  ['cpulimit', wrapper({ short: 'lpeP', long: '--limit --pid --exe --path' })],
  ['prlimit', wrapper({ short: 'p', long: '--pid' })],
  ['softlimit', wrapper({ short: 'amdsltfcrop' })],
  [
    'unshare',
    wrapper({
      short: 'RwSG',
      long: '--root --wd --setuid --setgid --map-user --map-group --propagation',
      shell: 'alone',
    }),
  ],
  ['nsenter', wrapper({ short: 'tSGrw', long: '--target --setuid --setgid', shell: 'alone', privilege: true })],
  ['chroot', wrapper({ long: '--userspec --groups', skip: 1, shell: 'alone', privilege: true })],
  ['setarch', wrapper({ skip: 1, shell: 'alone', idle: ['--list', ...HELP] })],
  ['linux32', wrapper({ shell: 'alone' })],
  ['linux64', wrapper({ shell: 'alone' })],
  ['i386', wrapper({ shell: 'alone' })],
  ['x86_64', wrapper({ shell: 'alone' })],
  ['aarch64', wrapper({ shell: 'alone' })],
  ['uname26', wrapper({ shell: 'alone' })],
  ['runcon', wrapper({ short: 'turl', long: '--type --user --role --range', skip: 1 })],
  ['choom', wrapper({ short: 'np', long: '--adjust' })],
  [
    'flock',
    wrapper({ short: 'wE', long: '--timeout --wait --conflict-exit-code', skip: 1, scripts: ['-c', '--command'] }),
  ],
  ['watch', wrapper({ short: 'nq', long: '--interval --equexit', joined: true })],
  ['entr', plain],
  ['strace', wrapper({ short: 'abeEoOpPsSuUX', long: '--output --attach --trace --expr --string-limit --columns' })],
  ['ltrace', wrapper({ short: 'aADeFlnopsuwx', long: '--output' })],
  ['valgrind', wrapper({ idle: HELP })],
  ['perf', wrapper({ short: 'eopFCmcGtuIj', skip: 1, resumes: true })],
  ['catchsegv', plain],
  ['dbus-run-session', wrapper({ long: '--config-file --dbus-daemon' })],
  ['dbus-launch', plain],
  ['xvfb-run', wrapper({ short: 'enfsp', long: '--server-args --server-num --auth-file' })],
  ['torsocks', plain],
  ['torify', plain],
  ['proxychains', wrapper({ short: 'f' })],
  ['proxychains4', wrapper({ short: 'f' })],
  ['tsocks', plain],
  ['firejail', plain],
  ['fakeroot', wrapper({ short: 'lsib', shell: 'alone' })],
  ['fakechroot', wrapper({ short: 'lsdeb' })],
  ['faketime', wrapper({ short: 'fp', skip: 1 })],
  ['proot', wrapper({ short: 'rbqwviR' })],
  [
    'bwrap',
    wrapper({
      long:
        '--bind --ro-bind --dev-bind --bind-try --ro-bind-try --dev-bind-try --symlink --setenv --file --bind-data --ro-bind-data ' +
        '--chdir --unsetenv --tmpfs --proc --dev --dir --mqueue --uid --gid --hostname --args --seccomp --lock-file --sync-fd',
      pairs:
        '--bind --ro-bind --dev-bind --bind-try --ro-bind-try --dev-bind-try --symlink --setenv --file --bind-data --ro-bind-data'.split(
          ' ',
        ),
    }),
  ],
  ['eatmydata', plain],
  ['catatonit', plain],
  ['tini', plain],
  ['dumb-init', plain],
  ['rlwrap', wrapper({ short: 'abBcCdDefghHilmMnNoOpPqrsStwz' })],
  ['unclutter', plain],
  ['logsave', wrapper({ skip: 1 })],
  ['aa-exec', wrapper({ short: 'pn', long: '--profile --namespace' })],
  [
    'systemd-run',
    wrapper({
      short: 'pEMHGdt',
      long: '--unit --property --description --slice --uid --gid --setenv --working-directory --on-calendar --on-active --machine --host',
    }),
  ],
  ['systemd-inhibit', wrapper({ long: '--what --who --why --mode', idle: ['--list', ...HELP] })],
  ['systemd-cat', wrapper({ short: 'tp' })],
  ['caffeinate', wrapper({ short: 'tw' })],
  ['arch', wrapper({ idle: HELP })],
  ['ssh-agent', wrapper({ short: 'aEtO', idle: ['-k'] })],
  ['sshpass', wrapper({ short: 'pfdP' })],
  ['grc', wrapper({ short: 'c', long: '--config --colour' })],
  [
    'xargs',
    wrapper({
      short: 'IndPELsadi',
      long: '--replace --max-args --delimiter --max-procs --eof --max-lines --max-chars --arg-file',
    }),
  ],
  ['command', wrapper({ idle: ['-v', '-V'] })],
  ['builtin', plain],
  ['exec', wrapper({ short: 'a' })],
  ['coproc', plain],
  ['noglob', plain],
  ['nocorrect', plain],
  ['busybox', wrapper({ idle: ['--list', '--list-full', '--install', ...HELP] })],
  ['toybox', plain],
  ['npx', wrapper({ short: 'pc', long: '--package --call', scripts: ['-c', '--call'] })],
  ['bunx', plain],
  ['uvx', wrapper({ long: '--from --with --python' })],
  ['dotenv', wrapper({ short: 'efv' })],
  ['direnv', wrapper({ skip: 2, idle: ['--help'] })],
  [
    'hyperfine',
    wrapper({
      short: 'wmMrpcnsuPDLiS',
      long: '--warmup --min-runs --max-runs --runs --prepare --setup --cleanup --conclude --export-json --export-csv --export-markdown --shell --parameter-list --parameter-scan --command-name',
      joined: true,
      scripts: ['-p', '--prepare', '--setup', '-c', '--cleanup', '--conclude'],
    }),
  ],
  [
    'script',
    wrapper({
      skip: 1,
      short: 'cEIOoBTtm',
      long: '--command --log-io --log-out --log-in --timing',
      scripts: ['-c', '--command'],
      shell: 'alone',
    }),
  ],
  [
    'runuser',
    wrapper({
      short: 'cgGsuTw',
      long: '--command --group --shell --user --session-command',
      privilege: true,
      scripts: ['-c', '--command', '--session-command'],
    }),
  ],
  ['sg', wrapper({ short: 'c', skip: 1, privilege: true, scripts: ['-c'], joined: true, shell: 'alone' })],
  ['newgrp', wrapper({ privilege: true, shell: 'alone' })],
  ['ssh', wrapper({ short: 'BbcDEeFIiJLlmOoPpQRSWw', skip: 1, elsewhere: true, joined: true, resumes: true })],
  ['rsh', wrapper({ short: 'l', skip: 1, elsewhere: true, joined: true })],
  ['mosh', wrapper({ long: '--ssh --port --client --server', skip: 1, elsewhere: true })],
  ['wsl', wrapper({ short: 'du', long: '--distribution --user --cd', joined: true })],
  ['pexec', plain],
  ['setlock', wrapper({ skip: 1 })],
  ['setuidgid', wrapper({ skip: 1, privilege: true })],
  ['envuidgid', wrapper({ skip: 1 })],
  ['envdir', wrapper({ skip: 1 })],
  ['chpst', wrapper({ short: 'uUbeCn/mdopfcrtlL', privilege: true })],
  ['daemonize', wrapper({ short: 'acepolEu' })],
  ['daemon', wrapper({ short: 'cefpPmnurRtTl' })],
  ['withlock', wrapper({ skip: 1 })],
  ['chronic', plain],
  ['cgexec', wrapper({ short: 'g' })],
  ['sem', plain],
  ['retry', wrapper({ short: 'dt' })],
  ['with-contenv', plain],
  ['s6-setuidgid', wrapper({ skip: 1 })],
  ['distcc', plain],
  ['ccache', wrapper({ short: 'CcFMpsVxXz' })],
  ['lxc-attach', wrapper({ short: 'nRsuv', long: '--name', elsewhere: true })],
  ['flatpak-spawn', wrapper({ long: '--directory --env' })],
  ['ld.so', wrapper({ long: '--library-path --preload --audit --argv0' })],
  ['ld-linux-x86-64.so.2', wrapper({ long: '--library-path --preload --audit --argv0' })],
  ['ld-linux.so.2', wrapper({ long: '--library-path --preload --audit --argv0' })],
  ['ld-linux-aarch64.so.1', wrapper({ long: '--library-path --preload --audit --argv0' })],
];

export const WRAPPERS: ReadonlyMap<string, Wrapper> = new Map(entries);

/**
 * Wrappers whose command stands behind a subcommand: `poetry run CMD`, `npm exec CMD`. Several subcommands are
 * separated by `|`.
 */
export const RUNNERS: ReadonlyMap<string, string> = new Map([
  ['op', 'run'],
  ['pipx', 'run'],
  ['poetry', 'run'],
  ['pipenv', 'run'],
  ['hatch', 'run'],
  ['pdm', 'run'],
  ['rye', 'run'],
  ['uv', 'run'],
  ['conda', 'run'],
  ['mamba', 'run'],
  ['bundle', 'exec'],
  ['bundler', 'exec'],
  ['npm', 'exec|x'],
  ['pnpm', 'exec|dlx'],
  ['yarn', 'exec|dlx'],
  ['bun', 'x'],
  ['mise', 'exec|x'],
  ['rtx', 'exec|x'],
  ['asdf', 'exec'],
  ['rbenv', 'exec'],
  ['pyenv', 'exec'],
  ['nodenv', 'exec'],
  ['doppler', 'run'],
  ['chamber', 'exec'],
  ['aws-vault', 'exec'],
  ['vaulted', 'exec'],
  ['infisical', 'run'],
  ['envchain', ''],
  ['opam', 'exec'],
  ['stack', 'exec'],
  ['cabal', 'exec'],
  ['luarocks', 'exec'],
  ['composer', 'exec'],
  ['flatpak', 'run'],
  ['snap', 'run'],
  ['task', 'execute'],
  ['csvtool', 'call'],
  ['gem', 'exec'],
  ['rustup', 'run'],
  ['xdotool', 'exec'],
]);
