import { OperandRejected } from '../../core/argument-type.ts';
import type { ArgumentType } from '../../core/argument-type.ts';
import type { JsonValue } from '../../core/json.ts';
import { stringsOf } from '../operands.ts';
import { PII_CLASSES, scanPii } from '../pii/scan.ts';
import type { SecretClass } from './formats-table.ts';
import { scanSecrets } from './scan.ts';
import type { Detection } from './scan.ts';

export const SECRET_CLASSES = [
  'cloud',
  'code',
  'ai',
  'messaging',
  'payment',
  'platform',
  'private-key',
  'token',
  'password',
  'connection',
] as const satisfies readonly SecretClass[];

/** Words that stand for several classes. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  credential: SECRET_CLASSES,
  any: SECRET_CLASSES,
  pii: PII_CLASSES,
  financial: ['payment-card', 'iban', 'payment'],
  health: ['health-id'],
};

/** `{ type: secret, classes: [credential, pii, payment-card] }`: holds when the text has one of them. */
export const secretType: ArgumentType = {
  name: 'secret',
  tuningKeys: [],
  conditionKeys: ['classes'],
  compile(key, operand) {
    const classes = classesOf(key, operand);
    return (value) => {
      const found = detect(typeof value === 'string' ? value : JSON.stringify(value), classes)[0];
      if (found === undefined) return { holds: false, why: 'nothing of these classes was found in the value' };
      return { holds: true, why: `the value has ${describe(found)}`, span: [found.start, found.end] };
    };
  },
};

/** @throws OperandRejected */
function classesOf(key: string, operand: JsonValue): ReadonlySet<string> {
  const known: readonly string[] = [...SECRET_CLASSES, ...PII_CLASSES];
  const classes = new Set<string>();
  for (const word of stringsOf(key, operand)) {
    const group = GROUPS[word] ?? (known.includes(word) ? [word] : null);
    if (group === null)
      throw new OperandRejected(
        `\`${key}\` does not know \`${word}\`; it takes ${[...Object.keys(GROUPS), ...known].join(', ')}`,
      );
    for (const name of group) classes.add(name);
  }
  return classes;
}

/** Credentials and personal data of the given classes, in the order of the text. */
export function detect(text: string, classes: ReadonlySet<string>): readonly Detection[] {
  const scans = scansFor(classes);
  const found = scans.secrets ? scanSecrets(text) : NOTHING;
  const secrets = found.length === 0 ? found : found.filter((one) => classes.has(one.class));
  const personal = scans.personal ? scanPii(text, classes) : NOTHING;
  if (personal.length === 0) return secrets;
  return [...secrets, ...personal].sort((left, right) => left.start - right.start);
}

interface Scans {
  readonly secrets: boolean;
  readonly personal: boolean;
}

const NOTHING: readonly Detection[] = [];
const scansOf = new WeakMap<ReadonlySet<string>, Scans>();

/** What there is to look for; there are few sets of classes, and they are kept for long. */
function scansFor(classes: ReadonlySet<string>): Scans {
  const known = scansOf.get(classes);
  if (known) return known;
  const secrets = SECRET_CLASSES.some((name) => classes.has(name));
  const scans = { secrets, personal: PII_CLASSES.some((name) => classes.has(name)) };
  scansOf.set(classes, scans);
  return scans;
}

/** For messages: what it is, never the thing itself. */
export function describe(found: Detection): string {
  const article = /^[aeiouAEIOU]/.test(found.name) ? 'an' : 'a';
  return `${article} ${found.name} (${found.class}, ${found.end - found.start} characters)`;
}
