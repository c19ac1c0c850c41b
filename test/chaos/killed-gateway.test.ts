import { once } from 'node:events';
import { afterEach, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { buildRig, isAlive, seeded, unrecorded, type Launched, type Rig } from './rig.ts';

/** `VETO_CHAOS_SEED` plays the same choices again. */
const SEED = Number(process.env['VETO_CHAOS_SEED'] ?? 20_261_123);
const [CLIENTS, PRINCIPALS, ROUNDS] = [32, 4, 3];
/** Calls that came back before the gateway is killed: more, by chance, up to twice as many. */
const CALLS_MIN = 200;

let rig: Rig;
afterEach(() => rig.stop());

interface Load {
  readonly answered: Set<string>;
  readonly wrong: string[];
  stop: boolean;
}

/** Calls without a pause until told to stop. Some calls take a while, so that some are always under way. */
async function loadOn(gateway: Launched, round: number, load: Load): Promise<void> {
  let made = 0;
  const client = async (no: number): Promise<void> => {
    while (!load.stop) {
      const nonce = `r${round}-${made++}`;
      const answer = await gateway.call(no % PRINCIPALS, nonce, made % 3 === 0 ? 20 : 0);
      if (answer.kind === 'text' && answer.text.startsWith(`${nonce} `)) load.answered.add(nonce);
      else if (answer.kind !== 'broken') load.wrong.push(`${nonce}: ${JSON.stringify(answer)}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, no) => client(no)));
}

it.each(['stdio', 'streamable-http'] as const)(
  `loses no record when the gateway is killed under load, upstream over %s, seed ${SEED}`,
  { timeout: 120_000 },
  async (transport) => {
    const random = seeded(SEED);
    const more = { audit: { durability: 'full' } };
    rig = await buildRig({ transport, principals: PRINCIPALS, more });
    const servers = new Set(transport === 'stdio' ? [] : rig.upstreamPids());
    let answered = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const gateway = await rig.launch();
      const load: Load = { answered: new Set(), wrong: [], stop: false };
      const calling = loadOn(gateway, round, load);
      const enough = CALLS_MIN * (1 + random());
      await until(() => load.answered.size >= enough, 'the gateway is under load', 30_000);
      const children = rig.upstreamPids().filter((pid) => !servers.has(pid));
      const gone = once(gateway.running.child, 'exit');
      gateway.running.child.kill('SIGKILL');
      await gone;
      load.stop = true;
      await calling;
      await gateway.hangUp();
      expect(children.length > 0).toBe(transport === 'stdio');
      await until(() => !children.some(isAlive), 'the children of the killed gateway are gone', 5_000);
      expect(load.wrong).toEqual([]);
      answered += load.answered.size;
    }

    const notes = await rig.notes();
    expect(notes.length).toBeGreaterThanOrEqual(answered);
    expect(unrecorded(notes, await rig.records())).toEqual([]);
    expect(await rig.verify()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^intact/) });
    const last = await rig.launch();
    expect(await last.call(0, 'after')).toMatchObject({ kind: 'text', text: expect.stringMatching(/^after /) });
    await last.hangUp();
    expect(await last.running.stop()).toBe(0);
    expect(await rig.verify()).toMatchObject({ code: 0 });
  },
);
