/**
 * A run as comma-separated values (RFC 4180): one line per training step. A validation loss, in nats per token and in bits per byte, is on
 * the line of the step after which it was measured; that of a stage without steps (`evaluate`, a final transfer) has its own line, without
 * a training loss. Numbers have all their digits.
 */
import { bitsPerByte } from '../data/bytes-per-token.js';
import type { RunRecord } from '../report/run/run-record.js';

const HEAD = [
  ...['stage', 'op', 'level', 'layers', 'h', 'step', 'stage_step', 'loss', 'validation_loss', 'validation_bits_per_byte'],
  ...['learning_rate', 'gradient_norm', 'tokens', 'flops', 'seconds', 'time'],
] as const;

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** @returns lines that end in CR LF, as the RFC requires; stages are numbered from 1. */
export const runCsv = ({ started, steps, evaluations }: RunRecord): string => {
  const { bytesPerToken } = started;
  const inBoth = (nats: number): readonly (string | number)[] => [
    nats,
    bytesPerToken === undefined ? '' : bitsPerByte(nats, bytesPerToken),
  ];
  const validation = new Map(evaluations.map(({ stage, step, loss }) => [`${stage} ${step}`, inBoth(loss)]));
  const placed = (at: number): readonly (string | number)[] => {
    const stage = started.stages[at];
    return [at + 1, stage?.op ?? '', stage?.level ?? '', stage?.layers ?? '', stage?.h ?? ''];
  };
  const lines = steps.map((event) => [
    ...[...placed(event.stage), event.step, event.stageStep, event.loss, ...(validation.get(`${event.stage} ${event.step}`) ?? ['', ''])],
    ...[event.learningRate, event.gradientNorm, event.tokens, event.flops, event.seconds, new Date(event.time).toISOString()],
  ]);
  const trained = new Set(steps.map(({ stage }) => stage));
  const apart = evaluations
    .filter(({ stage }) => !trained.has(stage))
    .map(({ stage, step, loss, trainingFlops, seconds, time }) => [
      ...[...placed(stage), step, '', '', ...inBoth(loss)],
      ...['', '', '', trainingFlops, seconds, new Date(time).toISOString()],
    ]);
  const inOrder = [...lines, ...apart].sort(([a], [b]) => Number(a) - Number(b));
  return [HEAD, ...inOrder].map((cells) => `${cells.map((cell) => quoted(String(cell))).join(',')}\r\n`).join('');
};
