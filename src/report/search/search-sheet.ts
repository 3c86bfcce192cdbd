/** The table of a search and the sentences under it. Not here: characters on lines (`../table/table.ts`). */
import { backendLine } from '../plan/backend-line.js';
import { bitsSentence } from '../table/bits-per-byte.js';
import { count, counted, flop, loss } from '../table/format.js';
import { type ColumnOf, elide, rowsOf, type Sheet } from '../table/sheet.js';
import type { SearchResult, Standing } from './search-result.js';

const lossPhrase = ({ mean, deviation }: Standing): string =>
  Number.isFinite(mean) ? `${loss(mean)}${deviation === undefined ? '' : ` ±${deviation.toFixed(4)}`}` : 'diverged';

const rungSentence = ({ rungs, seeds }: SearchResult): string => {
  const steps = rungs.map((size, rung) => `${size} with seed ${seeds[rung]}`);
  return seeds.length === 1
    ? `${counted(rungs[0] ?? 0, 'candidate')}, one run each: with one seed nothing is halved.`
    : `Successive halving over seeds: ${steps.join(', then ')}; the better half by the mean validation loss goes on.`;
};

const budgetSentence = ({ budget, reserved, planned, counted: done, trained }: SearchResult): string => {
  const early = done === planned ? '' : ` (${flop(done)} counted, since some ended early)`;
  const reused = trained < done ? ` ${flop(trained)} were trained; the rest was reused from runs that begin alike.` : '';
  return `Budget ${flop(budget.all)}: at most ${flop(reserved)} whichever survived, ${flop(planned)} as it turned out${early}.${reused}`;
};

const spaceSentences = ({ tooExpensive, exhausted, budget }: SearchResult): readonly string[] => [
  ...(tooExpensive === 0
    ? []
    : [
        `${counted(tooExpensive, 'combination')} cost more than ${budget.run === undefined ? 'the budget holds with all seeds' : `the ${flop(budget.run)} that one run may cost`} and were passed over.`,
      ]),
  ...(exhausted ? ['Every other combination of the values was tried: a larger budget changes nothing.'] : []),
];

/** A best value at the end of its range: better ones may lie beyond. */
const edgeSentences = ({ ranges, best }: SearchResult): readonly string[] => {
  const ends = ranges.flatMap(({ name, values }) => {
    const value = best.values[name];
    const end = value === Math.max(...values) ? 'largest' : value === Math.min(...values) ? 'smallest' : undefined;
    return end === undefined || values.length < 2 ? [] : [`${name} (${value}, the ${end})`];
  });
  return ends.length === 0 ? [] : [`The best is at the end of what was searched for ${ends.join(', ')}: search further.`];
};

/** One row for each candidate, and what led to them. */
export const searchSheet = (result: SearchResult): Sheet => {
  const names = result.ranges.map(
    ({ name }): ColumnOf<Standing> => ({
      head: [name],
      align: 'right',
      cell: ({ values }) => String(values[name]),
    }),
  );
  const columns: readonly ColumnOf<Standing>[] = [
    ...names,
    { head: ['FLOPs', 'a run'], align: 'right', cell: ({ flops }) => count(flops) },
    { head: ['seeds'], align: 'right', cell: ({ losses }) => String(losses.length) },
    { head: ['validation', 'loss'], align: 'right', cell: lossPhrase },
  ];
  return {
    columns,
    rows: elide(rowsOf(columns, result.standings)),
    sentences: [
      `All runs are on ${backendLine(result.backend, result)}.`,
      rungSentence(result),
      budgetSentence(result),
      ...spaceSentences(result),
      ...edgeSentences(result),
      ...(result.bytesPerToken === undefined ? [] : [bitsSentence(result.bytesPerToken)]),
      'FLOPs are those of matrix products in training and transfers. The best is the luckiest, too: compare it on seeds that the search did not use.',
    ],
  };
};
