/**
 * Names that lead inside, whatever the resolver says. A table.
 * Sources: RFC 6761, 6762, 8375, 9476 (special-use names), ICANN's reservation of `.internal` (2024), the metadata
 * services' and the wildcard-DNS services' own documentation.
 */

export const LOOPBACK_NAMES: ReadonlySet<string> = new Set([
  'localhost', 'localhost.localdomain', 'localhost4', 'localhost6', 'localhost6.localdomain6', 'ip6-localhost', 'ip6-loopback', 'loopback',
  'broadcasthost',
]);

export const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata', 'metadata.google.internal', 'metadata.goog', 'metadata.internal', 'instance-data', 'instance-data.ec2.internal', 'metadata.azure.com',
  'metadata.azure.internal', 'metadata.packet.net', 'metadata.platformequinix.com', 'metadata.tencentyun.com', 'rancher-metadata',
  'metadata.service.consul',
]);

/** Suffixes that never leave a private network. */
export const PRIVATE_SUFFIXES: ReadonlySet<string> = new Set([
  'internal', 'local', 'localdomain', 'localdomain6', 'home.arpa', 'lan', 'intranet', 'corp', 'home', 'private', 'svc', 'consul', 'test', 'onion', 'alt',
  'docker', 'cluster', 'workgroup',
]);

/** Public domains all of whose names resolve to the loopback address. */
export const LOOPBACK_DOMAINS: ReadonlySet<string> = new Set([
  'localtest.me', 'lvh.me', 'vcap.me', 'lacolhost.com', 'localho.st', 'fuf.me', 'ulh.us', 'local.gd', 'lcl.host',
  'localhost.direct', '127-0-0-1.org.uk', 'smackaho.st', 'localdev.me', 'readme.localtest.me', 'bugbounty.dod.network',
  'spoofed.burpcollaborator.net',
]);

/** Public domains whose names resolve to the address that the name spells, or to one that changes between look-ups. */
export const ECHO_DOMAINS: ReadonlySet<string> = new Set([
  'nip.io', 'sslip.io', 'xip.io', 'xip.name', 'traefik.me', 'backname.io', 'local-ip.co', 'local-ip.sh', 'plex.direct',
  'ip.addr.tools', 'ipq.co', 'ip6.name',
]);

/** Public domains that answer with one address first and another later. */
export const REBINDING_DOMAINS: ReadonlySet<string> = new Set(['1u.ms', 'rbndr.us', 'rebind.it']);

/**
 * Schemes that a fetcher may understand and a web link never has: local files, other protocols, code, and wrappers
 * around another URL. From the manuals of curl, libcurl bindings, PHP, Java, Python and browsers.
 */
export const UNSAFE_SCHEMES: ReadonlySet<string> = new Set([
  'file', 'gopher', 'gophers', 'dict', 'ldap', 'ldaps', 'ldapi', 'tftp', 'ftp', 'ftps', 'sftp', 'scp', 'ssh', 'ssh2', 'telnet', 'smb', 'smbs', 'smtp', 'smtps', 'imap',
  'imaps', 'pop3', 'pop3s', 'rtsp', 'rtmp', 'rtmps', 'mqtt', 'mqtts', 'netdoc', 'jar', 'php', 'phar', 'expect', 'zip', 'zlib', 'glob', 'ogg', 'rar', 'data', 'compress.zlib',
  'javascript', 'vbscript', 'livescript', 'view-source', 'blob', 'about', 'chrome', 'chrome-extension', 'moz-extension', 'resource', 'res', 'local_file', 'filesystem',
  'unix', 'http+unix', 'npipe', 'docker', 'redis', 'rediss', 'memcached', 'mongodb', 'mongodb+srv', 'mysql', 'postgres', 'postgresql', 'jdbc', 'jndi', 'rmi', 'iiop', 'corba', 'dns',
  'nis', 'nds', 'nfs', 'afp', 'cifs', 'dav', 'davs', 'webdav', 'git+ssh', 'svn', 'svn+ssh', 'rsync', 'finger', 'whois', 'wais', 'news', 'nntp', 'mailbox', 'mhtml', 'ms-its', 'its',
  'mk', 'hcp', 'ms-msdt', 'search-ms', 'shell', 'vnc', 'rdp', 'ws+unix', 'intent', 'attachment', 'tcp', 'udp', 'fd', 'pipe', 'exec', 'cmd', 'url',
]);
