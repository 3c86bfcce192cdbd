/** Sweeps in virtual time, whose workers, disk and clock come from one seed: 10,000 histories here, a million by `npm run simulate`. */
import fc from 'fast-check';
import { happen, histories, prepareHistories } from './history.js';

const SEED = 20261130;
const HISTORIES = 10_000;

describe(`${HISTORIES} histories of sweeps (seed ${SEED})`, () => {
  before(prepareHistories);

  it('in each of which every job is done once, nothing is lost, and nothing waits for the dead', () =>
    fc.assert(fc.asyncProperty(histories, happen), { seed: SEED, numRuns: HISTORIES })).timeout(600_000);
});
