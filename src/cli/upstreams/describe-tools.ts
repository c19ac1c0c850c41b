import type { Io } from '../io.ts';
import { writeTable } from '../output.ts';
import type { JudgedTool } from './judged-tools.ts';

/** One row per tool and gateway, for people. */
export function writeTools(io: Io, tools: readonly JudgedTool[]): void {
  if (tools.length === 0) return io.out('there are no tools\n');
  writeTable(
    io,
    ['GATEWAY', 'UPSTREAM', 'TOOL', 'POLICY', 'ARGUMENTS'],
    tools.map(({ gateway, upstream, tool, reachable, arguments: typed }) => [
      gateway,
      upstream,
      tool,
      outcome(reachable),
      typed.map(({ argument, type }) => `${argument}: ${type}`).join(', ') || '-',
    ]),
  );
}

const WORDS: Readonly<Record<string, string>> = { allow: 'allow', deny: 'deny', require_approval: 'ask' };

/** One outcome is certain; of several it depends on the arguments which it is. */
function outcome(reachable: readonly string[]): string {
  const words = ['allow', 'require_approval', 'deny'].filter((effect) => reachable.includes(effect));
  if (words.length === 1 && words[0] === 'deny') return 'deny (hidden)';
  return words.map((effect) => WORDS[effect] ?? effect).join(' or ');
}
