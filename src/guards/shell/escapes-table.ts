/**
 * Options whose value a program runs as a command, from the manual page of each. A value that is a plain program
 * name (`tar -I zstd`, `rsync -e ssh`) is ordinary.
 */
export const COMMAND_OPTIONS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    tar: '-I --use-compress-program --to-command --rsh-command --rmt-command -F --info-script --new-volume-script',
    gtar: '-I --use-compress-program --to-command --rsh-command -F --info-script --new-volume-script',
    bsdtar: '--use-compress-program',
    cpio: '--rsh-command',
    rsync: '-e --rsh --rsync-path --early-exec',
    scp: '-S -D',
    sftp: '-S -D',
    zip: '-TT --unzip-command',
    man: '-P --pager -H --html -T',
    bat: '--pager',
    batcat: '--pager',
    rg: '--pre --hostname-bin',
    go: '-exec -toolexec',
    rpm: '--pipe',
    npm: '--script-shell',
    pnpm: '--script-shell',
    dhclient: '-sf',
    wpa_cli: '-a',
    certbot: '--pre-hook --post-hook --renew-hook --deploy-hook --manual-auth-hook --manual-cleanup-hook',
    cvs: '-e',
    perlbug: '-e',
    ffuf: '-input-cmd',
    lynx: '-editor',
    elinks: '-eval',
    split: '--filter',
    gsplit: '--filter',
    sort: '--compress-program',
    tcpdump: '-z --postrotate-command',
    dumpcap: '-z',
    nano: '-s --speller',
    pico: '-s',
    scrot: '-e --exec',
    maim: '--exec',
    restic: '--password-command',
    borg: '--rsh --rshell',
    rclone: '--password-command --metadata-mapper',
    openvpn:
      '--up --down --ipchange --route-up --tls-verify --auth-user-pass-verify --client-connect --learn-address --iproute',
    wget: '--use-askpass',
    aria2c:
      '--on-download-complete --on-download-start --on-download-error --on-download-stop --on-bt-download-complete',
    'yt-dlp': '--exec --exec-before-download --netrc-cmd',
    'youtube-dl': '--exec',
    fzf: '--preview',
    ranger: '--cmd',
    nnn: '-P',
    mutt: '-e',
    mail: '--exec -E',
    mailx: '--exec -E',
    xterm: '-e',
    'gnome-terminal': '-e -x --command',
    konsole: '-e',
    urxvt: '-e',
    alacritty: '-e --command',
    tmate: '-c',
    logrotate: '-m --mail',
    inotifywait: '--exec',
    watchexec: '--exec',
    nodemon: '-x --exec',
    ghcid: '-c --command',
    msgfilter: '-P',
    msgexec: '-P',
    pppd: 'connect disconnect pty init',
    dialog: '--prgbox --programbox',
    git: '--upload-pack --receive-pack --exec --extcmd --open-files-in-pager',
    ssh: '-I',
    enscript: '-I --filter',
    a2ps: '--printer',
    su: '-s --shell',
    make: '--eval',
    gmake: '--eval',
    svn: '--editor-cmd --diff-cmd --diff3-cmd',
    hg: '--ssh --remotecmd',
    gem: '-e --editor',
    dpkg: '--pre-invoke --post-invoke --force-script-chrootless',
    pip: '--editor',
    screen: '-s',
    mosh: '--ssh --server',
    unison: '-sshcmd -rshcmd -servercmd',
    duplicity: '--rsync-options --ssh-options',
    kakoune: '-e',
    kak: '-e',
    kitty: '-e',
    foot: '-e',
  }).map(([name, options]) => [name, options.split(' ')] as const),
);

