/**
 * A run as comma-separated values (RFC 4180): a line a training step; the validation loss stands in the line of the step after which it was
 * measured. Numbers in full.
 */
import type { RunRecord } from '../report/run-record.js';

const HEAD = [
  ...['stage', 'op', 'level', 'layers', 'h', 'step', 'stage_step', 'loss', 'validation_loss'],
  ...['learning_rate', 'gradient_norm', 'tokens', 'flops', 'seconds', 'time'],
] as const;

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** @returns lines that end in CR LF, as the RFC has it; the stage counts from 1. */
export const runCsv = ({ started, steps, evaluations }: RunRecord): string => {
  const validation = new Map(evaluations.map(({ step, loss }) => [step, loss]));
  const lines = steps.map((event) => {
    const stage = started.stages[event.stage];
    return [
      ...[event.stage + 1, stage?.op ?? '', event.level, stage?.layers ?? '', stage?.h ?? '', event.step, event.stageStep, event.loss],
      ...[validation.get(event.step) ?? '', event.learningRate, event.gradientNorm, event.tokens, event.flops, event.seconds],
      new Date(event.time).toISOString(),
    ];
  });
  return [HEAD, ...lines].map((cells) => `${cells.map((cell) => quoted(String(cell))).join(',')}\r\n`).join('');
};
