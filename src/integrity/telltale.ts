/** Words without which no order is given to a model, each as it stands between word boundaries. */
const WORDS =
  /(?:ignore|disregard|forget|override|overrides|supersedes?|precedence|regardless|silently|secretly|covertly|quietly|henceforth|from now on|remainder|bcc|id_rsa|do not|don't|never|without|new task|instructions?)\b/iy;
/** How each of them begins. */
const BEGINNINGS = 'ign|dis|for|ove|sup|pre|reg|sil|sec|cov|qui|hen|fro|rem|bcc|id_|do |don|nev|wit|new|ins'.split('|');

/** Names, addresses and marks, by the character that they begin with. */
const SIGNS =
  /\.(?:ssh|aws|env)\b|@[\w-]+\.|<\s*(?:important|system|secret|hidden|instructions?|admin)|<!--|<\||\[[A-Z ]*(?:SYSTEM|HIDDEN|OVERRIDE|INST)|\|\|\|/iy;

/** What no reader sees: escapes, soft hyphens, characters without width, of direction, and tags. */
const UNSEEN = /[\u001b\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\udb40]/;

/** Letters in a row that may be an encoded text (Base64). */
const ENCODED_CHARS = 40;

/** What a character can be the beginning of, or belong to. */
const WORD_PART = 1;
const ENCODED_PART = 2;
const SIGN = 4;
const ESCAPE = 8;

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code);
  if (char === '_') return WORD_PART;
  if (/[A-Za-z0-9]/.test(char)) return WORD_PART | ENCODED_PART;
  if (/[+/]/.test(char)) return ENCODED_PART;
  if (/[.@<[|]/.test(char)) return SIGN;
  return char === '\u001b' ? ESCAPE : 0;
});

/** Five bits of each of three characters: large and small letters give the same. */
function slotOf(one: number, two: number, three: number): number {
  return ((one & 31) << 10) | ((two & 31) << 5) | (three & 31);
}

const BEGINS = new Uint8Array(1 << 15);
for (const word of BEGINNINGS) BEGINS[slotOf(word.charCodeAt(0), word.charCodeAt(1), word.charCodeAt(2))] = 1;

/**
 * Whether a text has a word or sign without which nothing grave can be found in it; most results have none. Goes over
 * the text once and runs an expression only where one could begin: an alternation, asked at every character, was the
 * dearest part of judging a result.
 */
export function holdsTelltale(text: string): boolean {
  let inWord = 0;
  let encoded = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const kind = code < 128 ? (KINDS[code] ?? 0) : ESCAPE;
    encoded = (kind & ENCODED_PART) === 0 ? 0 : encoded + 1;
    if (encoded === ENCODED_CHARS) return true;
    const part = kind & WORD_PART;
    if (part === 1 && inWord === 0 && beginsWord(text, code, i)) return true;
    inWord = part;
    if ((kind & (SIGN | ESCAPE)) !== 0 && beginsSign(text, kind, i)) return true;
  }
  return false;
}

function beginsWord(text: string, code: number, at: number): boolean {
  if (BEGINS[slotOf(code, text.charCodeAt(at + 1), text.charCodeAt(at + 2))] !== 1) return false;
  WORDS.lastIndex = at;
  return WORDS.test(text);
}

function beginsSign(text: string, kind: number, at: number): boolean {
  if (kind === ESCAPE) return UNSEEN.test(text.charAt(at));
  SIGNS.lastIndex = at;
  return SIGNS.test(text);
}
