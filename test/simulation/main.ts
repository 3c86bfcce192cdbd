/** `npm run simulate [-- HISTORIES [SEED]]`: a million histories by default, from a seed that is printed. A failing one is shrunk and printed. */
import fc from 'fast-check';
import { happen, histories, prepareHistories } from './history.js';

const [count = '1000000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
/** Histories between two lines of progress. */
const ROUND = 10_000;

await prepareHistories();
const total = Number(count);
for (let done = 0; done < total; done += ROUND) {
  const numRuns = Math.min(ROUND, total - done);
  await fc.assert(fc.asyncProperty(histories, happen), { seed: Number(seed) + done / ROUND, numRuns });
  console.log(`${done + numRuns} of ${total} histories, seed ${Number(seed) + done / ROUND}`);
}
