import { describe, expect, it } from 'vitest';
import { Classifier } from './classify.ts';

const plain = new Classifier([]);

describe('Classifier', () => {
  it.each([
    ['get_order', 'read'],
    ['listOpenIssues', 'read'],
    ['search_code', 'read'],
    ['github_get_commit', 'read'],
    ['read_file', 'read'],
    ['getHTTPStatus', 'read'],
    ['query', 'read'],
    ['get_workflow_run', 'read'],
    ['listWorkflowRunJobs', 'read'],
    ['fetch_and_store', 'write'],
    ['create_order', 'write'],
    ['commit', 'write'],
    ['cancel_workflow_run', 'write'],
    ['bulk_order', 'write'],
    ['search_replace', 'write'],
    ['set_status', 'write'],
    ['frobnicate', 'write'],
    ['', 'write'],
    ['123', 'write'],
    ['get_and_delete', 'destructive'],
    ['listen_exec', 'destructive'],
    ['listAndPurge', 'destructive'],
    ['read_or_delete', 'destructive'],
    ['fetch_then_run', 'destructive'],
    ['run_command', 'destructive'],
    ['query_run', 'destructive'],
    ['workflow_run', 'destructive'],
    ['actions_run_trigger', 'destructive'],
    ['get_and_run', 'destructive'],
    ['delete_workflow_run_logs', 'destructive'],
    ['DELETE_USER', 'destructive'],
    ['safe-delete', 'destructive'],
    ['get.remove', 'destructive'],
    ['dropTable', 'destructive'],
  ])('classes %s as %s', (name, expected) => {
    expect(plain.classify(name, null).class).toBe(expected);
  });

  it('goes by labels first, the most severe of them before the others', () => {
    const labelled = new Classifier([{ read: ['run_report', 'x_*'] }, { destructive: 'x_y' }]);
    expect(labelled.classify('run_report', null)).toEqual({ class: 'read', why: 'labelled read' });
    expect(labelled.classify('x_y', null).class).toBe('destructive');
    expect(labelled.classify('x_delete', null).class).toBe('read');
  });

  it.each([
    ['get_x', { readOnlyHint: false }, 'write'],
    ['get_x', { destructiveHint: true }, 'destructive'],
    ['get_x', { readOnlyHint: true, destructiveHint: true }, 'read'],
    ['delete_x', { readOnlyHint: true }, 'destructive'],
    ['frobnicate', { readOnlyHint: true }, 'write'],
    ['create_x', { destructiveHint: false }, 'write'],
  ])('lets hints only raise the class: %s with %j is %s', (name, annotations, expected) => {
    expect(plain.classify(name, { kind: 'tool', name, body: { name, annotations } }).class).toBe(expected);
  });
});
