/** Which options of a program take a value in the next word. */
export interface OptionShape {
  /** Letters of short options with a value: `ug` for `-u USER -g GROUP`. */
  readonly short: string;
  /** Long options with a value, with their dashes. */
  readonly long: ReadonlySet<string>;
}

export const shape = (short: string, long = ''): OptionShape => ({
  short,
  long: new Set(long === '' ? [] : long.split(' ')),
});

export const NO_VALUES = shape('');

export interface ReadOptions {
  /** Options as written, without their values: `-n`, `--user`. Clusters are taken apart. */
  readonly options: readonly string[];
  /** Values by option. */
  readonly values: ReadonlyMap<string, string>;
  /** Index of the first word that is not an option. */
  readonly rest: number;
}

/**
 * Reads leading options as POSIX `getopt` with `+` does: up to the first word that is no option, or `--`.
 * @param start index of the first word to read
 */
export function readOptions(words: readonly string[], start: number, takes: OptionShape): ReadOptions {
  const options: string[] = [];
  const values = new Map<string, string>();
  let i = start;
  for (; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') {
      i++;
      break;
    }
    if (word.length < 2 || word[0] !== '-') break;
    if (word.startsWith('--')) i = readLong(words, i, takes, options, values);
    else i = readCluster(words, i, takes, options, values);
  }
  return { options, values, rest: Math.min(i, words.length) };
}

function readLong(
  words: readonly string[],
  i: number,
  takes: OptionShape,
  options: string[],
  values: Map<string, string>,
): number {
  const word = words[i] ?? '';
  const equals = word.indexOf('=');
  const name = equals < 0 ? word : word.slice(0, equals);
  options.push(name);
  if (equals >= 0) values.set(name, word.slice(equals + 1));
  else if (takes.long.has(name)) {
    values.set(name, words[i + 1] ?? '');
    return i + 1;
  }
  return i;
}

function readCluster(
  words: readonly string[],
  i: number,
  takes: OptionShape,
  options: string[],
  values: Map<string, string>,
): number {
  const word = words[i] ?? '';
  if (takes.long.has(word)) {
    options.push(word);
    values.set(word, words[i + 1] ?? '');
    return i + 1;
  }
  for (let k = 1; k < word.length; k++) {
    const letter = word[k] ?? '';
    options.push(`-${letter}`);
    if (!takes.short.includes(letter)) continue;
    const attached = word.slice(k + 1);
    values.set(`-${letter}`, attached === '' ? (words[i + 1] ?? '') : attached);
    return attached === '' ? i + 1 : i;
  }
  return i;
}

/** True when any of the words is, or is a cluster of short options that holds, one of the options. */
export function hasOption(words: readonly string[], ...wanted: readonly string[]): boolean {
  return words.some((word) => word.startsWith('-') && wanted.some((option) => carries(word, option)));
}

function carries(word: string, option: string): boolean {
  if (word === option || word.startsWith(`${option}=`)) return true;
  const short = option.length === 2 && !option.startsWith('--');
  return short && /^-[A-Za-z0-9]+$/.test(word) && word.includes(option[1] ?? '-');
}
