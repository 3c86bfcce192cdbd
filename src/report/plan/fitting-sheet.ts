/** The settings that fit into a given memory, as a table; or the sentence that says that none do. Not here: finding them (`src/plan/settings-within.ts`). */
import { type Fitting, neededBytes, type Settings } from '../../plan/settings-within.js';
import { bytes } from '../table/format.js';
import { type ColumnOf, rowsOf, type Sheet } from '../table/sheet.js';
import { type Held, leftOut } from './memory-line.js';

const keysOf = ({ accumulate, recompute }: Settings): string =>
  [...(recompute === undefined ? [] : [`recompute: '${recompute}'`]), ...(accumulate === 1 ? [] : [`accumulate: ${accumulate}`])].join(
    ', ',
  );

const columns = (fewest: number): readonly ColumnOf<Settings>[] => [
  { head: ['microbatches'], align: 'right', cell: ({ accumulate }) => String(accumulate) },
  { head: ['recompute'], align: 'left', cell: ({ recompute = 'nothing' }) => recompute },
  { head: ['memory'], align: 'right', cell: ({ memory }) => bytes(neededBytes(memory)) },
  { head: ['FLOPs'], align: 'right', cell: ({ flops }) => `${(flops / fewest).toFixed(2)}×` },
  { head: ['in the setup'], align: 'left', cell: keysOf },
];

/** A microbatch is at least one row, and more of them take no more memory. */
const alsoFits = (settings: readonly Settings[], batch: number): string =>
  settings.some(({ accumulate }) => accumulate === batch)
    ? 'A larger batch fits as well, in microbatches of the same size.'
    : 'More microbatches fit as well, and so does a larger batch in microbatches of the same size.';

/** @param batch the schedule's */
export const fittingSheet = ({ settings }: Fitting, batch: number, available: number, where: Held): Sheet => ({
  columns: columns(Math.max(1, settings[0]?.flops ?? 1)),
  rows: rowsOf(columns(Math.max(1, settings[0]?.flops ?? 1)), settings),
  sentences: [
    `These fit into ${bytes(available)}, with a batch of ${batch}. ${alsoFits(settings, batch)}`,
    ...settings.slice(0, 1).flatMap(({ memory }) => leftOut(memory, where) ?? []),
  ],
});

/** Why no settings fit. */
export const nothingFits = ({ least }: Fitting, available: number, { backend }: Pick<Held, 'backend'>): string =>
  least === undefined
    ? `nothing is trained, so there is nothing to fit into ${bytes(available)}; plan something that trains`
    : `nothing fits into ${bytes(available)}: ${least.memory.processBytes === undefined ? `on ${backend} the values of a step take` : 'a step takes'} ` +
      `${bytes(neededBytes(least.memory))} at least (${keysOf(least) || 'as it is'}); lower the context, the width or the layers`;
