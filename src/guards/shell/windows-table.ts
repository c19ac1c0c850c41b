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
  }),
);

/** Cmdlets and Windows programs that destroy, by name alone. */
export const DESTROYS: ReadonlySet<string> = new Set(
  (
    'format-volume clear-disk initialize-disk remove-partition clear-content clear-recyclebin remove-itemproperty ' +
    'stop-computer restart-computer remove-aduser remove-localuser remove-vm remove-service clear-eventlog ' +
    'wevtutil vssadmin wbadmin diskpart bcdedit cipher remove-psdrive disable-computerrestore reset-computermachinepassword ' +
    'remove-computer remove-netfirewallrule remove-azresourcegroup remove-s3bucket format'
  ).split(' '),
);

/** Programs that run code, scripts or libraries given to them (the LOLBAS classes). */
export const ESCAPES: ReadonlySet<string> = new Set(
  (
    'invoke-expression invoke-command invoke-item invoke-wmimethod invoke-cimmethod add-type mshta regsvr32 rundll32 ' +
    'wscript cscript msbuild installutil regasm regsvcs wmic forfiles pcalua schtasks at psexec psexec64 msiexec ' +
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
export const SHELLS: ReadonlySet<string> = new Set('powershell pwsh cmd bash sh wsl'.split(' '));

/** .NET calls in expressions that run, load, fetch or delete. */
export const CALLS =
  /\b(?:DownloadString|DownloadFile|DownloadData|OpenRead|WebClient|HttpClient|TcpClient|Reflection\.Assembly|Assembly\]?::Load|FromBase64String|ScriptBlock\]?::Create|InvokeScript|NewScriptBlock|Diagnostics\.Process|Process\]?::Start|IO\.File\]?::(?:Delete|Write\w*|Move|Replace)|IO\.Directory\]?::(?:Delete|Move)|Marshal|VirtualAlloc|ShellExecute|WScript\.Shell|Shell\.Application|AmsiUtils|GetMethod|Invoke\s*\()/i;
