/**
 * Law 12: the figure that a run reports is that of the model it saved. Each saved model is evaluated again from its files, in float64, by a
 * forward pass that shares nothing with what trained it (`saved-loss.ts`).
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createReference } from '../../backends/reference/index.js';
import type { Backend } from '../../src/backend.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { compareEntrants } from '../../src/report/comparison/comparison.js';
import { finalLoss, traceOf } from '../../src/report/comparison/run-trace.js';
import { standingsSheet } from '../../src/report/comparison/sheets.js';
import { figureOfRecord } from '../../src/report/run/figure.js';
import { recordEvents } from '../../src/report/run/run-record.js';
import { layersCell } from '../../src/report/table/layers.js';
import type { RunEvent } from '../../src/runner/events/events.js';
import { MemoryFolder } from '../../src/runner/folder/memory-folder.js';
import { RUN_FILES } from '../../src/runner/folder/run-folder.js';
import { run } from '../../src/runner/run.js';
import type { RunSummary } from '../../src/runner/stage-machine.js';
import { gridOf } from '../../src/schedule/grid.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { type Visit, walk } from '../../src/schedule/walk/walk.js';
import { runCsv } from '../../src/store/csv.js';
import { assertClose } from '../program/on-reference.js';
import { onnxBackend, right, spyOn } from './harness.js';
import { smallSchedules, tinySchedules, VOCABULARY } from './pipelines.js';
import { savedLoss, savedModel } from './saved-loss.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const data = tokensDataset(VOCABULARY);

interface Left {
  readonly summary: RunSummary;
  readonly events: readonly RunEvent[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** @param stop aborts the run after that event. */
const left = async (schedule: Schedule, backend: Backend, stop: (event: RunEvent) => boolean = () => false): Promise<Left> => {
  const events: RunEvent[] = [];
  const folder = new MemoryFolder();
  const controller = new AbortController();
  const listener = (event: RunEvent): void => {
    events.push(event);
    if (stop(event)) controller.abort();
  };
  const summary = right(await run(schedule, data, { backend, folder, listeners: [listener], signal: controller.signal })());
  return { summary, events, files: folder.files };
};

const conditions = { seeds: [1], backend: 'reference', device: 'none', versions: {}, notes: [] };

/** Of a line of comma-separated values, whose quoted cells may hold commas. */
const cellsOf = (line: string): readonly string[] => line.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);

/** What the summary says of the model, and its loss where it says one, is what the files give. */
const assertFigure = ({ setup }: Schedule, { summary, events, files }: Left): void => {
  const { model: said = assert.fail('a model is saved') } = summary;
  const saved = savedModel(files);
  assert.deepEqual(
    // Layers that are applied several times are saved as as many layers.
    [said.level, said.layers * (said.loops ?? 1), said.heads, said.width, said.h],
    [0, saved.model.layers, saved.model.heads, saved.model.width, saved.h],
  );
  if (said.validationLoss !== undefined)
    assertClose([said.validationLoss], [savedLoss(saved, data, setup)], { relative: 1e-5, absolute: 0 }, 'the figure of the run');
  const written = JSON.parse(new TextDecoder().decode(files.get(RUN_FILES.summary)));
  assert.deepEqual(written.model, said);
  const ended = events.at(-1);
  assert.deepEqual(ended?.kind === 'run-ended' ? ended.model : undefined, said);
};

/** Whether it leaves the network as it is: by its kind, or as the beginning or end of a branch of one arm. */
const leavesIt = ({ stage }: Visit): boolean => stage.kind === 'evaluate' || ('arms' in stage && stage.arms === 1);

/** Of a run that finished it is told, and is its last evaluation. */
const assertOfFinished = (schedule: Schedule, found: Left): void => {
  const { summary, events } = found;
  assert.deepEqual(summary.outcome, { kind: 'finished' });
  assert.ok(summary.model?.validationLoss !== undefined, 'a finished run has a figure');
  assertFigure(schedule, found);
  const evaluations = events.filter((event) => event.kind === 'evaluated');
  assert.equal(evaluations.at(-1)?.loss, summary.model.validationLoss);
  assert.equal(summary.stages.findLast(({ validationLoss }) => validationLoss !== undefined)?.validationLoss, summary.model.validationLoss);
  // Whoever reads the events finds the same: reports, the page, comparisons, exports.
  const record = right(recordEvents(events));
  const { network, validation } = figureOfRecord(record) ?? assert.fail('the run has stages');
  assert.deepEqual([network, validation], [gridOf(summary.model), summary.model.validationLoss]);
  const trace = traceOf(record);
  assert.equal(finalLoss(trace, 'validation'), summary.model.validationLoss);
  const trained = record.steps.at(-1)?.stage;
  const lastTrained =
    trained !== undefined &&
    walk(schedule)
      .slice(trained + 1)
      .every(leavesIt);
  assert.equal(finalLoss(trace, 'training'), lastTrained ? trace.training.at(-1)?.loss : Number.NaN, 'of a network that never trained');
  const comparison = compareEntrants([{ name: 'it', role: 'pipeline', schedule, traces: [trace] }], [], conditions);
  const [destination] = comparison.standings;
  assert.deepEqual([destination?.network, destination?.validation.mean], [network, validation]);
  const [row] = standingsSheet(comparison).rows;
  assert.deepEqual([row?.[1], row?.[4] === '–'], [layersCell(network), !lastTrained]);
  const [head = [], ...lines] = runCsv(record).trimEnd().split('\r\n').map(cellsOf);
  const [layers, loss] = [head.indexOf('layers'), head.indexOf('validation_loss')];
  const told = lines.findLast((cells) => cells[loss] !== '');
  assert.deepEqual([told?.[layers], told?.[loss]], [String(network.layers), String(validation)]);
  // Once: no network is evaluated twice in the same state.
  const at = evaluations.map(({ stage, step }) => `${stage} ${step}`);
  assert.equal(new Set(at).size, at.length);
};

