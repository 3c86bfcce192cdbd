/**
 * Many runs as a table: a row a run. Not here: finding them (`src/store`).
 */
import { count, counted, loss } from '../table/format.js';
import type { Column, Sheet } from '../table/sheet.js';
import { elide } from '../table/sheet.js';

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

const columnsOf = (arms: boolean, texts: boolean, levels: boolean): readonly Column[] => [
  { head: ['run'], align: 'left', shrinks: true },
  ...(arms ? [{ head: ['arm'], align: 'left', shrinks: true } as const, { head: ['seed'], align: 'right' } as const] : []),
  { head: ['status'], align: 'left' },
  { head: ['steps'], align: 'right' },
  { head: ['loss', 'train'], align: 'right' },
  { head: ['loss', 'valid'], align: 'right' },
  ...(texts ? [{ head: ['bits', '/byte'], align: 'right' } as const] : []),
  ...(levels ? [{ head: ['on', 'level'], align: 'right' } as const] : []),
  { head: ['FLOPs'], align: 'right' },
  { head: ['disk'], align: 'right' },
];

const optional = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value));

const steps = ({ step, steps: all }: RunLine): string =>
  step === null ? '' : all === null || all === step ? count(step) : `${count(step)}/${count(all)}`;

/**
 * Columns appear only where some run needs them, since 80 characters are few: arm and seed for jobs of comparisons, bits per byte for texts, the
 * level where a run in progress was last evaluated on a coarse one.
 */
export const runsSheet = (runs: readonly RunLine[]): Sheet => {
  const arms = runs.some(({ arm }) => arm !== null);
  const texts = runs.some(({ bitsPerByte }) => bitsPerByte !== null);
  const levels = runs.some(({ level, validation }) => validation !== null && level !== null && level > 0);
  return {
    columns: columnsOf(arms, texts, levels),
    rows: elide(
      runs.map((run) => [
        run.folder,
        ...(arms ? [run.arm ?? '', optional(run.seed, String)] : []),
        run.status,
        steps(run),
        optional(run.loss, loss),
        optional(run.validation, loss),
        ...(texts ? [optional(run.bitsPerByte, loss)] : []),
        ...(levels ? [run.validation === null ? '' : optional(run.level, String)] : []),
        optional(run.flops, count),
        `${count(run.bytes)}B`,
      ]),
    ),
    sentences: [counted(runs.length, 'run')],
  };
};
