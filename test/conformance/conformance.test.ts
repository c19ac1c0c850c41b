import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFixture } from '../support/fixture.ts';
import { startVeto, type VetoProcess } from '../support/veto.ts';
import { CROSSED } from './crossed.ts';
import { failed, runSuite } from './suite.ts';

/** Scored scenarios of each revision, as the suite's frozen requirements count them. */
const SCORED: Readonly<Record<string, number>> = { '2025-11-25': 30, '2026-07-28': 37 };
const HEADER_VALIDATION = ['http-header-validation', 'http-custom-header-server-validation'];
const RELAY = { sampling: true, elicitation: true, roots: true };

let fixture: Awaited<ReturnType<typeof startFixture>>;
beforeAll(async () => {
  fixture = await startFixture();
});
afterAll(() => fixture.stop());

const localhost = (url: string): string => url.replace('127.0.0.1', 'localhost');

describe('the fixture itself', () => {
  it.each(Object.keys(SCORED))('passes the official suite at %s', async (revision) => {
    const verdicts = await runSuite(localhost(fixture.url), revision, {});
    expect(failed(verdicts.scored), verdicts.log).toEqual([]);
    expect(verdicts.scored.size).toBe(SCORED[revision]);
  });
});

/** Scenarios of the list that are expected to fail for this pair: exactly these, so that the list stays true. */
const known = (era: string, revision: string): string[] =>
  CROSSED.filter((each) => each.upstream === era && each.revision === revision).map(({ scenario }) => scenario);

describe.each(['legacy', 'modern'])('through the gateway, upstream pinned to the %s era', (era) => {
  let veto: VetoProcess;
  beforeAll(async () => {
    veto = await startVeto({
      upstreams: { fixture: { transport: 'streamable-http', url: fixture.url, era, relay: RELAY } },
    });
  });
  afterAll(() => veto.stop());

  it.each(Object.entries(SCORED))('passes the official suite at %s', async (revision, count) => {
    const verdicts = await runSuite(localhost(veto.mcpUrl), revision, veto.headers);
    expect(failed(verdicts.scored).toSorted(), verdicts.log).toEqual(known(era, revision).toSorted());
    expect(verdicts.scored.size).toBe(count);
    if (revision === '2026-07-28') {
      for (const name of HEADER_VALIDATION) expect(verdicts.notScored.get(name), verdicts.log).toBe(true);
    }
  });
});
