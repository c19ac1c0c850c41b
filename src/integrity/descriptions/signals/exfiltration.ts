import { CUE } from '../cues-table.ts';
import type { Sentence } from '../sentences.ts';
import { find, hit, inOrder, orderAt, type Hit, type Scene } from '../signal.ts';
import type { Token } from '../token.ts';
import { W } from '../words-table.ts';

/** Secrets that are read, data that goes somewhere, commands that do harm. */
export function exfiltration(scene: Scene): Hit[] {
  const hits: Hit[] = [];
  for (const [i, sentence] of scene.sentences.entries()) {
    hits.push(
      ...secretPlaces(scene, sentence, scene.sentences[i - 1]),
      ...sinks(sentence),
      ...dataFlow(sentence, scene.sentences[i + 1]),
    );
    hits.push(...smuggle(scene, sentence), ...sleeper(sentence));
  }
  hits.push(...commands(scene));
  return hits;
}

/** "Paths such as ~/.ssh are not allowed": the opposite of a demand. */
const REFUSED =
  /\b(?:not (?:allowed|permitted|accepted|supported|accessible|read|included)|rejected|refused|blocked|forbidden|denied|disallowed|excluded?|skipped|protected|never (?:read|touched|accessed|included|sent))\b/;

function secretPlaces(scene: Scene, { tokens, mask, words }: Sentence, previous: Sentence | undefined): Hit[] {
  if ((mask & W.SECRET_PLACE) === 0) return [];
  const at = find(tokens, W.SECRET_PLACE);
  const verb = find(tokens, W.READ | W.SEND | W.MODIFY, 0, at + 1);
  const ordered = (mask & (W.OBLIGE | W.BEFORE)) !== 0 || ((previous?.mask ?? 0) & W.OBLIGE) !== 0;
  const order = orderAt(tokens, W.READ | W.SEND | W.INVOKE | W.MODIFY, 0);
  const imperative = order >= 0 && order < at;
  const sent = (mask & (W.SEND | W.SINK)) !== 0;
  let weight = TRADE.test(scene.names.topic) ? 0.2 : 0.35;
  if (/id_(?:rsa|ed25519|ecdsa|dsa)|shadow|\.aws|\.ssh/.test(tokens[at]?.word ?? '') && !TRADE.test(scene.names.topic))
    weight += 0.15;
  if (verb >= 0) weight += 0.15;
  if (ordered) weight += 0.2;
  if (imperative) weight += sent ? 0.2 : 0.1;
  if ((mask & W.OTHER_TOOL) !== 0) weight += 0.15;
  if (REFUSED.test(words)) weight -= 0.35;
  if (/\.env\b/.test(tokens[at]?.word ?? '') && /env|variable|secret/.test(scene.names.topic))
    weight = Math.min(weight, 0.4);
  if (/^(?:e\.g|eg|example|like|such|default|defaults|path|excludes?|excluding)$/.test(tokens[at - 1]?.word ?? ''))
    weight -= 0.25;
  return [
    hit(
      'exfiltration.secret',
      Math.min(0.8, weight),
      tokens,
      Math.max(0, verb),
      at,
      'names a place where secrets are kept',
    ),
  ];
}

/** Tools for which such places are daily bread. */
const TRADE =
  /ssh|key|git|aws|azure|gcp|cloud|kube|credential|auth|config|profile|vault|cert|secret|scan|search|dotenv|env/;

const SHIPS =
  /^(?:(?:send|post|upload|forward|transmit|submit|exfiltrate|deliver|push)s?|sent|(?:upload|forward|submitt|deliver|post|push)ed)$/;
/** `$GITHUB_TOKEN`, `${API_KEY}`. */
const SECRET_VARIABLE = /^\$\{?\w*(?:token|secret|key|password|credential)s?\}?$/;
const HOSTILE =
  /attack|evil|malicious|hacker|exfil|pwn|\bc2\.|phish|steal|badguy|darkweb|collect(?:or)?\b|webhook\.site|ngrok|requestbin|pipedream|oast|burp/;

function sinks({ tokens, mask }: Sentence): Hit[] {
  if ((mask & W.SINK) === 0) return [];
  const at = find(tokens, W.SINK);
  const token = tokens[at];
  if (!token) return [];
  const verb = find(tokens, W.SEND | W.MODIFY, 0, at + 1);
  const copy = tokens.some((t) => /^(?:bcc|cc|copy|forward|mirror|duplicate|exfiltrate|blind|also)$/.test(t.word));
  if (HOSTILE.test(token.word))
    return [
      hit(
        'exfiltration.sink',
        verb >= 0 ? 0.75 : 0.4,
        tokens,
        Math.max(0, verb),
        at,
        'sends something to a suspicious address',
      ),
    ];
  if (verb < 0) return [];
  const sample = /^(?:e\.g|eg|example|like|format|docs|documentation|at|see|from)$/.test(tokens[at - 1]?.word ?? '');
  if (sample) return [];
  const ordered = (mask & (W.OBLIGE | W.STEALTH | W.EVERY)) !== 0;
  if (token.email)
    return [
      hit(
        'exfiltration.sink',
        copy ? 0.65 : ordered ? 0.5 : 0.35,
        tokens,
        verb,
        at,
        'sends something to a fixed address',
      ),
    ];
  const data = (mask & W.SENSITIVE) !== 0 || tokens.some((t) => SECRET_VARIABLE.test(t.word));
  const ships = tokens.findIndex((t, i) => i < at && SHIPS.test(t.word));
  if (!ordered || !data || ships < 0) return [];
  const grave = tokens.some((t) => SECRET_VARIABLE.test(t.word) || GRAVE.test(t.word));
  return [hit('exfiltration.sink', grave ? 0.55 : 0.45, tokens, ships, at, 'sends data to a fixed address')];
}

