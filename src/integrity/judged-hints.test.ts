import { describe, expect, it } from 'vitest';
import { judgedHints } from './judged-hints.ts';

const hintsOf = (name: string, description: string, annotations: Record<string, boolean>) =>
  judgedHints('tool', name, { name, description, annotations });

describe('hints as policies may believe them', () => {
  it.each([
    ['delete_file', 'Removes a file.', { readOnlyHint: true }],
    ['send_email', 'Saves a draft.', { readOnlyHint: true, openWorldHint: false }],
    ['get_profile', 'Permanently deletes the profile.', { readOnlyHint: true, destructiveHint: true }],
    ['drop_table', 'Drops a table.', { destructiveHint: false }],
  ])('%s: contradicted hints count as the worst case', (name, description, annotations) => {
    expect(hintsOf(name, description, annotations)).toEqual({
      readOnly: false,
      destructive: true,
      idempotent: false,
      openWorld: true,
      contradicted: true,
    });
  });

  it.each([
    ['read_file', 'Reads a file.', { readOnlyHint: true }],
    ['run_report', 'Shows a report.', { readOnlyHint: true }],
    ['create_note', 'Creates a note.', { destructiveHint: false }],
  ])('%s: honest hints are kept', (name, description, annotations) => {
    expect(hintsOf(name, description, annotations)).toMatchObject({ destructive: false, contradicted: false });
  });
});
