import type { JsonObject } from '../../core/json.ts';
import type { Io } from '../io.ts';
import { paint, printable, writeTable } from '../output.ts';
import { describeEntry, type Plan } from './plan.ts';

/** What was found and would be written, for machines. Holds no value of a variable. */
export function planAsJson(plan: Plan, isWritten: boolean): JsonObject {
  const { servers, skipped, bad, variables } = plan;
  return {
    written: isWritten,
    servers: servers.map(({ name, clients, file, isProject, entry, starter, roots }) => ({
      name,
      clients: [...clients],
      file,
      project: isProject,
      entry,
      starter,
      roots: [...roots],
    })),
    skipped: skipped.map((each) => ({ ...each })),
    unreadable: bad.map((each) => ({ ...each })),
    variables: variables.map(({ name, from, isReferred }) => ({ name, from, referred: isReferred })),
    files: { 'veto.yaml': plan.config, 'policies.yaml': plan.policies },
  };
}

const SHOWN_CHARS_MAX = 60;

/** The servers, and what was left out and why. */
export function writePlan(io: Io, { servers, skipped, bad }: Plan): void {
  if (servers.length === 0) io.out('no servers to import were found\n');
  else {
    const rows = servers.map(({ name, clients, isProject, entry, starter }) => {
      const how = describeEntry(entry);
      const short = how.length > SHOWN_CHARS_MAX ? `${how.slice(0, SHOWN_CHARS_MAX - 1)}…` : how;
      return [name, starter, `${clients.join(', ')}${isProject ? ' (project)' : ''}`, short];
    });
    writeTable(io, ['SERVER', 'POLICY', 'FROM', 'STARTED OR REACHED BY'], rows);
  }
  for (const { name, file, why } of skipped) {
    io.out(`${paint(io, 'yellow', 'left out')}  \`${printable(name)}\` of ${printable(file)}: ${printable(why)}\n`);
  }
  for (const { file, why } of bad)
    io.out(`${paint(io, 'yellow', 'not read')}  ${printable(file)}: ${printable(why)}\n`);
}

/** What was written and what to do next. */
export function writeSteps(io: Io, { servers, variables }: Plan): void {
  io.out('\nwrote veto.yaml and policies.yaml\n');
  if (variables.length > 0) {
    io.out(`\n${paint(io, 'bold', 'set these where the gateway is started')}\n`);
    const width = Math.max(...variables.map(({ name }) => name.length));
    for (const { name, from, isReferred } of variables) {
      const where = isReferred ? `as for ${from}` : `now ${from}`;
      io.out(`  ${name.padEnd(width)}  ${paint(io, 'dim', printable(where))}\n`);
    }
  }
  io.out(`\n${paint(io, 'bold', 'then')}\n`);
  const steps = [
    ['veto policy check policies.yaml', 'what the rules are'],
    ...(servers.length === 0
      ? [['veto upstreams add NAME -- COMMAND…', 'a server to stand in front of']]
      : [['veto upstreams tools', 'what becomes of every tool']]),
    ['veto serve', 'run the gateway'],
    [`veto keys create laptop --principal ${printable(io.user)}`, 'a key for your client'],
  ] as const;
  for (const [command, what] of steps) io.out(`  ${(command ?? '').padEnd(44)}${paint(io, 'dim', what ?? '')}\n`);
  io.out('\nLet clients use the gateway instead of the servers: docs/clients.md has a snippet for each.\n');
}
