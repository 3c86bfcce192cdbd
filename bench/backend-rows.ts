/**
 * The rows about backends: our program beside tfjs's own autodiff, and for each backend whether a transfer takes less time than a step and
 * whether its memory does not grow. Not here: measuring (`measure-backends.ts`).
 */
import { type BenchRow, milliseconds, percent, row, times } from './cells.js';
import type { BackendResult, PairResult, Results } from './results.js';
import { MEMORY, nameOf, TARGETS } from './settings.js';

const unique = <A>(all: readonly A[]): readonly A[] => [...new Set(all)];

const pairRows = (pairs: readonly PairResult[]): readonly BenchRow[] =>
  unique(pairs.map(({ backend }) => backend)).flatMap((backend) =>
    row(
      `${backend}: our program; tfjs's autodiff by it`,
      pairs.filter((pair) => pair.backend === backend),
      ({ compared }) => (compared.kind === 'skipped' ? 'skipped' : `${milliseconds(compared.ms)}  ${times(compared.timeRatio)}`),
      {
        text: '≥ 1×',
        met: ({ compared }) => (compared.kind === 'measured' ? compared.timeRatio >= TARGETS.autodiff : undefined),
      },
    ),
  );

const kept = (bytes: number, tensors: number): string => `${(bytes / 1e6).toFixed(2)} MB${tensors < 0 ? '' : ` in ${tensors}`}`;

/** Measured at `TINY`, so the cells belong to no size of the table: the result fills both. */
const rowsOf = ({ backend, measured }: BackendResult): readonly BenchRow[] => {
  if (measured.kind === 'skipped') return [{ what: `${backend}, small model`, cells: ['skipped', ''], target: '' }];
  const { stepMs, carryMs, resetMs, steps, settledBytes, lastBytes, settledTensors, lastTensors, settledMb, lastMb } = measured;
  return [
    {
      what: `${backend}: a step; a transfer, carried and reset`,
      cells: [milliseconds(stepMs), `${milliseconds(carryMs)}, ${milliseconds(resetMs)}`],
      target: '< a step',
      met: Math.max(carryMs, resetMs) / stepMs < TARGETS.transfer,
    },
    {
      what: `  kept after ${MEMORY.settled} and ${steps} steps`,
      cells: [kept(settledBytes, settledTensors), kept(lastBytes, lastTensors)],
      // A device keeps as many buffers for reuse as were ever in use at once, so the pool may grow by one now and then; the number of
      // tensors may not.
      target: `growth ≤ ${percent(TARGETS.growth)}, no tensor more`,
      met: lastBytes / settledBytes - 1 <= TARGETS.growth && lastTensors <= settledTensors,
    },
    {
      what: '  resident memory',
      cells: [`${settledMb.toFixed(0)} MB`, `${lastMb.toFixed(0)} MB  ${percent(lastMb / settledMb - 1)}`],
      target: '',
    },
  ];
};

export const backendRows = ({ pairs, backends }: Results): readonly BenchRow[] => [...pairRows(pairs), ...backends.flatMap(rowsOf)];

export const backendSkips = ({ pairs, backends }: Results): readonly string[] =>
  unique([
    ...pairs.flatMap(({ backend, sizes, compared }) =>
      compared.kind === 'skipped' ? [`${backend} at ${nameOf(sizes)} was skipped: ${compared.reason}`] : [],
    ),
    ...backends.flatMap(({ backend, measured }) =>
      measured.kind === 'skipped' ? [`${backend}, small model, was skipped: ${measured.reason}`] : [],
    ),
  ]);
