/**
 * Check digits of numbers that people are known by. Each takes the bare characters and says whether they are right.
 * Sources: ISO/IEC 7812 (Luhn), ISO 13616 (IBAN, ISO 7064 mod 97-10), and the issuing authorities' published rules,
 * named at each function.
 */

const digitAt = (text: string, at: number): number => text.charCodeAt(at) - 48;

function weighted(text: string, weights: readonly number[]): number {
  return weights.reduce((sum, weight, i) => sum + weight * digitAt(text, i), 0);
}

/** Every digit the same: `0000000000` passes most sums and is nobody's number. */
function isUniform(text: string): boolean {
  return /^(.)\1*$/.test(text);
}

/** ISO/IEC 7812-1, annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, twice = false; i >= 0; i--, twice = !twice) {
    const value = digitAt(digits, i) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0 && !isUniform(digits);
}

/** Remainder of a long decimal text. */
function modulo(digits: string, divisor: number): number {
  let rest = 0;
  for (let i = 0; i < digits.length; i++) rest = (rest * 10 + digitAt(digits, i)) % divisor;
  return rest;
}

/** ISO 13616-1: country, two check digits, up to 30 characters. */
export function iban(text: string): boolean {
  const moved = text.slice(4) + text.slice(0, 4);
  const digits = moved.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return modulo(digits, 97) === 1;
}

/** Issuer ranges of the card schemes with the lengths they use. */
export function paymentCard(digits: string): boolean {
  const { length } = digits;
  const known =
    (/^4/.test(digits) && (length === 16 || length === 13 || length === 19)) ||
    (/^(?:5[1-5]|2(?:2[2-9]|[3-6]|7[01]|720))/.test(digits) && length === 16) ||
    (/^3[47]/.test(digits) && length === 15) ||
    (/^(?:6011|65|64[4-9])/.test(digits) && length >= 16 && length <= 19) ||
    (/^35(?:2[89]|[3-8])/.test(digits) && length === 16) ||
    (/^(?:36|38|30[0-5])/.test(digits) && length === 14) ||
    (/^62/.test(digits) && length >= 16 && length <= 19);
  return known && luhn(digits);
}

/** US Social Security Administration: areas 000, 666, 900–999, group 00 and serial 0000 are never issued. */
export function usSsn(digits: string): boolean {
  return (
    /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits) &&
    !['078051120', '219099999', '123456789'].includes(digits) &&
    !isUniform(digits)
  );
}

/** HM Revenue & Customs: prefix letters that are never used. */
export function ukNino(text: string): boolean {
  return /^(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]$/.test(text);
}

/** NHS Data Dictionary: weights 10 to 2, modulus 11. */
export function ukNhs(digits: string): boolean {
  const check = 11 - (weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
  return (
    digits.length === 10 && check !== 10 && (check === 11 ? 0 : check) === digitAt(digits, 9) && !isUniform(digits)
  );
}

/** Bundeszentralamt für Steuern: ISO 7064 mod 11,10; one digit of the first ten appears two or three times. */
export function deTaxId(digits: string): boolean {
  if (digits.length !== 11 || digits.startsWith('0')) return false;
  const counts = new Map<string, number>();
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1);
  const repeats = [...counts.values()].filter((count) => count > 1);
  if (repeats.length !== 1 || (repeats[0] ?? 0) > 3) return false;
  let product = 10;
  for (let i = 0; i < 10; i++) {
    const sum = (digitAt(digits, i) + product) % 10;
    product = ((sum === 0 ? 10 : sum) * 2) % 11;
  }
  return (11 - product) % 10 === digitAt(digits, 10);
}

/** INSEE: 97 minus the number modulo 97; Corsica's 2A and 2B count as 19 and 18. */
export function frNir(text: string): boolean {
  const digits = text.replace('2A', '19').replace('2B', '18');
  if (!/^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d{10}$/.test(digits)) return false;
  return 97 - modulo(digits.slice(0, 13), 97) === Number(digits.slice(13));
}

const ES_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Ministerio del Interior: the letter is the number modulo 23; NIE letters X, Y, Z stand for 0, 1, 2. */
export function esDni(text: string): boolean {
  const number = Number(text.slice(0, -1).replace('X', '0').replace('Y', '1').replace('Z', '2'));
  return ES_LETTERS[number % 23] === text.at(-1);
}

const IT_ODD = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];

