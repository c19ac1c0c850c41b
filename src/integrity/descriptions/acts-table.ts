/** What a word does or speaks of in an order: families of deeds, and what they are done to. One bit each. */
export const A = {
  SHIP: 1 << 0,
  CARRY: 1 << 1,
  TAKE: 1 << 2,
  RUN: 1 << 3,
  WRECK: 1 << 4,
  PAY: 1 << 5,
  GRANT: 1 << 6,
  OFF: 1 << 7,
  SAY: 1 << 8,
  HUSH: 1 << 9,
  ALTER: 1 << 10,
  FOLLOW: 1 << 11,
  NEED: 1 << 12,
  AGENT: 1 << 13,
  SECRET: 1 << 14,
  CHAT: 1 << 15,
  PERSONAL: 1 << 16,
  GUARD: 1 << 17,
  OUTCOME: 1 << 18,
  COMMAND: 1 << 19,
  RIVAL: 1 << 20,
  WIDE: 1 << 21,
  PRAISE: 1 << 22,
  WHOLE: 1 << 23,
  FIRST: 1 << 24,
  CONDITION: 1 << 25,
  PERSON: 1 << 26,
  TOOL: 1 << 27,
  PLACE: 1 << 28,
  RISK: 1 << 29,
  /** Not a word: a number, an address, a flag. Set while reading. */
  ODD: 1 << 30,
} as const;

/** The families of deeds. */
export const DEEDS =
  A.SHIP | A.CARRY | A.TAKE | A.RUN | A.WRECK | A.PAY | A.GRANT | A.OFF | A.SAY | A.HUSH | A.ALTER | A.FOLLOW;

/** Words without any of these give no order that counts: conditions, needs, places and plain reading are everywhere. */
export const TELLING_ACTS = ~(
  A.NEED |
  A.CONDITION |
  A.TOOL |
  A.PLACE |
  A.TAKE |
  A.RUN |
  A.OUTCOME |
  A.PRAISE |
  A.WHOLE
);

type Sense = Exclude<keyof typeof A, 'ODD'>;

/** Regular verbs, in their base form; the other forms are derived. */
const VERBS: Partial<Readonly<Record<Sense, string>>> = {
  SHIP: 'send post upload forward transmit mail email e-mail submit share publish mirror relay push export deliver exfiltrate beacon disclose leak bcc cc',
  CARRY:
    'pass provide supply include put attach append embed give hand enter fill insert place prefix prepend add populate set paste forward transfer file encode contain hold bear accompany convey equip store record keep',
  TAKE: 'read open load retrieve fetch collect gather obtain copy list extract harvest capture take export dump print locate look search get scan grab cat',
  RUN: 'run execute invoke call trigger launch install download eval evaluate start curl register use clone visit navigate',
  WRECK: 'delete remove drop wipe erase cancel truncate kill overwrite destroy purge discard reset revoke',
  PAY: 'pay transfer wire buy order purchase donate charge book subscribe',
  GRANT: 'grant approve allow accept permit authorize authorise enable whitelist',
  OFF: 'disable skip bypass suspend ignore circumvent deactivate waive disregard weaken lift',
  SAY: 'tell say state describe present recommend suggest claim answer reply respond inform explain confirm report mark label rate declare summarize summarise respond treat list show call',
  HUSH: 'omit conceal hide withhold suppress exclude redact obscure mask mention',
  ALTER:
    'replace change substitute redirect route reroute add extend append rewrite swap modify alter adjust set insert turn override raise round inject convert',
  FOLLOW: 'follow obey execute perform comply adhere honor honour act carry treat',
  NEED: 'need require expect demand',
};

