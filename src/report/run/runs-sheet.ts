/**
 * A table with a row for each run. Not here: finding runs (`src/store`).
 */
import { count, counted, loss } from '../table/format.js';
import { type ColumnOf, elide, rowsOf, type Sheet } from '../table/sheet.js';

/** The data of a run that the table shows. */
export interface RunLine {
  readonly folder: string;
  /** The arm of a comparison's job. */
  readonly arm: string | null;
  readonly seed: number | null;
  readonly status: string;
  readonly pipeline: string | null;
  readonly backend: string | null;
  readonly precision: string | null;
  readonly compiled: string | null;
  readonly step: number | null;
  readonly steps: number | null;
  readonly loss: number | null;
  readonly validation: number | null;
  /** The validation loss in bits per byte of text. */
  readonly bitsPerByte: number | null;
  /** The level of the network that has the validation loss. */
  readonly level: number | null;
  readonly flops: number | null;
  readonly bytes: number;
}

const optional = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value));

const steps = ({ step, steps: all }: RunLine): string =>
  step === null ? '' : all === null || all === step ? count(step) : `${count(step)}/${count(all)}`;

/** The status, and under it what makes the run's bits differ from those of plain f32: a column of it would not fit. */
const status = ({ status: said, precision, compiled }: RunLine): string =>
  [said, ...(precision === 'bf16' ? [precision] : []), ...(compiled === 'yes' ? ['compiled'] : [])].join('\n');

/**
 * Some columns appear only if a run needs them, because a line has only 80 characters: arm and seed for jobs of comparisons, bits per byte for texts,
 * the level if a run in progress was last evaluated on a coarse one.
 */
const columnsOf = (runs: readonly RunLine[]): readonly ColumnOf<RunLine>[] => {
  const arms = runs.some(({ arm }) => arm !== null);
  const texts = runs.some(({ bitsPerByte }) => bitsPerByte !== null);
  const levels = runs.some(({ level, validation }) => validation !== null && level !== null && level > 0);
  const where = (needed: boolean, ...columns: readonly ColumnOf<RunLine>[]): readonly ColumnOf<RunLine>[] => (needed ? columns : []);
  return [
    { head: ['run'], align: 'left', shrinks: true, cell: ({ folder }) => folder },
    ...where(
      arms,
      { head: ['arm'], align: 'left', shrinks: true, cell: ({ arm }) => arm ?? '' },
      { head: ['seed'], align: 'right', cell: ({ seed }) => optional(seed, String) },
    ),
    { head: ['status'], align: 'left', cell: status },
    { head: ['steps'], align: 'right', cell: steps },
    { head: ['loss', 'train'], align: 'right', cell: (run) => optional(run.loss, loss) },
    { head: ['loss', 'valid'], align: 'right', cell: ({ validation }) => optional(validation, loss) },
    ...where(texts, { head: ['bits', '/byte'], align: 'right', cell: ({ bitsPerByte }) => optional(bitsPerByte, loss) }),
    ...where(levels, {
      head: ['on', 'level'],
      align: 'right',
      cell: (run) => (run.validation === null ? '' : optional(run.level, String)),
    }),
    { head: ['FLOPs'], align: 'right', cell: ({ flops }) => optional(flops, count) },
    { head: ['disk'], align: 'right', cell: ({ bytes }) => `${count(bytes)}B` },
  ];
};

export const runsSheet = (runs: readonly RunLine[]): Sheet => {
  const columns = columnsOf(runs);
  return { columns, rows: elide(rowsOf(columns, runs)), sentences: [counted(runs.length, 'run')] };
};
