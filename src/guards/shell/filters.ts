import { FILTERS } from './filters-table.ts';
import { tableName } from './names.ts';
import type { Frame, Reading } from './reading.ts';

/**
 * Reads a command that some program will run. @returns true when it does nothing but turn input into output: every
 * program in it is a filter, and nothing about it is a finding
 */
export function runsFilters(text: string, frame: Frame, reading: Reading): boolean {
  const commands = reading.commands.length;
  const traits = reading.traits.length;
  reading.script(text, frame);
  const named = reading.commands.slice(commands);
  if (named.length === 0 || !named.every((command) => FILTERS.has(tableName(command.program)))) return false;
  return reading.traits.slice(traits).every((trait) => trait.mild || trait.kind === 'substitution');
}
