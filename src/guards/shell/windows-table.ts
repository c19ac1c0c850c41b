import type { TraitKind } from './facts.ts';

/** PowerShell aliases of the commands that matter here (about_Aliases). */
export const ALIASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    rm: 'remove-item',
    ri: 'remove-item',
    del: 'remove-item',
    erase: 'remove-item',
    rd: 'remove-item',
    rmdir: 'remove-item',
    iex: 'invoke-expression',
    iwr: 'invoke-webrequest',
    irm: 'invoke-restmethod',
    curl: 'invoke-webrequest',
    wget: 'invoke-webrequest',
    icm: 'invoke-command',
    saps: 'start-process',
    start: 'start-process',
    sajb: 'start-job',
    spps: 'stop-process',
    kill: 'stop-process',
    sc: 'set-content',
    ac: 'add-content',
    clc: 'clear-content',
    ni: 'new-item',
    mi: 'move-item',
    mv: 'move-item',
    cp: 'copy-item',
    ipmo: 'import-module',
    ii: 'invoke-item',
    iwmi: 'invoke-wmimethod',
    rp: 'remove-itemproperty',
    sp: 'set-itemproperty',
    gci: 'get-childitem',
    ls: 'get-childitem',
    dir: 'get-childitem',
    gc: 'get-content',
    cat: 'get-content',
    type: 'get-content',
    echo: 'write-output',
    write: 'write-output',
    ps: 'get-process',
    gps: 'get-process',
    gsv: 'get-service',
    '%': 'foreach-object',
    foreach: 'foreach-object',
    '?': 'where-object',
    where: 'where-object',
    select: 'select-object',
    sort: 'sort-object',
    measure: 'measure-object',
    group: 'group-object',
    tee: 'tee-object',
    sls: 'select-string',
    cd: 'set-location',
    chdir: 'set-location',
    sl: 'set-location',
    pushd: 'push-location',
    popd: 'pop-location',
    pwd: 'get-location',
    copy: 'copy-item',
    cpi: 'copy-item',
    move: 'move-item',
    ren: 'rename-item',
    rni: 'rename-item',
    md: 'new-item',
    mkdir: 'new-item',
    gal: 'get-alias',
    sal: 'set-alias',
    nal: 'set-alias',
    gcm: 'get-command',
    gm: 'get-member',
    gv: 'get-variable',
    sv: 'set-variable',
    ft: 'format-table',
    fl: 'format-list',
    clear: 'clear-host',
    cls: 'clear-host',
    h: 'get-history',
    history: 'get-history',
    man: 'get-help',
    help: 'get-help',
    sleep: 'start-sleep',
    etsn: 'enter-pssession',
    nsn: 'new-pssession',
    sasv: 'start-service',
    spsv: 'stop-service',
    diff: 'compare-object',
    oh: 'out-host',
  }),
);

/** Cmdlets and Windows programs that destroy, by name alone. */
export const DESTROYS: ReadonlySet<string> = new Set(
  (
    'format-volume clear-disk initialize-disk remove-partition clear-content clear-recyclebin remove-itemproperty ' +
    'stop-computer restart-computer remove-aduser remove-localuser remove-vm remove-service clear-eventlog ' +
    'wevtutil vssadmin wbadmin diskpart bcdedit cipher remove-psdrive disable-computerrestore reset-computermachinepassword ' +
    'remove-computer remove-netfirewallrule disable-netfirewallrule remove-azresourcegroup remove-s3bucket format ' +
    'uninstall-windowsfeature disable-bitlocker remove-mppreference reset-physicaldisk remove-virtualdisk'
  ).split(' '),
);

/** Programs that run code, scripts or libraries given to them (the LOLBAS classes). */
export const ESCAPES: ReadonlySet<string> = new Set(
  (
    'invoke-expression invoke-command invoke-item invoke-wmimethod invoke-cimmethod add-type mshta regsvr32 rundll32 ' +
    'wscript cscript msbuild installutil regasm regsvcs forfiles pcalua at psexec psexec64 msiexec enter-pssession ' +
    'hh odbcconf cmstp presentationhost infdefaultinstall syncappvpublishserver register-scheduledtask ' +
    'new-service start-job register-wmievent set-executionpolicy'
  ).split(' '),
);

/** Programs and cmdlets that reach the network. */
export const NETWORK: ReadonlySet<string> = new Set(
  (
    'invoke-webrequest invoke-restmethod start-bitstransfer bitsadmin certutil curl.exe net net1 netsh ftp ssh scp ' +
    'test-netconnection new-pssession enter-pssession send-mailmessage resolve-dnsname nslookup ping tracert'
  ).split(' '),
);

/** Shells that take a script in their words. */
export const SHELLS: ReadonlySet<string> = new Set('powershell pwsh cmd'.split(' '));

/** A program or cmdlet that does harm when its words say so. */
export interface WindowsRule {
  readonly names: RegExp;
  readonly words: RegExp;
  readonly kind: TraitKind;
  readonly what: string;
}

const rule = (names: RegExp, words: RegExp, kind: TraitKind, what: string): WindowsRule => ({
  names,
  words,
  kind,
  what,
});

