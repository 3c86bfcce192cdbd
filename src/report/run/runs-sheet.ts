/**
 * Many runs as a table: a row a run. Not here: finding them (`src/store`).
 */
import { count, counted, loss } from '../table/format.js';
import { type ColumnOf, elide, rowsOf, type Sheet } from '../table/sheet.js';

/** What is shown of a run. */
export interface RunLine {
  readonly folder: string;
  /** Of a comparison's job. */
  readonly arm: string | null;
  readonly seed: number | null;
  readonly status: string;
  readonly pipeline: string | null;
  readonly backend: string | null;
  readonly step: number | null;
  readonly steps: number | null;
  readonly loss: number | null;
  readonly validation: number | null;
  /** The same in bits per byte of text. */
  readonly bitsPerByte: number | null;
  /** Of the network that has the validation loss. */
  readonly level: number | null;
  readonly flops: number | null;
  readonly bytes: number;
}

const optional = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value));

const steps = ({ step, steps: all }: RunLine): string =>
  step === null ? '' : all === null || all === step ? count(step) : `${count(step)}/${count(all)}`;

/**
 * Columns appear only where some run needs them, since 80 characters are few: arm and seed for jobs of comparisons, bits per byte for texts, the
 * level where a run in progress was last evaluated on a coarse one.
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
    { head: ['status'], align: 'left', cell: ({ status }) => status },
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
