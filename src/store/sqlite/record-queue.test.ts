import { describe, expect, it } from 'vitest';
import { Fault } from '../../core/fault.ts';
import { RecordQueue, type Waiter } from './record-queue.ts';

const FAULT = new Fault('store_failed', 'the disk is full');
const LIMITS = { recordsMax: 100, bytesMax: 10_000_000 };

function filled(...bodies: string[]): RecordQueue {
  const queue = new RecordQueue(LIMITS);
  for (const body of bodies) queue.push(body, null);
  return queue;
}

describe('records that wait', () => {
  it('have room up to a count, and up to a size in memory', () => {
    const few = new RecordQueue({ recordsMax: 2, bytesMax: 1_000 });
    few.push('a', null);
    expect(few.whyFull()).toBeNull();
    few.push('b', null);
    expect(few.whyFull()).toBe('2 records');
    const small = new RecordQueue({ recordsMax: 100, bytesMax: 20 });
    small.push('123456789', null);
    expect(small.whyFull()).toBeNull();
    small.push('0', null);
    expect(small.whyFull()).toBe('20 bytes of records');
    small.take(1);
    expect(small.whyFull()).toBeNull();
  });

  it('leave in order, in groups of a size in memory that one commit bears', () => {
    const third = 'x'.repeat(170_000);
    const queue = filled(third, `${third}2`, `${third}3`, `${third}4`, 'x'.repeat(900_000), 'end');
    expect(queue.take().bodies).toEqual([third, `${third}2`, `${third}3`]);
    expect(queue.take().bodies).toEqual([`${third}4`]);
    expect(queue.take().bodies, 'one that is larger than a group goes alone').toHaveLength(1);
    expect(queue.take().bodies).toEqual(['end']);
    expect(queue.length).toBe(0);
  });

  it('leave in smaller groups when asked', () => {
    const queue = filled('a', 'b', 'c');
    expect(queue.take(1)).toEqual({ bodies: ['a'], waiters: [null] });
    expect(queue.take(2).bodies).toEqual(['b', 'c']);
  });

  it('come back in front of those behind, without those that somebody waits for, and the newest are lost', () => {
    const queue = new RecordQueue({ recordsMax: 3, bytesMax: 1_000 });
    const sent: string[] = [];
    const waiter = (name: string): Waiter => ({
      resolve: () => sent.push(`${name} resolved`),
      reject: (fault) => sent.push(`${name}: ${fault.message}`),
    });
    queue.push('a', null);
    queue.push('b', waiter('b'));
    queue.push('c', null);
    const group = queue.take();
    queue.push('d', waiter('d'));
    queue.push('e', null);
    queue.push('f', null);
    expect(queue.takeBack(group, FAULT)).toEqual({ refused: 2, lost: 1 });
    expect(sent).toEqual(['b: the disk is full', 'd: the disk is full']);
    expect(queue.take()).toEqual({ bodies: ['a', 'c', 'e'], waiters: [null, null, null] });
  });
});