/** Agenzia delle Entrate, D.M. 23/12/1976: odd and even places weigh differently, modulo 26. */
export function itFiscalCode(text: string): boolean {
  let sum = 0;
  for (let i = 0; i < 15; i++) {
    const code = text.charCodeAt(i);
    const value = code >= 65 ? code - 65 : code - 48;
    sum += i % 2 === 0 ? (IT_ODD[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26)) === text.at(15);
}

/** Belastingdienst: the eleven test, last weight −1. */
export function nlBsn(digits: string): boolean {
  return digits.length === 9 && weighted(digits, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0 && !isUniform(digits);
}

/** Receita Federal: two check digits, modulus 11. */
export function brCpf(digits: string): boolean {
  if (digits.length !== 11 || isUniform(digits)) return false;
  const first = ((weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
  const second = ((weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
  return first === digitAt(digits, 9) && second === digitAt(digits, 10);
}

/** Social Insurance Number, Canada: Luhn; numbers do not begin with 0 or 8. */
export function caSin(digits: string): boolean {
  return digits.length === 9 && /^[1-79]/.test(digits) && luhn(digits);
}

/** PESEL, Poland: weights 1, 3, 7, 9, and a month that exists in its century. */
export function plPesel(digits: string): boolean {
  const month = Number(digits.slice(2, 4)) % 20;
  const day = Number(digits.slice(4, 6));
  if (digits.length !== 11 || month < 1 || month > 12 || day < 1 || day > 31) return false;
  return (10 - (weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]) % 10)) % 10 === digitAt(digits, 10);
}

/** Skatteverket: Luhn over the ten digits after the century, with a real date. */
export function sePersonnummer(digits: string): boolean {
  const ten = digits.length === 12 ? digits.slice(2) : digits;
  const month = Number(ten.slice(2, 4));
  const day = Number(ten.slice(4, 6)) % 60;
  return ten.length === 10 && month >= 1 && month <= 12 && day >= 1 && day <= 31 && luhn(ten);
}

/** Australian Taxation Office: weights 1, 4, 3, 7, 5, 8, 6, 9, 10, modulus 11. */
export function auTfn(digits: string): boolean {
  return digits.length === 9 && weighted(digits, [1, 4, 3, 7, 5, 8, 6, 9, 10]) % 11 === 0 && !isUniform(digits);
}

/** Services Australia, Medicare card: weights 1, 3, 7, 9, modulus 10; first digit 2 to 6. */
export function auMedicare(digits: string): boolean {
  return /^[2-6]\d{9,10}$/.test(digits) && weighted(digits, [1, 3, 7, 9, 1, 3, 7, 9]) % 10 === digitAt(digits, 8);
}

const VERHOEFF_D = [
  '0123456789',
  '1234067895',
  '2340178956',
  '3401289567',
  '4012395678',
  '5987604321',
  '6598710432',
  '7659821043',
  '8765932104',
  '9876543210',
];
const VERHOEFF_P = [
  '0123456789',
  '1576283094',
  '5803796142',
  '8916043527',
  '9453126870',
  '4286573901',
  '2793806415',
  '7046913258',
];

/** UIDAI, Aadhaar: Verhoeff's scheme; numbers do not begin with 0 or 1. */
export function inAadhaar(digits: string): boolean {
  if (!/^[2-9]\d{11}$/.test(digits) || isUniform(digits)) return false;
  let check = 0;
  for (let i = 0; i < 12; i++) {
    const permuted = Number(VERHOEFF_P[i % 8]?.[digitAt(digits, 11 - i)]);
    check = Number(VERHOEFF_D[check]?.[permuted]);
  }
  return check === 0;
}

/** Centers for Medicare & Medicaid Services, National Provider Identifier: Luhn with the prefix 80840. */
export function usNpi(digits: string): boolean {
  return /^[12]\d{9}$/.test(digits) && luhn(`80840${digits}`);
}

/** Drug Enforcement Administration registration: (1+3+5) + 2 × (2+4+6), last digit. */
export function usDea(text: string): boolean {
  const digits = text.slice(2);
  const sum =
    digitAt(digits, 0) +
    digitAt(digits, 2) +
    digitAt(digits, 4) +
    2 * (digitAt(digits, 1) + digitAt(digits, 3) + digitAt(digits, 5));
  return sum % 10 === digitAt(digits, 6) && !isUniform(digits);
}
