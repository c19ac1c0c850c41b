/**
 * Words that tell a secret from what only looks or sounds like one. A table.
 */

function oneOf(...lines: readonly string[]): string {
  return lines.join(' ').trim().split(/\s+/).join('|');
}

/** The pairs of letters that make up most of written English and of identifiers made from it. */
export const COMMON_PAIRS: ReadonlySet<string> = new Set(
  oneOf(
    'th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro',
    'ic ne ea ra ce li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so',
    'rs un lo wa ge ie wh ee wi em ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl',
    'ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt',
    'oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck',
    'ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af',
    'hu nn eo vo rv nf xp gn sm fl iz ok nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd',
    'pf xi wr gy az eb oj js db cs px',
  ).split('|'),
);

/** Keys that open nothing: `publicKey`, `cache_key`, `i18n-key`. */
const HARMLESS_KEYS = oneOf(
  String.raw`public pub primary foreign sort partition cache object sub hot short idempotency i18n translation`,
  String.raw`locale message query schema row map react event shard routing lookup group unique natural surrogate`,
  String.raw`storage state config setting feature flag websocket authenticity csrf xsrf`,
);
export const HARMLESS_KEY = new RegExp(`(?:${HARMLESS_KEYS})[_-]?(?:keys?\\d{0,4}|token)$`, 'i');

/** What is said of a secret, or only begins like one: `tokenCount`, `key_id`, `author`, `keyboard`. */
const HARMLESS_ENDS = oneOf(
  String.raw`type name path file url uri endpoint count length limit max min expir\w* ttl hash checksum sha\d*`,
  String.raw`md5 digest fingerprint integrity etag revision commit author authors authority next prev\w* page`,
  String.raw`cursor csrf nonce pub press down up code stroke board word_?list frames? key[-_]?id client[-_]?id`,
  String.raw`token[-_]?id tokeni[sz]\w* passive passage passenger passed passing passthrough bypass compass`,
  String.raw`encompass monkey donkey turkey keywords?`,
);
export const HARMLESS_END = new RegExp(`(?:${HARMLESS_ENDS})$`, 'i');

/** Runs, counting and stand-ins: `xxxx`, `0123456789`, `abcdef`, `<your key>`, `EXAMPLE`. */
export const STAND_IN = new RegExp(
  oneOf(
    String.raw`example placeholder your[-_\x20]? changeme change_me redacted dummy sample insert replace todo fixme`,
    String.raw`foobar xxxx \*{3} \.{3} 0123456789 1234567890 abcdefgh < \$\{ \{\{ %s`,
    String.raw`test[-_]?(?:key|token|secret|pass) not[-_]?a[-_]?real fake`,
  ),
  'i',
);

const REST_OF_NAME = String.raw`[a-z]{0,12}[\w.-]{0,24}["'\x60\])]{0,2}[ \t]{0,4}`;
/** `: string =`, `string =`, `: &'static str =`. */
const TYPE = String.raw`(?::?[ \t]{0,2}(?:&(?:'static )?)?(?:string|str)[ \t]{0,4}(?==))?`;
/** `name: API_KEY, value: …`, `key="ApiKey" value="…"`, `"token": { "value": … }`. */
const PAIR = String.raw`(?:[,:{ \t\r\n]{0,20}["']?value["']?[ \t]{0,2}(?=[:=]))?`;
const SEPARATOR = String.raw`(?::=|=>|->|[:=,>|]|(?:is|was)[ \t])?[ \t\r\n]{0,4}`;
const SCHEMES = 'Bearer|Basic|Token|Key|Api-?Key|SSWS|Bot|GenieKey|Splunk|Apikey';
const OPENING = String.raw`(?:(?:${SCHEMES})[ \t]{1,4})?["'\x60([{]{0,3}(?:Bearer |Basic |Token )?`;

/** From a keyword to the value it is given: rest of the name, quotes and brackets, type, separator, opening quote. */
export const TO_VALUE = new RegExp(REST_OF_NAME + TYPE + PAIR + SEPARATOR + OPENING, 'iy');
