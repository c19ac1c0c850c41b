/**
 * What the built-in judgement calls sensitive. A table: lower case, one entry per documented location.
 * Sources: the manuals of the programs named; Filesystem Hierarchy Standard 3.0; proc(5).
 */

/** Files that hold credentials wherever they stand. Not their public halves, not templates. */
export const SECRET_NAMES: ReadonlySet<string> = new Set([
  '.netrc', '_netrc', '.pgpass', 'pgpass.conf', '.my.cnf', '.mylogin.cnf', '.git-credentials', '.htpasswd', '.pypirc',
  '.vault-token', '.dockercfg', '.s3cfg', '.boto', '.passwd-s3fs', 'wallet.dat', 'logins.json', 'key4.db', 'login data',
  'id_rsa', 'id_dsa', 'id_ecdsa', 'id_ecdsa_sk', 'id_ed25519', 'id_ed25519_sk', 'id_xmss', 'ssh_host_rsa_key',
  'ssh_host_ecdsa_key', 'ssh_host_ed25519_key', 'ssh_host_dsa_key', '.bash_history', '.zsh_history', '.sh_history',
  '.python_history', '.node_repl_history', '.psql_history', '.mysql_history', '.sqlite_history', '.rediscli_history',
  '.history', 'fish_history', 'consolehost_history.txt', 'krb5.keytab', 'ntuser.dat', 'ntds.dit',
  'unattend.xml', 'sysprep.inf', 'claude_desktop_config.json', '.claude.json',
]);

/** `.env` and `.env.production`, but not what a project checks in to show the shape of one. */
export const ENV_FILE = /^\.env(?:rc|\..+)?$/;
export const ENV_TEMPLATE = /\.(?:example|examples|sample|template|tmpl|dist|defaults?|schema|md|d\.ts|test|spec|vault)$/;

/** Directories under a home that hold credentials, as runs of names. */
export const SECRET_DIRECTORIES: readonly (readonly string[])[] = [
  ['.ssh'], ['.gnupg'], ['.aws', 'credentials'], ['.aws', 'config'], ['.aws', 'sso'], ['.aws', 'cli', 'cache'], ['.azure'],
  ['.config', 'gcloud'], ['.config', 'gh'], ['.config', 'hub'], ['.config', 'git', 'credentials'], ['.config', 'op'],
  ['.config', 'rclone'], ['.docker', 'config.json'], ['.kube', 'config'], ['.kube', 'cache'], ['.oci'],
  ['.password-store'], ['.local', 'share', 'keyrings'], ['.terraform.d', 'credentials.tfrc.json'], ['.cargo', 'credentials'],
  ['.cargo', 'credentials.toml'], ['.gem', 'credentials'], ['.m2', 'settings-security.xml'], ['.codex', 'auth.json'],
  ['.claude', '.credentials.json'], ['.gemini', 'oauth_creds.json'], ['library', 'keychains'],
  ['library', 'application support', 'google', 'chrome'], ['library', 'cookies'], ['.mozilla', 'firefox'],
  ['.config', 'google-chrome'], ['.electrum'], ['.ethereum', 'keystore'], ['appdata', 'roaming', 'microsoft', 'credentials'],
  ['appdata', 'roaming', 'microsoft', 'protect'], ['appdata', 'local', 'google', 'chrome', 'user data'],
];

/** Trees of the system itself, from the root. A declared root inside one of them lifts it. */
export const SYSTEM_TREES: readonly (readonly string[])[] = [
  ['etc'], ['root'], ['proc'], ['sys'], ['boot'], ['dev'], ['run', 'secrets'], ['var', 'run', 'secrets'], ['var', 'run', 'docker.sock'],
  ['run', 'docker.sock'], ['run', 'containerd'], ['var', 'log'], ['var', 'adm'], ['var', 'spool'], ['var', 'mail'], ['var', 'backups'],
  ['var', 'lib'], ['var', 'root'], ['var', 'db'], ['usr', 'local', 'etc'], ['lib', 'security'], ['system'], ['library', 'keychains'],
];

/** Devices that every process may use. */
export const HARMLESS_DEVICES: ReadonlySet<string> = new Set([
  'dev/null', 'dev/zero', 'dev/stdin', 'dev/stdout', 'dev/stderr', 'dev/urandom', 'dev/random', 'dev/full',
]);

/** Trees of Windows, from any drive. */
export const WINDOWS_TREES: ReadonlySet<string> = new Set([
  'windows', 'winnt', 'boot', 'boot.ini', 'bootmgr', 'system volume information', 'recovery', '$recycle.bin', 'pagefile.sys',
  'hiberfil.sys', 'autoexec.bat', 'config.sys', 'ntldr', 'inetpub', 'programdata',
]);

/** Names that open a device on Windows in any directory. */
export const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)$/i;

/** Wrappers that make a file function run code, fetch, or read something else than a file. */
export const STREAM_SCHEMES: ReadonlySet<string> = new Set([
  'php', 'expect', 'phar', 'zip', 'zlib', 'compress.zlib', 'compress.bzip2', 'data', 'glob', 'rar', 'ogg', 'ssh2', 'ssh2.sftp',
  'ssh2.exec', 'ssh2.shell', 'ssh2.tunnel', 'jar', 'netdoc', 'gopher', 'dict', 'ldap', 'ldaps', 'tftp', 'ftp', 'ftps', 'sftp', 'http', 'https', 'ws',
  'wss', 'javascript', 'vbscript', 'view-source', 'mhtml', 'smb', 'nfs', 'unc', 'local_file',
]);
