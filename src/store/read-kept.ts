import { parseAnswer } from '../mcp/client-answer.ts';

/** Deeper than any definition can be that came in by the wire, with what a store puts around it. */
const DEPTH_MAX = 1_024;

/**
 * What `JSON.stringify` wrote of a definition, as the very value again: numbers that JavaScript cannot hold (int64
 * bounds in schemas) keep their source text, so that what is served and compared is what was approved.
 */
export function readKept(text: string): unknown {
  return parseAnswer(text, DEPTH_MAX);
}
