// A failing property prints its seed and path; VETO_SEED=<seed> npm test -- <file> plays the same values again.
const seed = process.env['VETO_SEED'];
const runs = process.env['VETO_RUNS'];

if (seed !== undefined || runs !== undefined) {
  const { configureGlobal } = await import('fast-check');
  configureGlobal({
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(runs === undefined ? {} : { numRuns: Number(runs) }),
  });
}
