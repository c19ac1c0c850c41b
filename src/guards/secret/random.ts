/**
 * Whether a text was drawn by a machine or written by a person: what tells a key from a name of the same length.
 */

/** Bits per character (Shannon) of the text's own distribution. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

/** The pairs of letters that make up most of written English and of identifiers made from it. */
const COMMON_PAIRS: ReadonlySet<string> = new Set(
  (
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns ' +
    'di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry ' +
    'mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds ' +
    'lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok nl my gl aw ju oa eq sy sl ' +
    'ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pf xi ub wr gy az eb oj js db cs ui px ctx env cfg'
  ).split(' '),
);

/** Share of neighbouring letters that are a common pair: near 0.9 in words, near 0.4 in random letters. */
export function wordiness(text: string): number {
  const lower = text.toLowerCase();
  let pairs = 0;
  let common = 0;
  for (let i = 1; i < lower.length; i++) {
    if (!isLetter(lower.charCodeAt(i - 1)) || !isLetter(lower.charCodeAt(i))) continue;
    pairs++;
    if (COMMON_PAIRS.has(lower.slice(i - 1, i + 1))) common++;
  }
  return pairs < 5 ? 0 : common / pairs;
}

function isLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}

/** Runs, counting and stand-ins: `xxxx`, `0123456789`, `abcdef`, `<your key>`, `EXAMPLE`. */
const STAND_IN = /example|placeholder|your[-_ ]?|changeme|change_me|redacted|dummy|sample|insert|replace|todo|fixme|foobar|xxxx|\*{3}|\.{3}|0123456789|1234567890|abcdefgh|<|\$\{|\{\{|%s|test[-_]?(?:key|token|secret|pass)|not[-_]?a[-_]?real|fake/i;

export function isStandIn(text: string): boolean {
  return STAND_IN.test(text) || entropy(text) < 2.2;
}
