// A real gateway records calls; while it runs, other policies are tried on them.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { FIXTURE_STDIO } from '../support/fixture.ts';
import { startGateways, type Gateways } from '../support/gateways.ts';
import { wire } from './talkers.ts';

const POLICY = `
default: deny
policies:
  - { name: Echo, match: { tool: fixture_echo }, action: allow }
  - { name: No secrets, match: { tool: fixture_echo, arguments: { text: secret } }, action: deny }
`;
const CANDIDATE = POLICY.replace('text: secret', 'text: "secret|hidden"').replace(
  'arguments:',
  'principal: { id: alice }, arguments:',
);

let gateways: Gateways;
beforeAll(async () => {
  const upstreams = { fixture: { transport: 'stdio', command: FIXTURE_STDIO.command, args: [...FIXTURE_STDIO.args] } };
  gateways = await startGateways({ main: { upstreams, policy: POLICY } }, { audit: { argument_bytes_max: 256 } });
  for (const [name, text] of Object.entries({ 'same.yaml': POLICY, 'new.yaml': CANDIDATE })) {
    await writeFile(join(gateways.directory, name), text);
  }
  const talk = wire('SDK v1 over Streamable HTTP');
  const alice = await talk(gateways.at('main'), { name: 'one' });
  for (const text of ['hello', 'hidden 1', 'hidden 2', 'a secret', 'x'.repeat(400)]) {
    await alice.call('fixture_echo', { text });
  }
  await alice.call('no_such_tool', {}).catch(() => undefined);
  await alice.close();
  const key = gateways.secondKey('main');
  const bob = await talk({ ...gateways.at('main'), key, headers: { 'x-veto-api-key': key } }, { name: 'two' });
  await bob.call('fixture_echo', { text: 'hidden 3' });
  await bob.call('fixture_echo', { text: 'a secret' });
  await bob.close();
});
afterAll(() => gateways.stop());

async function policy(...argv: string[]) {
  const { code, stdout, stderr } = await gateways.cli('policy', ...argv);
  expect(stderr).toBe('');
  return { code, stdout };
}

const told = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as JsonObject;

describe('a candidate beside a running gateway', () => {
  it('changes nothing when it is the policy in force', async () => {
    const replayed = await policy('replay', 'same.yaml', '--json');
    expect(replayed.code).toBe(0);
    const apart = [
      { reason: 'early', calls: 1 },
      { reason: 'cut', calls: 1 },
    ];
    expect(told(replayed)).toMatchObject({ records: 8, compared: 6, changed: 0, notReplayed: apart });
    expect(told(replayed)['findings']).toEqual({ observedAgain: 6, asRecorded: 0 });
  });

  it('is told by decision, rule, tool and principal, with calls that the record has', async () => {
    const replayed = await policy('replay', 'new.yaml', '--json');
    expect(replayed.code).toBe(1);
    const common = { gateway: 'main', target: 'fixture/fixture_echo' };
    const [echo, secret] = [
      { effect: 'allow', rule: 'Echo' },
      { effect: 'deny', rule: 'No secrets' },
    ];
    const { groups } = told(replayed);
    expect(groups).toMatchObject([
      { ...common, direction: 'looser', principal: 'bob', before: secret, after: echo, calls: 1 },
      { ...common, direction: 'stricter', principal: 'alice', before: echo, after: secret, calls: 2 },
    ]);
    const [, { examples }] = groups as [unknown, { examples: string[] }];
    const records = await gateways.audit('--call', examples[0] ?? '', '--kind', 'intend');
    expect(records).toMatchObject([{ principal: 'alice', arguments: { text: 'hidden 2' } }]);
  });

  it('is told to people in the same words', async () => {
    const { code, stdout } = await policy('diff', 'same.yaml', 'new.yaml');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^looser {2}1 call: bob fixture\/fixture_echo: deny \(No secrets\) becomes allow \(Echo\); /,
    );
    expect(stdout).toMatch(/^3 of 6 decisions change$/m);
    expect(stdout).toMatch(/^not replayed {2}1 call: arguments, findings or facts were cut/m);
    expect(stdout).toMatch(/^findings: 6 calls read again by the pinned definition, 0 as recorded$/m);
    expect((await policy('diff', 'new.yaml', 'new.yaml')).code).toBe(0);
  });

  it('is tried on a part of the record', async () => {
    expect(told(await policy('replay', 'new.yaml', '--json', '--gateway', 'other'))).toMatchObject({ records: 0 });
    expect(told(await policy('replay', 'new.yaml', '--json', '--until', '1h'))).toMatchObject({ records: 0 });
    const newest = told(await policy('replay', 'new.yaml', '--json', '--limit', '2'));
    expect(newest).toMatchObject({
      records: 2,
      changed: 1,
      notes: expect.arrayContaining([expect.stringMatching(/newest 2/)]),
    });
  });

  it.each([
    [['replay', 'absent.yaml'], /`absent.yaml` cannot be read/],
    [['replay', 'new.yaml', '--calls', 'x'], /name a policy with `--before`/],
    [['replay', 'new.yaml', '--since', 'soon'], /`soon` is not a time/],
    [['diff', 'new.yaml'], /missing required argument 'new'/],
    [['diff', 'new.yaml', 'same.yaml', '--calls', 'x', '--gateway', 'g'], /leave `--store`/],
  ])('answers %j with exit code 2', async (argv, reason) => {
    const { code, stderr } = await gateways.cli('policy', ...argv);
    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });
});
