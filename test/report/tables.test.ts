/** The plan's table and the run's: rows, totals, the saving, and that they fit a terminal. */
import assert from 'node:assert/strict';
import { type Plan, plan } from '../../src/plan/plan.js';
import type { Flops } from '../../src/program/types/flops.js';
import { planTable } from '../../src/report/plan/plan-table.js';
import { runFigures } from '../../src/report/run/run-sheet.js';
import { runTable } from '../../src/report/run/run-table.js';
import { type RunLine, runsSheet } from '../../src/report/run/runs-sheet.js';
import { renderSheet } from '../../src/report/table/table.js';
import type { StageRecord } from '../../src/runner/events/events.js';
import type { Schedule } from '../../src/schedule/schedule.js';

const schedule: Schedule = {
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 8, heads: 4, width: 128, context: 64, bias: true },
    data: { kind: 'tokens', vocabulary: 65 },
    optimizer: {
      kind: 'sgd',
      momentum: 0.9,
      clip: 0,
      weightDecay: 0,
      learningRate: { kind: 'constant', peak: 0.1, warmup: 0, clock: 'global' },
    },
    batch: 12,
    seed: 1,
    evaluation: { every: 250, batches: 20 },
  },
  stages: [
    { kind: 'restrict', operator: { kind: 'every', factor: 2, offset: 0 }, h: 'scale', moments: 'carry', counters: 'carry' },
    { kind: 'train', steps: 1760 },
    { kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry', counters: 'carry' },
    { kind: 'train', steps: 240 },
  ],
};

/** A layer costs a TFLOP a step, the rest nothing. */
const flops = (matmul: number): Flops => ({ matmul, softmax: matmul / 1000, elementwise: matmul / 100 });
const planned: Plan = plan(schedule, {
  step: ({ layers }) => flops(layers * 1e12),
  evaluation: ({ layers }) => flops(layers * 1e13),
  transfer: () => flops(0),
});

const recordsOf = (ranOf: (steps: number) => number = (steps) => steps): readonly StageRecord[] =>
  planned.stages.map((stage): StageRecord => {
    const stepsRun = ranOf(stage.steps);
    const counted = flops(stepsRun * stage.flopsPerStep.matmul);
    return {
      ...stage,
      stepsRun,
      tokens: stepsRun * 768,
      planned: stage.flops,
      counted,
      seconds: stepsRun * 0.0321,
      ...(stage.kind === 'train' ? { trainingLoss: 1.9123, validationLoss: 1.9876 } : {}),
    };
  });

const cells = (text: string, start: string): readonly string[] => {
  const line = text.split('\n').find((candidate) => candidate.startsWith(start));
  assert.ok(line !== undefined, `no row "${start}" in\n${text}`);
  return line.slice(start.length).trim().split(/\s+/);
};

