/**
 * Many runs as a table: a row a run. Not here: finding them (`src/store`).
 */
import { count, loss } from './format.js';
import type { Column, Sheet } from './sheet.js';
import { elide } from './sheet.js';

/** What is shown of a run. */
export interface RunLine {
  readonly folder: string;
  readonly status: string;
  readonly pipeline: string | null;
  readonly backend: string | null;
  readonly step: number | null;
  readonly steps: number | null;
  readonly loss: number | null;
  readonly validation: number | null;
  readonly flops: number | null;
  readonly bytes: number;
}

const COLUMNS: readonly Column[] = [
  { head: ['run'], align: 'left', shrinks: true },
  { head: ['status'], align: 'left' },
  { head: ['steps'], align: 'right' },
  { head: ['loss', 'train'], align: 'right' },
  { head: ['loss', 'valid'], align: 'right' },
  { head: ['FLOPs'], align: 'right' },
  { head: ['disk'], align: 'right' },
];

const optional = (value: number | null, show: (value: number) => string): string => (value === null ? '' : show(value));

const steps = ({ step, steps: all }: RunLine): string =>
  step === null ? '' : all === null || all === step ? count(step) : `${count(step)}/${count(all)}`;

export const runsSheet = (runs: readonly RunLine[]): Sheet => ({
  columns: COLUMNS,
  rows: elide(
    runs.map((run) => [
      run.folder,
      run.status,
      steps(run),
      optional(run.loss, loss),
      optional(run.validation, loss),
      optional(run.flops, count),
      `${count(run.bytes)}B`,
    ]),
  ),
  sentences: [runs.length === 1 ? '1 run' : `${runs.length} runs`],
});