/** Forms that are not regular, and words that are no verbs. */
const WORDS: Readonly<Record<Sense, string>> = {
  SHIP: 'sent posting submitted submitting transmitted transmitting mailing',
  CARRY: 'put putting given gave inserted set setting transferred',
  TAKE: 'taken took got getting gotten scanned output look-up',
  RUN: 'ran running',
  WRECK: 'dropped dropping cancelled cancelling',
  PAY: 'paid bought booked transferred transferring payment payments',
  GRANT: 'permitted auto-approve auto-approved auto-accept',
  OFF: 'skipped skipping bypassed bypassing',
  SAY: 'told said',
  HUSH: 'leave unseen unnoticed unknown invisible omitted omitting hidden hid withheld',
  ALTER: 'swapped rewritten rewrote set',
  FOLLOW: 'complies complied carried supersede supersedes',
  NEED: 'needed necessary prerequisite precondition must has have expects',
  AGENT: 'assistant assistants agent agents ai llm llms model models claude gpt chatgpt copilot',
  SECRET:
    'credential credentials password passwords passphrase passphrases secret secrets token tokens cookie cookies api-key apikey keychain wallet mnemonic ssn passport pin pii dsn printenv keystore otp logins login tfstate kubeconfig private vault pre-shared auth authentication env environment netrc ssh-key ssh',
  CHAT: 'conversation conversations chat chats transcript transcripts dialogue history message messages prompt prompts reasoning utterance utterances context memory memories instructions said talked discussed turns thoughts chain-of-thought question questions request requests tools',
  PERSONAL:
    'contacts documents photos photo clipboard keystrokes browsing employer birth address-book addressbook desktop downloads personal bookmarks inbox mailbox identity location hostname username screenshots home biometric calendar files file data name names phone emails email',
  GUARD:
    'confirmation confirmations approval approvals consent permission permissions review reviews verification certificate certificates firewall sandbox guideline guidelines restriction restrictions safeguard safeguards protection protections hooks guardrail guardrails checks check confirm limits signature signatures signing validation dialog dialogs prompt prompts moderation mfa two-factor encryption rule rules policy policies antivirus safety',
  OUTCOME:
    'result results output outputs response responses reply replies page pages ticket tickets answer answers returned document documents website email emails e-mails e-mail mails mail issue issues content contents body text field returns file comes message messages data',
  COMMAND:
    'priority precedence outranks instruction instructions command commands directive directives directions requests orders guidelines rules steps request action actions tasks task script',
  RIVAL:
    'normal regular usual other another others built-in builtin different existing alternative alternatives original competing competitors competitor native standard official else',
  WIDE: 'always every each any all whatever whichever regardless whenever anytime everything everybody everyone anything cases case ever irrespective matter anyone whoever wherever',
  PRAISE:
    'best cheapest lowest safe correct successful passed fine trusted verified superior secure harmless valid legitimate clean compliant approved recommended fastest good success confirmed right neutral first true low-risk available unavailable unaffected healthy premium excellent reliable pre-verified high-priority original independent unbiased objective',
  WHOLE:
    'entire full whole complete verbatim unredacted exact everything far unabridged word-for-word contents content previous prior last earlier original latest recent past preceding completely',
  FIRST:
    'before prior ahead first precede precedes preceding until unless beforehand advance prerequisite precondition initially upfront',
  CONDITION: 'when whenever if once after upon while where during case soon until',
  PERSON: "user users user's users' person people human humans customer customers customer's somebody somebody's owner",
  TOOL: 'tool tools function functions server servers plugin plugins mcp',
  RISK: 'place official original superuser 777 verification hard-code hardcode evaluates signature signatures signing secrets allow grant main everyone public clause port terminal shell file migration root administrator sudo rights role privileges access',
  PLACE:
    'shell terminal console browser workspace folder directory home machine host system disk computer server endpoint url address webhook account',
};

function forms(verb: string): string[] {
  const stem = verb.endsWith('e') ? verb.slice(0, -1) : verb;
  if (verb.endsWith('y') && !/[aeo]y$/.test(verb)) {
    const base = verb.slice(0, -1);
    return [verb, `${base}ies`, `${base}ied`, `${verb}ing`];
  }
  return [verb, /(?:s|sh|ch|x)$/.test(verb) ? `${verb}es` : `${verb}s`, `${stem}ed`, `${stem}ing`];
}

function compile(): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  const mark = (word: string, bit: number): unknown => table.set(word, (table.get(word) ?? 0) | bit);
  for (const [sense, words] of Object.entries(WORDS) as [Sense, string][])
    for (const word of words.split(' ')) mark(word, A[sense]);
  for (const [sense, verbs] of Object.entries(VERBS) as [Sense, string][])
    for (const verb of verbs.split(' ')) for (const form of forms(verb)) mark(form, A[sense]);
  return table;
}

/** Lower-case word → its senses. */
export const ACTS = compile();
