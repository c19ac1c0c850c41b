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
  const secrets = SECRET_CLASSES.some((name) => classes.has(name))
    ? scanSecrets(text).filter((found) => classes.has(found.class))
    : [];
  const personal = PII_CLASSES.some((name) => classes.has(name)) ? scanPii(text, classes) : [];
  if (personal.length === 0) return secrets;
  return [...secrets, ...personal].sort((left, right) => left.start - right.start);
}

/** For messages: what it is, never the thing itself. */
export function describe(found: Detection): string {
  const article = /^[aeiouAEIOU]/.test(found.name) ? 'an' : 'a';
  return `${article} ${found.name} (${found.class}, ${found.end - found.start} characters)`;
}
