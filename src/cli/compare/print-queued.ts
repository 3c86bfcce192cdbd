/** What a command says whose jobs are in a queue. */

import { wrapProse } from '../../report/table/wrap.js';
import { type Standing, standingText } from '../../sweep/queue-standing.js';
import { printJson, printText } from '../process/print.js';
import { terminalWidth } from '../process/terminal.js';

export const printQueued = (folder: string, standing: Standing, json: boolean): void => {
  if (json) {
    printJson({ folder, slurm: standing });
    return;
  }
  const lines = [
    `slurm: ${standingText(standing)}`,
    ...standing.advice,
    'the same command shows how they stand, and the report once all are done; --wait waits',
  ];
  printText(lines.map((line) => wrapProse(line, terminalWidth())).join('\n'));
};