/** How a pipeline ends. */
const endOf = (schedule: Schedule): string => {
  const visits = walk(schedule);
  if (!visits.some(({ stage }) => stage.kind === 'train')) return 'nothing trained';
  const { stage } = visits.at(-1) ?? assert.fail();
  return stage.kind === 'merge' && stage.arms === 1 ? 'merge of one arm' : stage.kind;
};

describe('the figure of a run (law 12)', function () {
  this.timeout(120_000);

  it('is that of the model it saved, whatever the pipeline, in float64', async () => {
    const backend = createReference();
    await fc.assert(
      fc.asyncProperty(tinySchedules, async (schedule) => assertOfFinished(schedule, await left(schedule, backend))),
      { numRuns: 80 },
    );
  });

  it('which end in every way', () => {
    const seen = new Set(fc.sample(tinySchedules, { numRuns: 1000, seed: 1 }).map(endOf));
    assert.deepEqual([...seen].sort(), ['evaluate', 'grow', 'merge', 'merge of one arm', 'nothing trained', 'prolongate', 'train']);
  });

  it('the same on onnx-cpu', async () => {
    const backend = await onnxBackend();
    await fc.assert(
      fc.asyncProperty(smallSchedules, async (schedule) => assertOfFinished(schedule, await left(schedule, backend))),
      { numRuns: 4 },
    );
    right(await backend.close()());
  });

  it('of one that its backend ends anywhere, is that of the model it saved or is not told', async () => {
    const reference = createReference();
    let told = 0;
    await fc.assert(
      fc.asyncProperty(tinySchedules, fc.nat(30), async (schedule, at) => {
        const { backend } = spyOn(reference, (execution) => (execution === at ? 'the device was lost' : undefined));
        const found = await left(schedule, backend);
        assertFigure(schedule, found);
        if (found.summary.outcome.kind === 'failed' && found.summary.model?.validationLoss !== undefined) told += 1;
      }),
      { numRuns: 80 },
    );
    assert.ok(told > 0, 'some ended right after an evaluation');
  });

  it('stopped at any step, is that of the model it saved or is not told', async () => {
    const backend = createReference();
    await fc.assert(
      fc.asyncProperty(tinySchedules, fc.nat(11), async (schedule, at) => {
        const found = await left(schedule, backend, (event) => event.kind === 'step' && event.step === at + 1);
        assertFigure(schedule, found);
      }),
      { numRuns: 30 },
    );
  });

  for (const [text, layers, evaluations] of [
    ['train(3)', 4, 1],
    ['( train(3) )', 4, 1],
    ['( ( train(3) ) )', 4, 1],
    ['repeat(2, train(2))', 4, 2],
    ['train(3, only: [0])', 4, 1],
    ['train(until.plateau(on: training(1), patience: 1, minDelta: 10, atMost: 9))', 4, 1],
    ['train(until.plateau(on: training(1), patience: 1, minDelta: 10, atMost: 9)) >> grow(last(1))', 5, 2],
    ['train(3) >> grow(stack(2))', 8, 2],
    ['train(3) >> grow(zero(2), h: keep)', 8, 2],
    ['train(3) >> restrict(average(2)) >> prolongate', 4, 2],
    ['train(3) >> restrict(even) >> prolongate', 4, 2],
    ['restrict(even) >> train(3) >> prolongate(correction: 0.5, moments: reset)', 4, 2],
    ['train(1) >> restrict(even) >> train(2) >> prolongate(correction: 1, lineSearch: 2)', 4, 3],
    ['( train(2) | restrict(even) >> train(2) >> prolongate )', 4, 3],
    ['( restrict(even) >> train(2) >> prolongate )', 4, 2],
    ['( restrict(even) >> train(2) >> prolongate | restrict(odd) >> train(2) >> prolongate, shared: last )', 4, 3],
    ['vCycle(levels: 3, operator: even, pre: 2, coarse: 2)', 4, 4],
    ['restrict(average(2)) >> prolongate', 4, 1],
    ['grow(stack(2)) >> grow(stack(2), h: keep)', 16, 1],
  ] as const)
    it(`of ${text}: ${layers} layers, after ${evaluations} evaluations`, async () => {
      const schedule: Schedule = { version: 1, setup: tinySetup, stages: stagesOf(text) };
      const found = await left(schedule, createReference());
      assertOfFinished(schedule, found);
      assert.equal(found.summary.model?.layers, layers);
      assert.equal(found.events.filter(({ kind }) => kind === 'evaluated').length, evaluations);
      const { plan, stages } = found.summary;
      assert.deepEqual(
        plan.stages.map((stage) => [stage.least.evaluations, stage.evaluations, stage.evaluationFlops]),
        stages.map((record) => [record.evaluations, record.evaluations, record.evaluationFlops]),
        'planned is counted',
      );
    });
});
