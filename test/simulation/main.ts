/** `npm run simulate [-- HISTORIES [SEED]]`: a million histories by default, from a seed that is printed. A failing one is shrunk and printed. */
import fc from 'fast-check';
import { happen, histories, prepareHistories } from './history.js';

const USAGE =
  'npm run simulate [-- HISTORIES [SEED]]: whole numbers, such as 10000 and 7; by default a million histories, and a seed by the clock';

/** Histories between two lines of progress. */
const ROUND = 10_000;

/** Seeds of fast-check have 32 bits with a sign, and each round has its own. */
const MOST = 1_000_000_000;

/** Undefined: it is none. */
const whole = (word: string): number | undefined => (/^\d{1,10}$/.test(word) && Number(word) <= MOST ? Number(word) : undefined);

const words = process.argv.slice(2);
const [total, seed] = [words[0] ?? '1000000', words[1] ?? String(Date.now() % MOST)].map(whole);
if (words.includes('--help')) console.log(USAGE);
else if (total === undefined || total === 0 || seed === undefined || words.length > 2) {
  console.error(
    `simulate: HISTORIES and SEED must be whole numbers of at most ${MOST}, the first above 0 (was ${words.join(' ')})\n${USAGE}`,
  );
  process.exitCode = 2;
} else {
  await prepareHistories();
  for (let done = 0; done < total; done += ROUND) {
    const numRuns = Math.min(ROUND, total - done);
    const own = seed + done / ROUND;
    try {
      await fc.assert(fc.asyncProperty(histories, happen), { seed: own, numRuns });
    } catch (error) {
      // With its cause: the law that does not hold, and where.
      console.error(error);
      console.error(`\nThe same histories again: npm run simulate -- ${numRuns} ${own}`);
      process.exitCode = 1;
      break;
    }
    console.log(`${done + numRuns} of ${total} histories, seed ${own}`);
  }
}
