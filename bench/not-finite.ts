/**
 * `npm run not-finite`: the results of every backend of this machine for NaN and infinity, in each operation and in complete steps. Writes
 * the table of docs/training.md. The required behaviour is tested in `test/backends/conformance.ts`.
 */
import { fileURLToPath } from 'node:url';
import type { Backend } from '../src/backend.js';
import { hiddenBy, takenForGood } from '../test/backends/not-finite.js';
import { runOn } from '../test/backends/run-on.js';
import { askEach, intoOwnBlock } from './each-backend.js';

const ask = async (backend: Backend) => {
  const run = runOn(backend);
  return { hidden: [...(await hiddenBy(run))], ...(await takenForGood(run, backend)) };
};
const rows = await askEach(fileURLToPath(import.meta.url), ask, 'not compiled');
if (rows !== undefined) {
  const table = [
    '| backend | operations that give numbers for NaN or infinity | steps and evaluations that must be refused | of these refused |',
    '| --- | --- | ---: | ---: |',
    ...rows.map(
      ({ name, answer: { hidden, asked, good } }) => `| ${name} | ${hidden.join(', ') || 'none'} | ${asked} | ${asked - good.length} |`,
    ),
  ];
  await intoOwnBlock('docs/training.md', 'not-finite', table);
}
