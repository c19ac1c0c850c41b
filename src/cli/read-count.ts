import { InvalidArgumentError } from 'commander';

/** A whole number of at most nine digits, for options of commander. @throws InvalidArgumentError */
export function readCount(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('write a whole number.');
  return Number(text);
}
