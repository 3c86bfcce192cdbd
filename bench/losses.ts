/**
 * `npm run losses`: runs one pipeline on every backend of this machine, and prints their losses side by side: the first step, every tenth,
 * the last. Writes the table of README.md. Not a test: how far losses may differ is in `test/backends/tolerances.ts`.
 */
import { fileURLToPath } from 'node:url';
import { trajectoryOn } from '../test/backends/two-levels.js';
import { askEach, intoOwnBlock } from './each-backend.js';

const columns = await askEach(fileURLToPath(import.meta.url), async (backend) => (await trajectoryOn(backend)).losses);
if (columns !== undefined) {
  const steps = columns[0]?.answer.length ?? 0;
  const shown = Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step === 1 || step % 10 === 0 || step === steps);
  const table = [
    `| step | ${columns.map(({ name }) => name).join(' | ')} |`,
    `| ---: | ${columns.map(() => '---:').join(' | ')} |`,
    ...shown.map((step) => `| ${step} | ${columns.map(({ answer }) => answer[step - 1]?.toFixed(6) ?? '').join(' | ')} |`),
  ];
  await intoOwnBlock('README.md', 'losses', table);
}
