/**
 * Words without which a phrase cannot occur, one bit per group: phrases are matched only in sentences that carry
 * their cue, which keeps reading a definition cheap.
 */
export const CUE = {
  LASTING: 1 << 0,
  WIDE: 1 << 1,
  OBEY: 1 << 2,
  ACT: 1 << 3,
  PREFER: 1 << 4,
  CHAT: 1 << 5,
  SECRETS: 1 << 6,
  TASK: 1 << 7,
  MODEL: 1 << 8,
  HOOK: 1 << 9,
  DECEIVE: 1 << 10,
  WITHOUT: 1 << 11,
  DISCREDIT: 1 << 12,
  REPLACE: 1 << 13,
  COMMAND: 1 << 14,
  FOREIGN: 1 << 15,
  SLEEPER: 1 << 16,
  THREAT: 1 << 17,
  EXCUSE: 1 << 18,
  ANSWER: 1 << 19,
  UNAWARE: 1 << 20,
  TRIGGER: 1 << 21,
  MODE: 1 << 22,
} as const;

const GROUPS: Readonly<Record<keyof typeof CUE, string>> = {
  LASTING:
    'remainder rest duration entire entirety whole now point henceforth future subsequent session persistent persistently standing',
  WIDE: 'tool tools whenever even time',
  OBEY: 'obey follow execute carry comply act do what whatever',
  ACT: 'act now pretend assume role roleplay jailbreak jailbroken jailbreaking simulate developer unrestricted admin root god superuser administrator elevated trust full without new',
  PREFER:
    'everything even route instead rather over other only always replacement replaces supersedes shadows wraps version alternative substitute operations requests queries updated improved enhanced',
  CHAT: 'talked discussed said conversations message messages prompt prompts history context answer answers transcript conversation chat instructions reasoning memory',
  SECRETS:
    'seed password passwords secrets keys key credentials tokens cookies variables clipboard keystrokes phrases taxes.pdf',
  TASK: 'forget ignore disregard discard task goal job purpose objective role mission commands instructions orders treat regard consider interpret trusted',
  MODEL: 'ai llm llms model models agent agents assistant assistants claude gpt chatgpt copilot',
  HOOK: 'called call invoke consult run use agent',
  DECEIVE:
    'asked asks questioned explain indicate let sign hint obvious trace hide pretend reality spare skip authorized pre-authorized approved consented agreed need nothing quiet silent',
  WITHOUT: 'without',
  DISCREDIT:
    'vulnerable vulnerability vulnerabilities insecure unsafe compromised malicious used broken untrusted outdated',
  REPLACE: 'replaced redirected forwarded sent rerouted copied routed substituted rewritten mirrored',
  COMMAND:
    'curl wget rm nc chmod crontab eval base64 kubectl env printenv mkfs os.system subprocess subprocess.run powershell sh bash or /etc/cron.d /dev/tcp',
  FOREIGN:
    "nicht nichts benutzer nutzer anwender usuario usuário utilisateur utente instrucciones instruções istruzioni ignoriere ignora ignorez ignores all'utente l'utilisateur l'utente bevor avant antes prima herramienta herramientas outil outils ferramenta ferramentas strumento strumenti werkzeug werkzeuge passwort senha contraseñas senhas conversazione chave clave",
  SLEEPER:
    'subsequent second later future first initial triggered activated trigger dormant activates several bomb invocations uses',
  ANSWER:
    'sentence report reports present presented describe mark summary summaries answer answers reply replies response responses tell regardless ranking lowest best suitable left',
  UNAWARE: 'unaware aware bothered refrain refrains refraining notice learn behind oblivious',
  TRIGGER: 'word phrase keyword string date mentions starting tenth eleventh',
  MODE: 'mode bound suspended comply refusal instructions guidance override granted rules',
  THREAT:
    'failure failing skipping omitting otherwise crash corrupt overload lost terminated corrupted optional skipped overridden bypassed ignored very else severe must',
  EXCUSE:
    'mandatory required critical essential internal important necessary standard seemingly compulsory implementation verify validate confirm ensure check maintain prevent satisfy for',
};

function compile(): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (const [group, words] of Object.entries(GROUPS)) {
    const bit = (CUE as Readonly<Record<string, number>>)[group] ?? 0;
    for (const word of words.split(' ')) table.set(word, (table.get(word) ?? 0) | bit);
  }
  return table;
}

/** Lower-case word → groups it belongs to. */
export const CUES = compile();