const PRIVATE =
  /^(?:credentials?|passwords?|passphrase|secrets?|tokens?|cookies|conversations?|messages|keystrokes?|clipboard|chat|history|credit|screenshots?|fingerprint|hostname|username|usernames|pii|ssn|location|emails|wallet|personal|sensitive|private|keys|transcript|numbers)$/;
const ELSEWHERE =
  /^(?:vendors?|developers?|author|publisher|external|externally|remote|remotely|third-party|third-parties|third|partners?|marketing|advertisers|cloud|elsewhere|offsite|attacker|webhook|collector|team|endpoint|server|vendor|vendors|developer|developers|author|publisher)$/;
const FLOW =
  /^(?:sends?|sent|forwards?|forwarded|uploads?|uploaded|shares?|shared|transmits?|transmitted|streams?|streamed|stores?|stored|syncs?|synced|exports?|logs?|logged|posts?|cached|added|leaks?|relays?|synchronized|copied|submitted|reported)$/;

const GRAVE =
  /^(?:clipboard|keystrokes?|passwords?|credentials?|conversations?|cookies|tokens?|screenshots?|transcript|chat|credit)$/;
const FOREIGN =
  /^(?:vendors?|developers?|author|publisher|external|externally|third-party|third-parties|third|partners?|marketing|advertisers|attacker|collector|elsewhere|offsite)$/;
const GATHER =
  /^(?:index(?:es)?|extracts?|collects?|captures?|harvests?|gathers?|records?|tracks?|monitors?|incorporates?|maintains?|stores?|logs?|scrapes?|includes?|including)$/;

/** "To the vendor", "with third parties", "remotely"; "call a separate upload endpoint" goes nowhere. */
function isGoal(tokens: readonly Token[], at: number): boolean {
  if (/ly$|^(?:elsewhere|offsite|external|remote)$/.test(tokens[at]?.word ?? '')) return true;
  return tokens
    .slice(Math.max(0, at - 5), at)
    .some((t) => /^(?:to|with|into|by|in|on|at|via|for|from|through)$/.test(t.word));
}

/** A description that admits to passing private data on, beside what the tool is for. */
function dataFlow({ tokens, mask }: Sentence, next: Sentence | undefined): Hit[] {
  if ((mask & (W.SENSITIVE | W.EXTERNAL)) === 0) return [];
  const why = 'passes private data on';
  const flow = tokens.findIndex((t) => (t.mask & (W.SEND | W.MODIFY | W.READ)) !== 0 && FLOW.test(t.word));
  const away = tokens.findIndex((t, i) => ELSEWHERE.test(t.word) && isGoal(tokens, i));
  const data = tokens.findIndex((t) => PRIVATE.test(t.word) && !t.identifier);
  if (flow >= 0 && away >= 0 && data >= 0) {
    const weight = FOREIGN.test(tokens[away]?.word ?? '') || GRAVE.test(tokens[data]?.word ?? '') ? 0.5 : 0.25;
    return [hit('exfiltration.flow', weight, tokens, Math.min(flow, data, away), Math.max(flow, data, away), why)];
  }
  const kinds = new Set(tokens.filter((t) => PRIVATE.test(t.word) && !t.identifier).map((t) => t.word));
  const gathers = tokens.some((t) => GATHER.test(t.word));
  const kept = next?.tokens.some((t) => FLOW.test(t.word)) ?? false;
  if (gathers && kinds.size >= 2 && (kept || (flow >= 0 && away >= 0)))
    return [hit('exfiltration.flow', 0.5, tokens, data, tokens.length - 1, 'gathers private data and keeps it')];
  const shared = inOrder(tokens, [W.SEND, W.EXTERNAL], 4);
  const verb = tokens[shared?.[0] ?? -1]?.word ?? '';
  const whom = tokens[shared?.[1] ?? -1]?.word ?? '';
  if (
    shared &&
    /^(?:shared?|shares|sold|added|sent|cached|stored|synced)$/.test(verb) &&
    (FOREIGN.test(whom) || whom === 'remotely')
  )
    return [hit('exfiltration.flow', 0.45, tokens, shared[0] ?? 0, shared[1] ?? 0, 'passes data to third parties')];
  return [];
}