describe("a plan's table", () => {
  const text = planTable(planned);

  it('has a row a stage, evaluations and transfers in rows of their own, and the saving', () => {
    assert.deepEqual(cells(text, 'restrict(even)'), ['1', '4', '2', '0']);
    assert.deepEqual(cells(text, 'train(1760)'), ['1', '4', '2', '1760', '1.35M', '4.00T', '7.04P', '44.0%']);
    assert.deepEqual(cells(text, 'evaluation ×8'), ['1', '4', '320T']);
    assert.deepEqual(cells(text, 'training'), ['2000', '1.54M', '8.96P', '56.0%']);
    assert.deepEqual(cells(text, 'all fine'), ['2000', '1.54M', '16.0P', '100.0%']);
    assert.match(text, /^Saving: 44\.0% of the training FLOPs of 2000 steps on the finest level\.$/m);
  });

  it('fits 80 columns, sentences and all', () => {
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('says one step as one', () => {
    const single = plan(
      { ...schedule, stages: [{ kind: 'train', steps: 1 }] },
      { step: () => flops(1e12), evaluation: () => flops(0), transfer: () => flops(0) },
    );
    assert.match(planTable(single), /training FLOPs of 1 step on/);
  });

  it('of very many stages shows the first and the last', () => {
    const many = plan(
      { ...schedule, stages: [{ kind: 'repeat', times: 5000, stages: schedule.stages }] },
      {
        step: ({ layers }) => flops(layers),
        evaluation: () => flops(0),
        transfer: () => flops(0),
      },
    );
    const lines = planTable(many).split('\n');
    assert.ok(lines.length < 230);
    assert.ok(lines.some((line) => /^… \d+ more rows/.test(line)));
  });
});

describe("a run's table", () => {
  const text = runTable(recordsOf(), planned);

  it('sets what was counted beside what was planned, with losses and seconds', () => {
    assert.deepEqual(cells(text, 'train(1760)'), ['1', '4', '2', '1760', '1.35M', '7.04P', '7.04P', '1.9123', '1.9876', '56.5']);
    assert.deepEqual(cells(text, 'training'), ['2000', '1.54M', '8.96P', '8.96P', '64.2']);
    assert.match(text, /^Saving: 44\.0% /m);
    assert.match(text.replaceAll('\n', ' '), /what was planned, to the last one/);
  });

  it('fits 80 columns, sentences and all', () => {
    for (const line of text.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('says what its losses are in bits per byte, where the run has a text and was evaluated', () => {
    const sentence = /Losses are nats per token\. .* in bits per byte of text: times 0\.3607 here, where a token is 4\.00 bytes\./;
    assert.match(runTable(recordsOf(), planned, 80, 4).replaceAll(/\s+/g, ' '), sentence);
    assert.doesNotMatch(text, /bits per byte/);
    const unseen = recordsOf().map(({ validationLoss, ...record }) => record);
    assert.doesNotMatch(runTable(unseen, planned, 80, 4), /bits per byte/);
  });

  it('fits 80 columns when the run diverged', () => {
    const diverged = recordsOf().map((record) =>
      record.trainingLoss === undefined ? record : { ...record, trainingLoss: 2.3607198811228784e33, validationLoss: Number.NaN },
    );
    const table = runTable(diverged, planned);
    assert.deepEqual(cells(table, 'train(1760)').slice(-3), ['2.36e+33', 'NaN', '56.5']);
    for (const line of table.split('\n')) assert.ok(line.length <= 80, line);
  });

  it('says so when one FLOP was counted that was not planned', () => {
    const records = recordsOf().map((record) =>
      record.index === 1 ? { ...record, counted: { ...record.counted, matmul: record.counted.matmul + 1 } } : record,
    );
    assert.equal(runFigures(records, planned).asPlanned, false);
    assert.match(runTable(records, planned), /differ from what was planned/);
  });

  it('compares a run that was stopped with as many fine steps as it ran', () => {
    const figures = runFigures(
      recordsOf((steps) => Math.min(steps, 100)),
      planned,
    );
    assert.equal(figures.steps, 200);
    assert.equal(figures.allFine, 200 * 8e12);
    assert.equal(figures.saving, 0.25);
    assert.deepEqual(
      cells(
        runTable(
          recordsOf((steps) => Math.min(steps, 100)),
          planned,
        ),
        'train(1760)',
      )[3],
      '100',
    );
  });
});

describe('a table of runs', () => {
  const line: RunLine = {
    ...{ folder: 'runs/a', arm: null, seed: null, status: 'running', pipeline: null, backend: null, step: 5, steps: 9 },
    ...{ precision: 'f32', compiled: 'no' },
    ...{ loss: 2, validation: 1.5, bitsPerByte: null, level: 0, flops: 1e9, bytes: 100 },
  };
  const heads = (runs: readonly RunLine[]): readonly string[] => runsSheet(runs).columns.map(({ head }) => head.join(' '));

  it('has bits per byte beside the validation loss, where a run has a text', () => {
    assert.ok(!heads([line]).includes('bits /byte'));
    const runs = [line, { ...line, bitsPerByte: 2.164 }];
    const at = heads(runs).indexOf('bits /byte');
    assert.equal(heads(runs)[at - 1], 'loss valid');
    assert.deepEqual(
      runsSheet(runs).rows.map((row) => [row[at - 1], row[at]]),
      [
        ['1.5000', ''],
        ['1.5000', '2.1640'],
      ],
    );
  });

  it('fits 80 columns with jobs of a comparison on texts', () => {
    const job = {
      ...line,
      folder: 'comparisons/c/jobs/f67d92deb2bd887a',
      arm: 'coarse-only',
      seed: 12,
      status: 'finished',
      step: 2000,
      steps: 2000,
    };
    const table = renderSheet(runsSheet([{ ...job, loss: 10.76, validation: 10.75, bitsPerByte: 3.64 }]));
    for (const row of table.split('\n')) assert.ok(row.length <= 80, row);
  });

  it('says how products were computed, where a run had them in bf16 or compiled', () => {
    const runs = [line, { ...line, precision: 'bf16' }, { ...line, compiled: 'yes' }, { ...line, precision: 'bf16', compiled: 'yes' }];
    const at = heads(runs).indexOf('status');
    assert.deepEqual(
      runsSheet(runs).rows.map((row) => row[at]),
      ['running', 'running\nbf16', 'running\ncompiled', 'running\nbf16\ncompiled'],
    );
  });

  it('says on which level a run on its way was evaluated, where one was on a coarse level', () => {
    assert.ok(!heads([line, { ...line, level: 1, validation: null }]).includes('on level'));
    const runs = [line, { ...line, level: 1 }, { ...line, level: 1, validation: null }];
    const at = heads(runs).indexOf('on level');
    assert.deepEqual(
      runsSheet(runs).rows.map((row) => [row[at - 1], row[at]]),
      [
        ['1.5000', '0'],
        ['1.5000', '1'],
        ['', ''],
      ],
    );
  });
});
