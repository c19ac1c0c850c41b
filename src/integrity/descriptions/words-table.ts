/** What a word can do in a sentence that tries to steer a model. One bit each. */
export const W = {
  OBLIGE: 1 << 0,
  NEGATE: 1 << 1,
  TELL: 1 << 2,
  USER: 1 << 3,
  STEALTH: 1 << 4,
  PRIORITY: 1 << 5,
  IGNORE: 1 << 6,
  CONTROL: 1 << 7,
  BEFORE: 1 << 8,
  WHEN: 1 << 9,
  INVOKE: 1 << 10,
  MODIFY: 1 << 11,
  ARGUMENT: 1 << 12,
  SEND: 1 << 13,
  SENSITIVE: 1 << 14,
  READ: 1 << 15,
  EVERY: 1 << 16,
  PRESSURE: 1 << 17,
  EXCUSE: 1 << 18,
  TOOL: 1 << 19,
  LOOKUP: 1 << 20,
  EXTERNAL: 1 << 21,
  INSTRUCTION: 1 << 22,
  FORMER: 1 << 23,
  OTHER_TOOL: 1 << 24,
  SELF: 1 << 25,
  LITERAL: 1 << 26,
  SECRET_PLACE: 1 << 27,
  SINK: 1 << 28,
  SHOW: 1 << 29,
  SESSION: 1 << 30,
} as const;

/** Stems are spelled out: a table is easier to review than a stemmer. */
const CLASSES: Readonly<Record<string, string>> = {
  OBLIGE:
    'must should shall always mandatory required obligatory ensure need never have ought strictly compulsory essential',
  NEGATE:
    "not never don't dont cannot can't without no avoid refrain doesn't shouldn't mustn't nobody nothing unnecessary neither nor",
  TELL: 'tell telling told mention mentioning inform informing informed disclose disclosing disclosed reveal revealing revealed notify notifying notified discuss discussed discussing announce acknowledge admit confess prompting warn aware know knowing knowledge noticing noticed awareness consent divulge',
  SHOW: 'show showing shown display displaying displayed report reporting reported surface surfaced output print explain see sees say visible',
  USER: "user users human humans person customer customers anyone user's everyone operator",
  STEALTH:
    'silently secretly quietly covertly invisibly invisible discreetly stealthily stealth unnoticed undisclosed transparently hidden confidential secret background passively covert clandestinely surreptitiously unobtrusively undetected',
  PRIORITY:
    'override overrides overriding overridden supersede supersedes superseding superseded precedence priority prioritise prioritize outranks trumps overrule overrules',
  IGNORE:
    'ignore ignores ignoring disregard disregards disregarding forget bypass bypasses bypassing bypassed skip skips skipping circumvent circumvents disable disables disabling suspend evade override overriding',
  CONTROL:
    'safety restriction restrictions restricted policy policies filter filters filtering filtered validation validations validate safeguard safeguards check checks security sanitization sanitisation confirmation approval limits limitations guardrail guardrails protections permission permissions ethics ethical moderation authentication authorization access',
  INSTRUCTION:
    'instruction instructions guidance advice guideline guidelines rule rules directive directives prompt prompts command commands request requests query input inputs wishes intent message messages training orders',
  FORMER:
    "previous prior earlier above preceding all other any original existing system initial subsequent further former user user's users foregoing every default developer your their safety",
  BEFORE: 'before prior first beforehand initially prerequisite prerequisites precondition',
  WHEN: 'when whenever after upon once if during while every each any for anytime',
  INVOKE:
    'call calls calling called use uses using used invoke invokes invoking invoked run runs running execute executes executing executed trigger triggers triggering triggered perform performs performing launch initiate initiates consult consulting request requesting utilize query apply involves',
  MODIFY:
    'override overrides overriding enhance restrict restricted appended replaced redirected modified changed rewritten substituted prepended injected added routed instead modify modifies modifying modified change changes changing changed set sets setting replace replaces replacing rewrite rewrites rewriting append appends appending appended prepend prepends prepending inject injects injecting add adds adding insert inserts inserting include includes including alter alters altering substitute substitutes redirect redirects redirecting redirected overwrite overwrites overwriting attach embed divert reroute reroutes route routes routing swap pass passes passing put multiply prefix suffix convert force forces tamper shift inflate duplicate obfuscated randomize truncate strip remove encode concatenate fill populate place adjust',
  ARGUMENT:
    'argument arguments parameter parameters param params field fields value values recipient recipients body header headers subject url path query prompt command code content contents message text keyword keywords location date name id title address input prefix suffix phrase string entity label comments comment output results response destination',
  SEND: 'deliver delivered delivers send sends sending sent forward forwards forwarding upload uploads uploading uploaded post posts posting transmit transmits transmitting transmitted bcc cc exfiltrate exfiltrates leak leaks share shares shared sharing submit submits mail mails mirror mirrors relay relays publish publishes stream streams streamed email emails write writes save saves log logs logged store stores stored dump dumps record records cache cached copy copies copied sync synced synchronized export exports duplicate deliver move moves append include includes attach commit push post put beacon report',
  SENSITIVE:
    'credential credentials password passwords passphrase secret secrets token tokens api-key apikey ssh keys key cookies conversation conversations history contacts messages ssn pii env environment cards wallet seed mnemonic location clipboard keystrokes keystroke fingerprint mac-address hostname username usernames emails private sensitive personal confidential chat transcript documents data files accounts account',
  READ: 'read reads reading retrieve retrieves retrieving fetch fetches fetching get gets obtain open opens access accesses accessing load loads cat extract extracts extracting copy collect collects collecting collected gather gathers capture captures capturing harvest harvests scan scans provide provides inspect include contents content search searches look query list dump view examine print index indexes monitor monitors track tracks record records incorporates grab pull',
  EVERY:
    'all every any each entire whole whatever which regardless always complete full everything globally global universal',
  PRESSURE:
    'failure fail fails failing crash crashes corrupt corrupted corruption overload critical critically urgent immediately mandatory lost imperative skipping omitting omit neglecting crucial vital essential severe violation terminated disabled error errors rejected breach otherwise',
  EXCUSE:
    'security secure compliance compliant audit auditing auditable verification verify verified validation validate authorization authorized authenticity permissions permission privileges privilege policy policies gdpr soc2 hipaa regulatory regulation regulations legal governance administrator integrity requirement protocol accurate accuracy stability performance synchronization protocols prevent protection safety optimization maintenance diagnostics logging compatibility consistency quality initialization',
  TOOL: 'tool tools function functions server plugin',
  LOOKUP:
    'id ids identifier identifiers uid name names list lists schema available valid latest current details options columns key keys region regions discover discovered find resolve slug number',
  EXTERNAL:
    'external externally remote remotely attacker webhook endpoint third-party third-parties third parties partner partners marketing advertisers elsewhere offsite collector analytics cloud proxy team research vendor vendors server beacon c2',
  SESSION:
    'session conversation onwards onward henceforth remainder duration chat interaction lifetime permanently forever hereafter',
};

function compile(): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (const [name, words] of Object.entries(CLASSES)) {
    const bit = (W as Readonly<Record<string, number>>)[name] ?? 0;
    for (const word of words.split(' ')) table.set(word, (table.get(word) ?? 0) | bit);
  }
  return table;
}

/** Lower-case word → what it can do. */
export const WORDS = compile();