const NOT = /^(?:not|never|don't|cannot|avoid|without)$/;

/** "pass its content as 'sidenote'": what was read leaves through a parameter. */
function smuggle(scene: Scene, { tokens, mask }: Sentence): Hit[] {
  const pass = tokens.findIndex((t) =>
    /^(?:pass|put|include|provide|place|add|insert|append|attach|use|send|set|write|store|encode|embed|fill|populate)$/.test(
      t.word,
    ),
  );
  if (pass < 0 || tokens.slice(Math.max(0, pass - 2), pass).some((t) => NOT.test(t.word))) return [];
  const whole = tokens.findIndex(
    (t, i) =>
      i > pass &&
      /^(?:content|contents|conversation|history|context|output|transcript|everything|prompt|messages|reasoning|secrets?|credentials?|passwords?|keys?|tools)$/.test(
        t.word,
      ) &&
      (t.mask & W.SELF) === 0,
  );
  if (whole < 0 || whole - pass > 9) return [];
  const into = tokens.findIndex(
    (t, i) => i > whole && i <= whole + 5 && /^(?:as|in|into|to|via|through|within)$/.test(t.word),
  );
  const parameter =
    into < 0
      ? -1
      : tokens.findIndex(
          (t, i) =>
            i > into &&
            i <= into + 4 &&
            (scene.names.parameters.has(t.word) ||
              t.quoted ||
              /^(?:parameter|argument|field|param)$/.test(tokens[i + 1]?.word ?? '')),
        );
  if (parameter < 0) return [];
  const grave =
    (mask & W.SECRET_PLACE) !== 0 ||
    /^(?:conversation|history|transcript|secrets?|credentials?|passwords?|messages|reasoning|everything|keys?)$/.test(
      tokens[whole]?.word ?? '',
    );
  const trade = /secret|credential|password|vault|\bkeys?\b/.test(scene.names.topic);
  const its = /^(?:its|their|the|full|entire|complete|whole|all)$/.test(tokens[whole - 1]?.word ?? '');
  if (!grave && !its) return [];
  return [
    hit(
      'exfiltration.smuggle',
      grave && !trade ? 0.6 : 0.3,
      tokens,
      pass,
      parameter,
      'carries something read elsewhere out through a parameter',
    ),
  ];
}

const SLEEPER =
  /\b(?:on (?:all )?(?:subsequent|second|later|future) (?:calls?|uses?|invocations?|runs?)|after (?:the |its )?(?:first|initial) (?:use|call|invocation|run)|after (?:several|\d+) (?:uses|invocations)|(?:if|once|when) (?:previously |already )?(?:triggered|activated)|(?:when|whenever|if|once|until|upon|on|after|contains?|includes?) (?:\S+ ){0,6}?trigger (?:file|phrase|word)|first invocation|dormant|activates? (?:when|whenever|after|once)|time bomb)\b/;

function sleeper({ tokens, mask, cues, words: sentence }: Sentence): Hit[] {
  if ((cues & CUE.SLEEPER) === 0 || (mask & (W.INVOKE | W.WHEN | W.BEFORE)) === 0) return [];
  if (!SLEEPER.test(sentence)) return [];
  return [hit('deceit.sleeper', 0.45, tokens, 0, tokens.length - 1, 'behaves differently after some time or trigger')];
}

const COMMAND =
  /(?:curl|wget)\b[^\n]{0,120}(?:\||>\s*\/dev\/null|-d\s*@|-d\s|--data|\$\()|\brm\s+-(?:rf|fr|r\s+-f)\s+[~/*.$]|\|\s*(?:ba|z)?sh\b|\bbase64\b[^\n]{0,40}\|\s*(?:ba)?sh|\bnc\s+(?:-e\s+)?[\w.-]+\s+\d{2,5}|\/dev\/tcp\/|\bchmod\s+(?:-R\s+)?0?[67]{3}\b|\bcrontab\s+(?:-|[/~<])|[|>]\s*\S*crontab\b|\bos\.system\s*\(|\bsubprocess\.|kubectl\s+get\s+secrets?|\bor\s+1\s*=\s*1\b|\bprintenv\b\s*[|>]|\benv\s*>|\/etc\/cron|\beval\s*\(\s*(?:atob|base64)|powershell\s+-(?:enc|e|nop)|:\(\)\s*\{|\bmkfs\b|(?<!<[\w-]{1,40})>\s*~?\/\.\w+/i;

function commands({ text, about, sentences }: Scene): Hit[] {
  if (!sentences.some((s) => (s.cues & CUE.COMMAND) !== 0) && !text.includes('/dev/') && !text.includes('/etc/'))
    return [];
  const found = about === 'result' ? null : COMMAND.exec(text);
  if (!found) return [];
  return [
    {
      code: 'exfiltration.command',
      weight: 0.5,
      start: found.index,
      end: found.index + found[0].length,
      why: 'carries a shell command that does harm',
    },
  ];
}
