/**
 * `npm run losses`: runs one pipeline on every backend of this machine, with a model of each family, and prints their losses side by side: the first
 * step, every tenth, the last. Writes the table of README.md. Not a test: how far losses may differ is in `test/backends/tolerances.ts`.
 */
import { fileURLToPath } from 'node:url';
import { trajectoryOn, twoLevels, twoLevelsOfLlama } from '../test/backends/two-levels.js';
import { askEach, intoOwnBlock } from './each-backend.js';

const families = { gpt: twoLevels, llama: twoLevelsOfLlama } as const;
const names = Object.keys(families) as readonly (keyof typeof families)[];

const columns = await askEach(fileURLToPath(import.meta.url), async (backend) => {
  const losses: Partial<Record<keyof typeof families, readonly number[]>> = {};
  for (const name of names) losses[name] = (await trajectoryOn(backend, families[name])).losses;
  return losses;
});
if (columns !== undefined) {
  const table = [
    `| model | step | ${columns.map(({ name }) => name).join(' | ')} |`,
    `| --- | ---: | ${columns.map(() => '---:').join(' | ')} |`,
    ...names.flatMap((family) => {
      const steps = columns[0]?.answer[family]?.length ?? 0;
      const shown = Array.from({ length: steps }, (_, index) => index + 1).filter(
        (step) => step === 1 || step % 10 === 0 || step === steps,
      );
      return shown.map(
        (step) => `| \`${family}\` | ${step} | ${columns.map(({ answer }) => answer[family]?.[step - 1]?.toFixed(6) ?? '').join(' | ')} |`,
      );
    }),
  ];
  await intoOwnBlock('README.md', 'losses', table);
}