/** Words are lower case, joined with blanks. From the documentation of each program. */
export const RULES: readonly WindowsRule[] = [
  rule(/^reg$/, /^(?:delete|add|import|restore|load)\b/, 'destructive', 'changes the registry'),
  rule(
    /^(?:set|new|clear|rename)-itemproperty$|^(?:set|new|copy)-item$/,
    /\bhk(?:lm|cu|cr|u):|\bregistry::/,
    'destructive',
    'changes the registry',
  ),
  rule(/^net1?$/, /\b(?:user|localgroup|group)\b.*\/(?:add|delete|active)/, 'destructive', 'changes accounts'),
  rule(/^net1?$/, /^stop\b/, 'destructive', 'stops a service'),
  rule(
    /^netsh$/,
    /(?:firewall|advfirewall)\b.*(?:\boff\b|disable|delete|reset)/,
    'destructive',
    'changes the firewall',
  ),
  rule(/^set-netfirewallprofile$/, /-enabled:?\s*(?:\$?false|0)/, 'destructive', 'switches the firewall off'),
  rule(/^set-mppreference$/, /-disable\w+|-exclusion\w+/, 'destructive', 'weakens the virus scanner'),
  rule(/^sc$/, /^(?:\\\\\S+\s+)?(?:delete|stop|create|config)\b/, 'destructive', 'changes services'),
  rule(
    /^(?:stop|set|remove)-service$/,
    /\b(?:windefend|mpssvc|wuauserv|eventlog|sense|vss|wscsvc)\b/,
    'destructive',
    'stops a service that protects the machine',
  ),
  rule(/^(?:shutdown|taskkill|tskill|logoff)$/, /^(?!\/\?|\/a\b)/, 'destructive', 'stops programs or the machine'),
  rule(/^takeown$/, /\/r\b|\\windows/, 'destructive', 'takes files over'),
  rule(
    /^icacls$|^cacls$/,
    /\/grant\S*\s+(?:everyone|\*s-1-1-0|users)|\/(?:reset|remove|deny|setowner)\b.*\/t\b/,
    'destructive',
    'changes who may use files',
  ),
  rule(/^fsutil$/, /\bsetzerodata\b|\bdeletejournal\b|\bdelete\b/, 'destructive', 'destroys data'),
  rule(/^schtasks$/, /\/(?:create|change|run)\b/, 'interpreter_escape', 'runs programs later'),
  rule(/^schtasks$/, /\/(?:delete|end)\b/, 'destructive', 'removes tasks'),
  rule(
    /^wmic$/,
    /\bcall\s+(?!getdisplayname)\w+|\/node:|\/format:|\b(?:delete|set|create)\b/,
    'interpreter_escape',
    'runs programs or changes the system',
  ),
  rule(/^certutil$/, /[-/](?:urlcache|decode\w*|encode|f)\b/, 'interpreter_escape', 'fetches or decodes files'),
  rule(/^bitsadmin$/, /\/(?:transfer|setnotifycmdline|addfile)\b/, 'interpreter_escape', 'fetches or runs'),
  rule(/^start-process$/, /-verb\s+runas/, 'privilege', 'raises privilege'),
  rule(/^runas$|^gsudo$|^sudo$/, /./, 'privilege', 'changes the user'),
  rule(
    /^set-alias$|^new-alias$|^set-item$/,
    /\b(?:iex|invoke-\w+|remove-item|rm|start-process)\b|\b(?:alias|function):/,
    'dynamic',
    'gives a command another name',
  ),
  rule(
    /^powershell$|^pwsh$/,
    /-f(?:i(?:l(?:e)?)?)?\s+(?:\\\\|\/\/|https?:)/,
    'download_and_run',
    'runs a script of another machine',
  ),
  rule(/^robocopy$/, /\/(?:mir|purge|move?)\b/, 'destructive', 'deletes what the source lacks'),
];

/** Cmdlets and programs whose words name a file they write, and the parameter that may stand before it. */
export const WRITERS: ReadonlyMap<string, 'first' | 'last'> = new Map([
  ['set-content', 'first'],
  ['add-content', 'first'],
  ['out-file', 'first'],
  ['tee-object', 'first'],
  ['export-csv', 'first'],
  ['copy-item', 'last'],
  ['move-item', 'last'],
  ['copy', 'last'],
  ['move', 'last'],
  ['xcopy', 'last'],
]);

/** Words of the command processor itself, which are no programs of other systems. */
export const INTERNAL: ReadonlySet<string> = new Set(
  (
    'assoc break cd chdir cls color copy date del dir echo endlocal erase exit for ftype goto if md mkdir mklink move path ' +
    'pause popd prompt pushd rd rem ren rename rmdir set setlocal shift start time title type ver verify vol find format more ' +
    'sort where tree timeout attrib comp fc print at net help replace subst param function return throw try catch finally ' +
    'switch while do until begin process end in else elseif using class enum data trap'
  ).split(' '),
);

/** .NET calls in expressions that run, load, fetch or delete. */
export const CALLS =
  /\$\{?function:|\b(?:DownloadString|DownloadFile|DownloadData|OpenRead|WebClient|HttpClient|TcpClient|Reflection\.Assembly|Assembly\]?::Load|FromBase64String|ScriptBlock\]?::Create|InvokeScript|NewScriptBlock|Diagnostics\.Process|Process\]?::Start|IO\.File\]?::(?:Delete|Write\w*|Move|Replace)|IO\.Directory\]?::(?:Delete|Move)|Marshal|VirtualAlloc|ShellExecute|WScript\.Shell|Shell\.Application|AmsiUtils|GetMethod|Invoke\s*\()/i;
