import { describe, expect, it } from 'vitest';
import { lastingEngine } from './engine.ts';

describe('an engine', () => {
  const refusal = (error: unknown): string | null => (error instanceof SyntaxError ? error.message : null);

  it('is down until it has started', async () => {
    const engine = lastingEngine(() => Promise.resolve({ parse: () => [] }), refusal);
    expect(engine.parse('x', 'any').outcome).toBe('down');
    await engine.start();
    expect(engine.parse('x', 'any')).toEqual({ outcome: 'tree', tree: [] });
  });

  it('takes a new instance after a trap, and keeps the old one after a refusal', async () => {
    let made = 0;
    const create = () => {
      const number = ++made;
      return Promise.resolve({
        parse: (text: string) => {
          if (text === 'trap') throw new RangeError('stack');
          if (text === 'refuse') throw new SyntaxError('no');
          return number;
        },
      });
    };
    const engine = lastingEngine(create, refusal);
    await engine.start();
    expect(engine.parse('refuse', 'any')).toEqual({ outcome: 'refused', why: 'no' });
    expect(engine.parse('x', 'any')).toEqual({ outcome: 'tree', tree: 1 });
    expect(engine.parse('trap', 'any').outcome).toBe('down');
    expect(engine.parse('x', 'any').outcome).toBe('down');
    await engine.start();
    expect(engine.parse('x', 'any')).toEqual({ outcome: 'tree', tree: 2 });
  });

  it('tries again when a start fails', async () => {
    let tries = 0;
    const create = () => (++tries === 1 ? Promise.reject(new Error('no file')) : Promise.resolve({ parse: () => 1 }));
    const engine = lastingEngine(create, refusal);
    await expect(engine.start()).rejects.toThrow('no file');
    await engine.start();
    expect(engine.parse('x', 'any').outcome).toBe('tree');
  });
});
