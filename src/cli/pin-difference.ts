import type { DifferingLine } from '../gateway/review/difference.ts';
import type { PinReview } from '../gateway/review/review.ts';
import { CALLS_READ_MAX, type PinCaller } from '../gateway/review/callers.ts';
import type { Pin, PinStatus, Verifier } from '../integrity/ports.ts';
import type { Io } from './io.ts';
import { paint, printable, showTime } from './output.ts';

/** A pin and what speaks for and against it, for a person at a terminal. */
export function showReview(io: Io, pin: Pin, review: PinReview): void {
  writeHead(io, pin, review);
  for (const { field, lines } of review.changes) {
    heading(io, field);
    for (const line of lines) io.out(`  ${lineText(io, line)}\n`);
  }
  writeFindings(io, review);
  writeCallers(io, review.callers);
  if (review.gateways) heading(io, 'served by', review.gateways.map(quoted).join(', ') || 'no gateway');
  writePolicy(io, review.policy);
  writeAnswers(io, pin);
}

const STATES: Readonly<Record<PinStatus, string>> = {
  new: 'nobody has vouched for it; agents do not see it',
  pinned: 'agents see the approved definition; nothing waits',
  changed: 'the server offers something else; agents keep the approved definition meanwhile',
  quarantined: 'blocked: agents neither see nor call it until someone approves',
  rejected: 'what the server offered was refused; agents keep the approved definition, if there is one',
  retired: 'the trust was taken away: agents neither see nor call it until someone approves',
};

const COLOURS = { none: 'green', harmless: 'green', review: 'yellow', dangerous: 'red' } as const;

function writeHead(io: Io, pin: Pin, { class: drift, compatible }: PinReview): void {
  const { gateway, upstream, kind, name, status, approved, waiting } = pin;
  io.out(`${paint(io, 'bold', printable(`${gateway} / ${upstream} / ${kind} ${name}`.trim()))}\n`);
  io.out(`  ${status}: ${STATES[status]}\n`);
  if (approved) {
    const { fingerprint, verifier, atMs } = approved;
    io.out(`  approved  ${fingerprint.slice(0, SHORT)}  ${vouched(verifier)}, ${showTime(atMs)}\n`);
  }
  if (!waiting) return;
  const means = compatible === false ? '; the server would understand calls for the approved one differently' : '';
  const weight = paint(io, COLOURS[drift ?? waiting.drift], drift ?? waiting.drift);
  const seen = `first seen ${showTime(waiting.seenAtMs)}`;
  io.out(`  waiting   ${waiting.fingerprint.slice(0, SHORT)}  ${weight}, ${seen}${means}\n`);
}

/** Digits of a fingerprint that commands take. */
const SHORT = 12;

const VOUCHED = { person: 'by', rule: 'by the rule', first_use: 'by', agent: 'by' } as const;

function vouched({ by, who }: Verifier): string {
  return by === 'first_use' ? 'on first use' : `${VOUCHED[by]} ${printable(who)}`;
}

function heading(io: Io, title: string, more = ''): void {
  io.out(`${paint(io, 'bold', printable(title))}${more === '' ? '' : `  ${more}`}\n`);
}

/** Unmarked text longer than this is shortened in the middle, to what stands beside the marks. */
const CALM_CHARS_MAX = 160;
const BESIDE_CHARS = 60;

/** One line with the words that differ in brackets, or in reverse on a terminal with colours. */
function lineText(io: Io, { sign, at, text, marks }: DifferingLine): string {
  const colour = sign === '-' ? 'red' : 'green';
  const [open, close] = sign === '-' ? ['[-', '-]'] : ['{+', '+}'];
  let told = '';
  let from = 0;
  for (const [start, end] of marks) {
    told += paint(io, colour, printable(shortened(text.slice(from, start), from > 0, true)));
    const words = printable(text.slice(start, end));
    told += io.colour ? paint(io, sign === '-' ? 'removed' : 'added', words) : `${open}${words}${close}`;
    from = end;
  }
  const rest = text.slice(from);
  told += paint(io, colour, printable(marks.length === 0 ? rest : shortened(rest, true, false)));
  return `${paint(io, colour, `${sign} ${at === '' ? '' : `${printable(at)}: `}`)}${told}`;
}

function shortened(text: string, marksBefore: boolean, marksAfter: boolean): string {
  if (text.length <= CALM_CHARS_MAX) return text;
  const head = marksBefore ? text.slice(0, BESIDE_CHARS) : '';
  const tail = marksAfter ? text.slice(-BESIDE_CHARS) : '';
  return `${head} … (${text.length - head.length - tail.length} characters alike) … ${tail}`;
}

function writeFindings(io: Io, { findings, verdict, score }: PinReview): void {
  heading(io, 'findings', findings.length === 0 ? 'none' : `${verdict} (${score.toFixed(2)} looked at alone)`);
  for (const { field, why, code, excerpt } of findings) {
    io.out(`  ! ${printable(`${field || '(whole)'}: ${why}`)}  ${paint(io, 'dim', code)}\n`);
    if (excerpt !== null) io.out(`      ${paint(io, 'dim', `“${printable(excerpt)}”`)}\n`);
  }
}

function writeCallers(io: Io, callers: readonly PinCaller[]): void {
  heading(io, 'called by', callers.length === 0 ? 'nobody yet' : '');
  const total = callers.reduce((sum, { calls }) => sum + calls, 0);
  for (const { principal, keyId, calls, lastAtMs } of callers) {
    const key = keyId === null ? '' : ` (key ${keyId})`;
    const times = calls === 1 ? 'once,' : `${calls} times, the last`;
    io.out(`  ${printable(`${principal}${key}`)}: ${times} ${showTime(lastAtMs)}\n`);
  }
  if (total >= CALLS_READ_MAX) io.out(`  counted in the newest ${CALLS_READ_MAX} calls only\n`);
}

function writePolicy(io: Io, policy: PinReview['policy']): void {
  if (typeof policy === 'string') return heading(io, 'policy', printable(policy));
  if (policy.length === 0) return;
  heading(io, 'the policy says, by any arguments');
  for (const { principal, now, approved } of policy) {
    const said = [
      `now ${now?.join(' or ') ?? 'nothing is served'}`,
      approved && `once approved ${approved.join(' or ')}`,
    ];
    io.out(`  ${printable(principal)}: ${said.filter(Boolean).join('; ')}\n`);
  }
}

function writeAnswers(io: Io, { gateway, upstream, kind, name, waiting }: Pin): void {
  if (!waiting) return;
  heading(io, 'answer with');
  const kinds = kind === 'tool' || kind === 'server' ? '' : ` --kind ${kind}`;
  const words = [upstream, name].filter((word) => word !== '').map(shellWord);
  const which = `--gateway ${gateway}${kinds} ${name.startsWith('-') ? '-- ' : ''}${words.join(' ')}`;
  for (const verb of ['approve', 'reject'] as const)
    io.out(`  veto pins ${verb} --fingerprint ${waiting.fingerprint.slice(0, SHORT)} ${which}\n`);
}

/** A word as a shell takes it, when it is shown to be pasted: names come from servers. */
function shellWord(word: string): string {
  const shown = printable(word);
  return /^[\w./:@%+=-]+$/.test(shown) ? shown : `'${shown.replaceAll("'", String.raw`'\''`)}'`;
}

function quoted(name: string): string {
  return `\`${printable(name)}\``;
}
