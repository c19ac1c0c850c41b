import type { Machine, Program } from './program.ts';

/** Machines beyond this are not examined: what is not known costs time, never a wrong answer. */
const INSTRUCTIONS_MAX = 512;

/** Whether a match can only begin at the beginning of the text: every way from the start asks for it first. */
export function isAnchored({ body, assertions }: Program): boolean {
  if (body.instructions.length > INSTRUCTIONS_MAX) return false;
  const seen = new Set<number>();
  const open = [body.start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    const instruction = body.instructions[at];
    if (instruction?.op === 'fork') open.push(...instruction.to);
    else if (instruction?.op === 'assert') {
      const asked = assertions[body.assertions[instruction.assertion] ?? -1];
      if (asked?.kind !== 'start' || instruction.negate) open.push(instruction.next);
    } else return false;
  }
  return true;
}

/**
 * The longest text that a machine matches, in characters; null when there is no bound, when it asks other lookarounds,
 * or when it is too large to be examined.
 */
export function lengthMax(machine: Machine, { assertions }: Pick<Program, 'assertions'>): number | null {
  const { instructions } = machine;
  if (instructions.length > INSTRUCTIONS_MAX) return null;
  if (machine.assertions.some((used) => assertions[used]?.kind === 'look')) return null;
  const known = new Map<number, number>();
  const longest = (at: number): number => {
    const before = known.get(at);
    if (before !== undefined) return before;
    known.set(at, Infinity); // met again on the way: a loop
    const instruction = instructions[at];
    let length = 0;
    if (instruction?.op === 'fork') length = Math.max(...instruction.to.map(longest));
    else if (instruction?.op === 'take') length = 1 + longest(instruction.next);
    else if (instruction?.op === 'assert') length = longest(instruction.next);
    known.set(at, length);
    return length;
  };
  const length = longest(machine.start);
  return Number.isFinite(length) ? length : null;
}
