/** Programs whose purpose is to move bytes over the network. */
const NETWORK: ReadonlySet<string> = new Set(
  (
    'curl wget wget2 aria2c axel httpie http https xh lynx links links2 elinks w3m fetch ftp lftp ncftp ncftpget sftp scp ' +
    'rsync ssh telnet nc ncat netcat nc.openbsd nc.traditional socat rclone tftp rcp rsh rlogin mosh s_client ' +
    'nmap masscan ping dig nslookup host whois traceroute mail sendmail mailx mutt swaks smbclient youtube-dl yt-dlp ' +
    'croc wormhole magic-wormhole websocat grpcurl hping3 iperf3 finger gsutil s3cmd mc certutil bitsadmin rdesktop'
  ).split(' '),
);

/** Those of them that bring a file or print what they fetched. */
const FETCHES: ReadonlySet<string> = new Set(
  (
    'curl wget wget2 aria2c axel httpie http https xh lynx links links2 elinks w3m fetch ftp lftp ncftpget sftp scp ' +
    'telnet nc ncat netcat nc.openbsd nc.traditional socat tftp rclone gsutil s3cmd smbclient dig nslookup finger ' +
    'websocat GET lwp-download lwp-request bitsadmin certutil'
  ).split(' '),
);

export const isNetwork = (name: string): boolean => NETWORK.has(name);
export const fetches = (name: string): boolean => FETCHES.has(name);