/** Arguments with which a program runs commands, loads code or opens a shell, from its manual page. */
export const ESCAPE_ARGUMENTS: ReadonlyMap<string, RegExp> = together([
  ...names(
    'vi vim nvim view vimdiff nvimdiff rvim rview ex gvim evim vim.tiny vim.basic',
    /^(?:--cmd=?|-c|\+)?:?\s*(?:(?:sil(?:ent)?!?|exe(?:cute)?|norm(?:al)?!?|bufdo|windo|argdo)\s+["':]*)*(?:%?!|r(?:ead)?\s*!|w(?:rite)?\s*!|py|python|lua|luado|rub|perl|tcl|mz|shell\b|sh\b|ter(?:m|minal)?\b|set?\s+shell|call\s+system|exe|so(?:urce)?\b|.*\b(?:system|libcall|job_start|os\.execute|os\.system)\s*\()/,
  ),
  ...names('ed red', /^!/),
  ...names('less more most pg man zless zmore', /^\+?!|^\+.*!/),
  ...names('strace ltrace', /^(?:-o|--output=)?\s*[|!]/),
  ...names('zathura', /^:\s*!/),
  ...names('w3m', /(?:^|\b)(?:mailer|extbrowser\d?|editor|urimethodmap|pager)=/),
  ...names('clang clang++', /^-load$/),
  ...names('snap', /^--dangerous$/),
  ...names('usql', /\\!/),
  ...names('tshark wireshark', /lua_script:/),
  ...names('perl', /^-[Mm].*[;({"'`]/),
  ...names('php', /auto_(?:prepend|append)_file=|^(?:-d)?(?:zend_)?extension=/),
  ...names('rubber latexmk arara', /^-?-shell-escape$/),
  ...names('hg', /^(?:--config=)?(?:alias\.[\w-]+=!|hooks\.|ui\.(?:ssh|editor|merge)=|extensions\.)/),
  ...names('qemu-system-x86_64 qemu-system-i386 qemu-system-aarch64 kvm', /^exec:/),
  ...names(
    'git',
    /^--exec-path=(?:\/tmp|\/var\/tmp|\/dev\/shm|\.)|^--(?:remote|upload-pack)=ext::|^--smtp-server=[/.]/,
  ),
  ...names('ansible-test', /^shell$/),
  ...names('dvips', /^-R0$/),
  ...names('zmodload', /^zsh\/net\//),
  ...names('npm pnpm yarn', /^script-shell(?:=|$)/),
  ...names('rustc', /^(?:-C)?linker=/),
  ...names('qemu-system-x86_64 qemu-system-i386 qemu-system-aarch64 kvm', /(?:^|,)(?:down)?script=(?!no\b)/),
  ...names('cargo', /^(?:--config=)?(?:build\.rustc[\w-]*|target\..*\.(?:runner|linker)|.*credential-provider)\s*=/),
  ...names(
    'gdb lldb cgdb gdb-multiarch',
    /^(?:-ex=?|-iex=?|--eval-command=|--ex=)?\s*(?:!|shell\b|she\b|python|py\b|pi\b|make\b|script\b|platform\s+shell|call\s+.*(?:system|exec)|pipe\b)/,
  ),
  ...names(
    'sqlite3 sqlite litecli',
    /(?:^|[\s;])\.(?:shell|system|load|import\s*\|?|output\s*\||once\s*\||excel|www|open)\b|\b(?:load_extension|edit|writefile)\s*\(/,
  ),
  ...names('mysql mariadb mycli', /(?:^|[\s;])(?:\\!|system\s|\\P|pager\s)|^--(?:default-auth|plugin-dir|pager)=/),
  ...names(
    'psql pgcli',
    /\\!|\\(?:o|out|gx?|w|write)\s*\||\\copy\b.*\b(?:from|to)\s+program\b|\bcopy\b.*\b(?:from|to)\s+program\b/i,
  ),
  ...names(
    'ftp sftp lftp tftp ncftp ntpq ntpdc telnet smbclient cdparanoia bc mail mailx crash ginsh tdbtool ispell aspell tasksh pdb psftp scanmem mutt ncdu fim',
    /(?:^|[;=\s])!/,
  ),
  ...names(
    'ssh autossh sftp scp',
    /^(?:-\w*o)?\s*(?:PermitLocalCommand\s*[=\s]\s*yes|(?:PKCS11Provider|SecurityKeyProvider)\s*[=\s]\s*(?!none|internal)|Match\s+exec)/i,
  ),
  ...names('ssh-keygen ssh-add ssh-agent ssh-pkcs11-helper', /^(?:-[DsIP])?(?:\.{0,2}\/)[^\s]*\.(?:so|dylib)/),
  ...names(
    'git',
    /^(?:(?:core\.(?:pager|editor|sshCommand|fsmonitor|hooksPath|askPass|gitProxy)|pager\.\w+|diff\.external|sequence\.editor|credential\.helper|interactive\.diffFilter|merge\..*\.driver|filter\..*|gpg\.program|uploadpack\.packObjectsHook|protocol\.ext\.allow|mergetool\..*\.cmd|difftool\..*\.cmd|init\.templateDir)=(?!(?:less|more|cat|vim?|nano|emacs|code|delta|cat|store|cache|osxkeychain|manager|always|never|user|true|false|ssh)?(?:\s+-[\w-]+(?:=\w+)?)*$)|alias\.[\w-]+=!|ext::)/i,
  ),
  ...names('tar gtar', /^--checkpoint-action=(?:exec|.*exec)/),
  ...names('zip', /^-{1,2}TT|^--unzip-command|^-TT/),
  ...names('nmap', /^--interactive$|^--script=(?:\.{0,2}\/|.*\.nse)/),
  ...names('gcc g++ cc c++ clang cpp gfortran', /^-wrapper$|^-fplugin=|^-B(?:\.|\/tmp)|^-specs=/),
  ...names(
    'tex latex pdftex pdflatex xetex xelatex luatex lualatex',
    /^--?(?:shell-escape|enable-write18)$|\\(?:immediate)?\\?write18|\\directlua/,
  ),
  ...names(
    'apt apt-get aptitude apt-cache',
    /(?:Pre-Invoke|Post-Invoke|Pre-Install-Pkgs|Post-Invoke-Success|DPkg::|Dir::Bin::|Acquire::.*::Proxy-Auto-Detect)/i,
  ),
  ...names(
    'yum dnf zypper rpm dpkg opkg apk',
    /^(?:--setopt=)?pluginpath=|^\/(?:tmp|var\/tmp|dev\/shm)\/\S*\.(?:rpm|deb|ipk|apk)$/,
  ),
  ...names('nc ncat netcat nc.traditional nc.openbsd', /^-(?:[a-z]*[ec][a-z]*|-exec|-sh-exec|-lua-exec)$/),
  ...names('socat', /(?:^|,)(?:exec|system|shell):/i),
  ...names('dc', /^(?:-e\s*)?!|!'?(?:\/|sh)/),
  ...names('bpftrace bcc', /\bsystem\s*\(|^--unsafe$/),
  ...names('capsh', /^--$|^--(?:user|uid|gid|shell)=/),
  ...names('service', /\.\.\//),
  ...names('run-parts', /^(?:\/usr)?\/s?bin\/?$/),
  ...names('crontab', /^-$/),
  ...names('xdg-user-dir', /[};]/),
  ...names('docker podman', /^--privileged$/),
  ...names('dstat', /^--plug/),
  ...names('fail2ban-client', /actionban|actionstart|actionunban|addaction/),
  ...names('salt salt-call salt-ssh', /^cmd\.|^(?:cmd\.run|cmd\.shell)/),
  ...names('make gmake remake', /^--eval|^MAKEFLAGS=|^SHELL=(?!(?:\/usr)?(?:\/bin\/)?(?:ba|da|z|k)?sh$)/),
  ...names('rake', /^-[peE]$|^--execute/),
  ...names('busctl', /^--address=unixexec:/),
  ...names('dbus-send gdbus', /unixexec:/),
  ...names('hping3 ftp', /^!/),
  ...names('troff groff nroff pic ditroff', /^-U$|^\.(?:pso|sy|pi)\b/),
  ...names('sysctl', /kernel\.core_pattern=\||kernel\.modprobe=/),
  ...names('ldconfig', /^-f$/),
  ...names('insmod modprobe kmod', /\.ko$/),
  ...names('composer', /^--working-dir=\/tmp/),
  ...names('cpan', /^!/),
  ...names('pip pip3 easy_install', /^\/(?:tmp|var\/tmp|dev\/shm)\/|^\$(?:TF|\{)/),
  ...names('sshuttle', /^-e$|^--ssh-cmd/),
  ...names('curl', /^--engine$/),
  ...names('convert magick identify mogrify', /^(?:ephemeral|msl|mvg|label:@)|^'?\|/),
  ...names('chmod', /^[ug]*\+\w*s|^[0-7]?[2467][0-7]{3}$|^[ugoa]*=\w*s/),
  ...names('install', /^(?:-m\s*)?(?:=?\w*xs|[0-7]?[2467][0-7]{3}|[ug]*\+\w*s)$/),
  ...names('setcap', /cap_(?:setuid|setgid|sys_admin|dac_override|dac_read_search|sys_ptrace|sys_module)/i),
  ...names('volatility vol', /^volshell|^-p/),
  ...names('easyrsa', /^--vars=/),
  ...names('ctr', /^--mount$/),
  ...names('java', /^-(?:XX:On(?:OutOfMemory)?Error=|(?:javaagent|agentpath):(?:\/tmp|\/var\/tmp|\/dev\/shm|\.))/),
  ...names('ghostscript gs', /^-dNOSAFER$|%pipe%/),
  ...names('redis-server', /^--loadmodule/),
  ...names('redis-cli', /^(?:MODULE|EVAL|SLAVEOF|REPLICAOF)$/i),
  ...names('cobc', /^-\w*x\w*j|^-j$/),
  ...names('genie', /^-c$/),
  ...names('ksshell', /^-i$/),
  ...names('as gtester', /^@(?!.*\.s$)/),
]);

/** A program in several lines has all their patterns. */
function together(lines: readonly (readonly [string, RegExp])[]): Map<string, RegExp> {
  const all = new Map<string, RegExp>();
  for (const [name, pattern] of lines) {
    const before = all.get(name);
    const flags = before?.flags.includes('i') === true || pattern.flags.includes('i') ? 'i' : '';
    all.set(name, before === undefined ? pattern : new RegExp(`${before.source}|${pattern.source}`, flags));
  }
  return all;
}

const TEMPORARY = /^["']?(?:(?:\/private)?\/(?:var\/)?tmp\/|\/dev\/shm\/|\$\{?(?:TF|LFILE)\b)/;
const PLACE = /^(?:\.{0,2}\/|[A-Za-z]:\\)/;
const LOADS = new RegExp(`${TEMPORARY.source}|^(?:data|https?):`);

/**
 * Options whose value, when it is of this form, is code that the program loads or a setting that makes it run a
 * command, from the manual page of each.
 */
export const OPTION_VALUES: ReadonlyMap<string, readonly (readonly [options: string, value: RegExp])[]> = new Map([
  ...values('ssh scp sftp', '-F', TEMPORARY),
  ...values('wget', '-e --execute', /use_askpass/),
  ...values('cowsay cowthink', '-f', PLACE),
  ...values('facter', '--custom-dir --external-dir', TEMPORARY),
  ...values('pandoc', '-L -F --lua-filter --filter', TEMPORARY),
  ...values('openssl', '-engine -provider-path', PLACE),
  ...values('nmap', '--script', /^\.{0,2}\/|\.nse$/),
  ...values('vi vim nvim view ex gvim', '-S -s -u -l', TEMPORARY),
  ...values('ld gold', '--plugin -plugin', PLACE),
  ...values('mpv', '--script --scripts', TEMPORARY),
  ...values('node nodejs tsx', '-r --require --import --loader --experimental-loader', LOADS),
  ...values('ruby', '-r', TEMPORARY),
  ...values('terraform tofu', '-plugin-dir', TEMPORARY),
  ...values('ansible', '-m --module-name', /^(?:script)$/),
  ...values('zsh bash', '--rcfile --init-file', TEMPORARY),
]);

function values(list: string, options: string, value: RegExp): [string, (readonly [string, RegExp])[]][] {
  return list.split(' ').map((name) => [name, options.split(' ').map((option) => [option, value] as const)]);
}

function names(list: string, pattern: RegExp): [string, RegExp][] {
  return list.split(' ').map((name) => [name, pattern]);
}

/** Programs that run the command in the words after a subcommand or option, given as the words that lead to it. */
export const RUNS_AFTER: ReadonlyMap<string, readonly string[]> = new Map([
  ['ip', ['netns exec *', 'vrf exec *']],
  ['adb', ['shell', 'exec-out']],
  ['tmux', ['new', 'new-session', 'neww', 'new-window', 'splitw', 'split-window', 'run', 'run-shell', 'respawn-pane']],
  ['screen', ['-S *', '-dmS *', '-dm', '-d', '-m', '']],
  ['byobu', ['']],
  ['dtach', ['-A *', '-c *', '-n *']],
  ['abduco', ['-c *', '-n *']],
  ['cpulimit', ['-f']],
  ['xterm', ['-e']],
  ['gnome-terminal', ['--']],
  ['gdb', ['--args', '-args']],
  ['start-stop-daemon', ['-x', '--exec', '--startas', '-a']],
  ['vagrant', ['ssh -c', 'ssh --command']],
  ['gcloud', ['compute ssh * --command']],
  ['watchexec', ['--']],
  ['nix', ['-c', '--command']],
  ['nodemon', ['--exec', '-x']],
  ['genie', ['-c']],
  ['pct', ['exec * --', 'exec *']],
  ['multipass', ['exec * --', 'exec *']],
  ['machinectl', ['shell *']],
  ['cmake', ['-E env', '-E time']],
  ['x-terminal-emulator', ['-e']],
  ['xfce4-terminal', ['-x', '-e']],
  ['terminator', ['-x', '-e']],
  ['lxterminal', ['-e']],
  ['wezterm', ['start --']],
  ['kgx', ['--']],
  ['systemd-nspawn', ['-D *', '--directory *', '-M *']],
  ['arch-chroot', ['']],
  ['schroot', ['--']],
  ['toolbox', ['run']],
  ['distrobox', ['enter --', '-e', '-- ']],
  ['virt-customize', ['--run-command']],
  ['run-mailcap', ['--action']],
]);

/** Programs with a prompt that starts a shell when a line begins with `!`, `:!` or names one. */
export const PROMPTS: ReadonlySet<string> = new Set(
  (
    'ed red ex vi vim nvim view less more most man ftp sftp lftp tftp telnet gdb lldb mail mailx mysql mariadb psql ' +
    'sqlite3 bc dc irb smbclient mutt ispell nslookup tclsh wish expect screen cpan pdb nmap top zathura scanmem tdbtool'
  ).split(' '),
);

export const PROMPT_ESCAPE =
  /^\s*(?::?!|\\!|\.(?:shell|system)\b|:?(?:shell|sh)\b|:set\s+shell|system\s+\S|exec\s+\S*sh\b|!)/m;

/** Programs for which the path of a shell is nothing but data. */
export const TAKES_PATHS: ReadonlySet<string> = new Set(
  (
    'echo printf ls cat file stat which whereis type readlink realpath dpkg rpm ldd strings md5sum sha1sum sha256sum cksum ' +
    'grep egrep fgrep rg ag ack chsh useradd usermod adduser test [ [[ diff cmp head tail wc od hexdump xxd nm objdump readelf size ' +
    'du df find locate basename dirname cd pacman apt-file dpkg-query lsof fuser getfattr getcap chattr lsattr ' +
    'export declare local set unset alias sed awk git man tldr whatis apropos help command hash cp mv ln rm touch tar zip ' +
    'homectl getent id ps pgrep pidof debsums shellcheck shfmt bat sort uniq cut tr tee jq yq read return exit sleep true false : kill killall'
  ).split(' '),
);
