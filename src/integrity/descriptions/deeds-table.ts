/** What a verb in a tool's name amounts to. */
export type Family = 'look' | 'write' | 'send' | 'destroy' | 'execute';

export interface Deed {
  readonly verb: string;
  readonly stem: string;
  readonly family: Family;
  /** How surely a tool of this name has effects, 0…1. */
  readonly weight: number;
}

const VERBS: Readonly<Record<Family, string>> = {
  look: 'get list read view show search find fetch query describe inspect retrieve lookup check count browse display return look preview monitor analyze summarize',
  write:
    'write create update set add insert edit modify put save append rename replace upsert patch change move import',
  send: 'send email post publish forward share transfer pay submit tweet reply notify broadcast upload',
  destroy: 'delete remove drop purge destroy wipe erase truncate revoke terminate kill uninstall',
  execute: 'execute run deploy eval install',
};
/** Verbs whose effects cannot be meant otherwise; `run_report` or `post_filter` can. */
const SURE = new Set('send delete remove drop purge destroy wipe erase truncate transfer pay write execute'.split(' '));

const FAMILY = new Map<string, Family>();
for (const [family, verbs] of Object.entries(VERBS) as [Family, string][])
  for (const verb of verbs.split(' ')) FAMILY.set(verb, family);

/** The deed that a tool's name names: its first verb, after at most one prefix such as a server's name. */
export function deedOf(name: string): Deed | null {
  const parts = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter(Boolean);
  for (const verb of parts.slice(0, 2)) {
    const family = FAMILY.get(verb);
    if (!family) continue;
    const weight = family === 'look' ? 0 : SURE.has(verb) ? 0.8 : 0.3;
    return { verb, stem: verb.replace(/e$/, 'e?'), family, weight };
  }
  return null;
}

/** Families of the verbs in a sentence: first word, or third person. */
export function verbsIn(sentence: string): ReadonlySet<Family> {
  const families = new Set<Family>();
  for (const word of sentence.toLowerCase().split(/[^a-z]+/)) {
    const family = FAMILY.get(word) ?? FAMILY.get(word.replace(/s$/, '')) ?? FAMILY.get(word.replace(/es$/, ''));
    if (family) families.add(family);
  }
  return families;
}
