import { expect, it } from 'vitest';
import { z } from 'zod';
import { DEFAULT_LIMITS, readLimits, upstreamLimitsSection, upstreamSection } from './section.ts';

it('gives every limit a default, a description and a whole number', () => {
  const schema = z.toJSONSchema(upstreamLimitsSection, { io: 'input' });
  const properties = Object.entries(schema.properties ?? {});
  expect(properties).toHaveLength(Object.keys(DEFAULT_LIMITS).length);
  for (const [name, property] of properties) {
    expect([name, property]).toMatchObject([
      name,
      { type: 'integer', description: expect.stringMatching(/\.$/) as string },
    ]);
    expect(name).toMatch(/_(max|ms)$/);
  }
});

it('reads the names of the configuration as those of the code', () => {
  const limits = readLimits(upstreamLimitsSection.parse({ noise_bytes_per_second_max: 7, idle_ms: 9 }));
  expect(limits).toMatchObject({ noiseBytesPerSecondMax: 7, idleMs: 9, queueMax: DEFAULT_LIMITS.queueMax });
});

it('refuses unknown keys, wrong addresses and limits of nothing', () => {
  expect(upstreamSection.safeParse({ command: 'x', colour: 'red' }).success).toBe(false);
  expect(upstreamSection.safeParse({ url: 'file:///etc/passwd' }).success).toBe(false);
  expect(upstreamSection.safeParse({ url: 'https://x.example/mcp', limits: { in_flight_max: 0 } }).success).toBe(false);
  expect(upstreamSection.parse({ url: 'https://x.example/mcp' })).toMatchObject({
    transport: 'auto',
    isolation: 'principal',
    relay: { sampling: false, elicitation: false, roots: false },
    timeout_ms: 60_000,
  });
});
