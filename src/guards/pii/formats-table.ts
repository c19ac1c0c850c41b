/**
 * How personal data is written. A table. `form` is searched; `bare` is what remains without separators and is what
 * `check` sees. Where a number of that length is common for other things, a word nearby must ask for it (`context`).
 */
import * as checks from './checks.ts';

export type PiiClass = 'email' | 'phone' | 'payment-card' | 'iban' | 'national-id' | 'health-id';

export interface PiiFormat {
  readonly name: string;
  readonly class: PiiClass;
  readonly form: RegExp;
  readonly check: ((bare: string) => boolean) | null;
  /** Looked for in the 48 characters before. */
  readonly context: RegExp | null;
}

function format(
  name: string,
  group: PiiClass,
  form: RegExp,
  check: PiiFormat['check'],
  context: RegExp | null = null,
): PiiFormat {
  return { name, class: group, form, check, context };
}

const B = '(?<![A-Za-z0-9])';
const E = '(?![A-Za-z0-9])';

function whole(source: string): RegExp {
  return new RegExp(`${B}(?:${source})${E}`, 'g');
}

export const PII_FORMATS: readonly PiiFormat[] = [
  format(
    'email address',
    'email',
    /(?<![\w.+-]|\/\/|\/\/[^\s/@]{1,64}:)[A-Za-z0-9][\w.+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.){1,5}[A-Za-z]{2,24}(?![\w@-]|:\S)/g,
    null,
  ),
  format(
    'phone number',
    'phone',
    /(?<![\w+.])\+[1-9]\d{0,2}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}(?![\w.-]{0,16}\d)/g,
    (bare) => bare.length >= 9 && bare.length <= 16,
  ),
  format('phone number', 'phone', /(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?![\w.-])/g, (bare) =>
    /^[2-9]\d{2}[2-9]\d{6}$/.test(bare),
  ),
  format(
    'phone number',
    'phone',
    /(?<![\w.-])0\d{2,4}[ /-]\d{3,4}[ -]?\d{3,5}(?![\w.-])/g,
    null,
    /\b(?:phone|tel|telefon|mobile|mobil|call|cell|fax|whatsapp|handy)\b/i,
  ),
  format(
    'payment card',
    'payment-card',
    whole('\\d{13,19}|\\d{4}(?:[ -]\\d{4}){2}[ -]\\d{1,7}|\\d{4}[ -]\\d{6}[ -]\\d{4,5}'),
    checks.paymentCard,
  ),
  format(
    'IBAN',
    'iban',
    whole('[A-Z]{2}\\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?'),
    (bare) => bare.length >= 15 && bare.length <= 34 && checks.iban(bare),
  ),

  format('US social security number', 'national-id', whole('\\d{3}-\\d{2}-\\d{4}'), checks.usSsn),
  format(
    'US social security number',
    'national-id',
    whole('\\d{3} ?\\d{2} ?\\d{4}'),
    checks.usSsn,
    /\b(?:ssn|social security)\b/i,
  ),
  format(
    'UK national insurance number',
    'national-id',
    whole('[A-Z]{2} ?\\d{2} ?\\d{2} ?\\d{2} ?[A-D]'),
    checks.ukNino,
  ),
  format(
    'German tax number',
    'national-id',
    whole('\\d{2} ?\\d{3} ?\\d{3} ?\\d{3}'),
    checks.deTaxId,
    /steuer|\btax|\bidnr|\btin\b/i,
  ),
  format(
    'French social security number',
    'national-id',
    whole('[12] ?\\d{2} ?\\d{2} ?\\d(?:\\d|[AB]) ?\\d{3} ?\\d{3} ?\\d{2}'),
    checks.frNir,
  ),
  format('Spanish DNI or NIE', 'national-id', whole('(?:\\d{8}|[XYZ]\\d{7})-?[A-Z]'), checks.esDni),
  format(
    'Italian fiscal code',
    'national-id',
    whole('[A-Z]{6}\\d{2}[ABCDEHLMPRST]\\d{2}[A-Z]\\d{3}[A-Z]'),
    checks.itFiscalCode,
  ),
  format(
    'Dutch BSN',
    'national-id',
    whole('\\d{9}|\\d{4}\\.\\d{2}\\.\\d{3}'),
    checks.nlBsn,
    /\b(?:bsn|burgerservice|sofi)/i,
  ),
  format('Brazilian CPF', 'national-id', whole('\\d{3}\\.\\d{3}\\.\\d{3}-\\d{2}'), checks.brCpf),
  format('Brazilian CPF', 'national-id', whole('\\d{11}'), checks.brCpf, /\bcpf\b/i),
  format('Indian Aadhaar number', 'national-id', whole('\\d{4}[ -]\\d{4}[ -]\\d{4}'), checks.inAadhaar),
  format('Indian Aadhaar number', 'national-id', whole('\\d{12}'), checks.inAadhaar, /aadhaar|\buidai?\b/i),
  format(
    'Canadian social insurance number',
    'national-id',
    whole('\\d{3}[ -]?\\d{3}[ -]?\\d{3}'),
    checks.caSin,
    /\bsin\b|social insurance|\bnas\b/i,
  ),
  format('Polish PESEL', 'national-id', whole('\\d{11}'), checks.plPesel, /pesel/i),
  format('Swedish personal number', 'national-id', whole('(?:19|20)?\\d{6}[-+]\\d{4}'), checks.sePersonnummer),
  format(
    'Australian tax file number',
    'national-id',
    whole('\\d{3} ?\\d{3} ?\\d{3}'),
    checks.auTfn,
    /\btfn\b|tax file/i,
  ),

  format('NHS number', 'health-id', whole('\\d{3}[ -]?\\d{3}[ -]?\\d{4}'), checks.ukNhs, /\bnhs\b/i),
  format(
    'US Medicare identifier',
    'health-id',
    whole(
      '[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\\d-?[AC-HJKMNP-RT-Y]{2}\\d{2}',
    ),
    null,
  ),
  format(
    'US provider identifier',
    'health-id',
    whole('[12]\\d{9}'),
    checks.usNpi,
    /\bnpi\b|provider (?:id|identifier|number)/i,
  ),
  format('US DEA number', 'health-id', whole('[ABCDEFGHJKLMPRSTUX][A-Z9]\\d{7}'), checks.usDea, /\bdea\b/i),
  format('Australian Medicare number', 'health-id', whole('\\d{4} ?\\d{5} ?\\d{1,2}'), checks.auMedicare, /medicare/i),
  format(
    'medical record number',
    'health-id',
    /(?<![A-Za-z0-9])(?:MRN|medical record (?:no\.?|number))[ :#]{1,3}[A-Z0-9-]{5,12}/gi,
    (bare) => /\d{4}/.test(bare),
  ),
];
