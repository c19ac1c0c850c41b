/** The last segment of a path written with `/` or `\`. */
export function lastSegment(path: string): string {
  const cut = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return cut < 0 ? path : path.slice(cut + 1);
}

/**
 * The name tables know a program by: without folder, Windows suffix or version (`/usr/bin/python3.12` is `python`).
 */
export function tableName(program: string): string {
  const name = lastSegment(program);
  const bare = /\.(?:exe|com|cmd|bat)$/i.test(name) ? name.slice(0, -4).toLowerCase() : name;
  const last = bare.charCodeAt(bare.length - 1);
  if (last < 48 || last > 57) return bare;
  const unversioned = VERSIONED.exec(bare)?.[1];
  return unversioned ?? bare;
}

const VERSIONED =
  /^(python|pypy|perl|ruby|php|lua|luajit|tclsh|wish|node|nodejs|gawk|erl|guile|vim|pip|irb|emacs|ksh|zsh|bash|gcc|g\+\+|clang)-?[0-9][0-9.]*$/;

/** Lexical absolute form of a path: `.` and `..` folded, repeated separators removed. Relative paths stay relative. */
export function foldPath(path: string): string {
  const rooted = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') kept.push(segment);
    else if (kept.length > 0 && kept[kept.length - 1] !== '..') kept.pop();
    else if (!rooted) kept.push('..');
  }
  return (rooted ? '/' : '') + kept.join('/') || (rooted ? '/' : '.');
}

/** Folders that programs may fill and empty as they like (FHS 3.0, sections 3.18 and 5.15). */
export function isTemporary(path: string): boolean {
  const folded = foldPath(path);
  return /^(?:\/private)?\/(?:var\/)?tmp\/./.test(folded) || folded.startsWith('/dev/shm/');
}

/** Places whose change changes the machine itself: system folders, devices, start-up and credential files. */
export function isSystemPath(path: string): boolean {
  if (WINDOWS_SYSTEM.test(path)) return true;
  const folded = foldPath(path);
  if (/^\/(?:etc|bin|sbin|boot|lib|lib32|lib64|sys|root)(?:\/|$)/.test(folded)) return true;
  if (/^\/(?:usr)(?:\/(?!local\/(?:share|src|var)\/)|$)/.test(folded)) return !folded.startsWith('/usr/share/');
  if (/^\/(?:proc|var\/spool\/cron|var\/lib\/(?:dpkg|rpm|systemd)|var\/run|private\/etc)(?:\/|$)/.test(folded))
    return true;
  return isDevice(folded) || isUserStartUp(folded);
}

/** The system folder of Windows and what is started when somebody signs in. */
const WINDOWS_SYSTEM =
  /^(?:[A-Za-z]:|%SystemDrive%)?[\\/](?:Windows|boot|EFI)(?:[\\/]|$)|[\\/]Start Menu[\\/]Programs[\\/]Startup/i;

const HARMLESS_DEVICES: ReadonlySet<string> = new Set([
  '/dev/null',
  '/dev/zero',
  '/dev/full',
  '/dev/stdin',
  '/dev/stdout',
  '/dev/stderr',
  '/dev/tty',
  '/dev/random',
  '/dev/urandom',
]);

export const isDevice = (path: string): boolean =>
  path.startsWith('/dev/') && !HARMLESS_DEVICES.has(path) && !/^\/dev\/(?:fd|shm|pts|tcp|udp)\//.test(path);

const isUserStartUp = (path: string): boolean =>
  /(?:^|\/)(?:\.bashrc|\.bash_profile|\.bash_login|\.profile|\.zshrc|\.zshenv|\.zprofile|\.kshrc|\.cshrc)$/.test(
    path,
  ) || /(?:^|\/)\.ssh\/(?:authorized_keys2?|config|rc|id_[a-z0-9]+)$/.test(path);

/** Records of what was done: shells' and clients' histories, login and audit logs (FHS 3.0, section 5.10). */
const RECORDS =
  /(?:^|\/)\.(?:\w+_)?history$|^\/var\/log\/(?:auth\.log|secure|syslog|messages|wtmp|btmp|lastlog|faillog|audit(?:\/|$))/;

/** True for a file that records what was done, so that emptying it hides something. */
export const isRecord = (path: string): boolean => RECORDS.test(path);

/** A file that is an open descriptor other than standard input: what it holds is not followed. */
export const isDescriptor = (path: string): boolean =>
  /^(?:\/dev\/fd|\/proc\/(?:self|\d+)\/fd)\/[1-9]\d*$/.test(path) || path.startsWith('<(');
