/** A stage that evaluates: what it says, what it leaves alone, and that a run may be ended within it. What every run must hold: `run-laws.ts`. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createReference } from '../../backends/reference/index.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { finalLoss, traceOf } from '../../src/report/comparison/run-trace.js';
import { recordEvents } from '../../src/report/run/run-record.js';
import { onDisk } from '../../src/runner/folder/disk-folder.js';
import { resume } from '../../src/runner/resume.js';
import type { Schedule } from '../../src/schedule/schedule.js';
import { runCsv } from '../../src/store/csv.js';
import { hastyDisk, inTemporaryFolder, type RunWithEvents, right, runWithEvents } from './harness.js';
import { leftBehind } from './left-behind.js';
import { VOCABULARY } from './pipelines.js';
import { stagesOf, tinySetup } from './tiny-setup.js';

const scheduleOf = (text: string): Schedule => ({ version: 1, setup: tinySetup, stages: stagesOf(text) });

/** The losses that its evaluations gave, by the stages that they were in. */
const lossesOf = ({ events }: RunWithEvents): readonly (readonly [stage: number, loss: number])[] =>
  events.flatMap((event) => (event.kind === 'evaluated' ? [[event.stage, event.loss] as const] : []));

describe('a stage that evaluates', () => {
  const backend = createReference();
  const ran = (text: string, folder: string): Promise<RunWithEvents> => runWithEvents(scheduleOf(text), { backend, folder });

  it('says what training says of the same network, and what the end of a run says of another one', () =>
    inTemporaryFolder(async (folder) => {
      const looked = lossesOf(await ran('evaluate >> train(3) >> evaluate >> restrict(average(2)) >> evaluate >> prolongate', folder));
      assert.deepEqual(
        looked.map(([stage]) => stage),
        [0, 1, 2, 4, 5],
      );
      const [first, trained, again, coarse, end] = looked.map(([, loss]) => loss);
      assert.equal(again, trained);
      assert.ok(first !== trained && coarse !== trained && end !== coarse);
    }));

  it('changes nothing: the same steps, and the same model', () =>
    inTemporaryFolder(async (folder) => {
      const text = 'train(2) >> restrict(even) >> LOOK train(2) >> prolongate >> LOOK ( train(2) | LOOK train(1) ) >> LOOK train(1)';
      const losses = async (name: string, look: string): Promise<readonly number[]> => {
        const { events } = await ran(text.replaceAll('LOOK', look), join(folder, name));
        return events.flatMap((event) => (event.kind === 'step' ? [event.loss, event.learningRate] : []));
      };
      assert.deepEqual(await losses('with', 'evaluate >>'), await losses('without', ''));
      assert.deepEqual(leftBehind(join(folder, 'with')).model, leftBehind(join(folder, 'without')).model);
    }));

  it('as the last one gives the figure of the run, and is not followed by another evaluation', () =>
    inTemporaryFolder(async (folder) => {
      const found = await ran('restrict(even) >> train(2) >> prolongate >> evaluate', folder);
      assert.deepEqual(
        lossesOf(found).map(([stage]) => stage),
        [1, 3],
      );
      const [, [, loss = Number.NaN] = []] = lossesOf(found);
      assert.equal(right(found.result).model?.validationLoss, loss);
      const trace = traceOf(right(recordEvents(found.events)));
      assert.deepEqual([trace.trained, finalLoss(trace, 'validation'), finalLoss(trace, 'training')], [false, loss, Number.NaN]);
    }));

  it('has a line of its own among those of the steps', () =>
    inTemporaryFolder(async (folder) => {
      const { events } = await ran('evaluate >> train(1) >> restrict(even) >> evaluate >> train(1) >> prolongate', folder);
      const lines = runCsv(right(recordEvents(events)))
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(','));
      assert.deepEqual(
        lines.slice(1).map(([stage, op, level, , , step, stageStep]) => [stage, op, level, step, stageStep].join(' ')),
        ['1 evaluate 0 0 ', '2 train(1) 0 1 1', '4 evaluate 1 1 ', '5 train(1) 1 2 1', '6 prolongate 0 2 '],
      );
    }));

  it('ended within and after each of them, a run continues to the same bits', () =>
    inTemporaryFolder(async (folder) => {
      const schedule = scheduleOf(
        'evaluate >> train(1) >> restrict(even) >> evaluate >> train(1) >> prolongate >> ( train(1) | evaluate >> train(1) )',
      );
      const { events } = await runWithEvents(schedule, { backend, folder: join(folder, 'unbroken') });
      const unbroken = leftBehind(join(folder, 'unbroken'));
      const looks = events.flatMap((event, index) =>
        event.kind === 'evaluated' && events[index - 1]?.kind === 'stage-started' ? [index] : [],
      );
      assert.equal(looks.length, 3);
      for (const [stop, kind] of looks.flatMap((look) => [[look - 1, 'evaluate'] as const, [look, 'train'] as const])) {
        const broken = join(folder, `broken-${stop}`);
        const controller = new AbortController();
        let heard = 0;
        const listener = (): void => {
          if (heard++ === stop) controller.abort();
        };
        const stopped = await runWithEvents(schedule, { backend, folder: broken, listener, signal: controller.signal });
        const { outcome, stages } = right(stopped.result);
        // A step that has been reached is taken, and the last one ends the run.
        if (stop === looks.at(-1)) assert.equal(outcome.kind, 'finished');
        else {
          assert.deepEqual([outcome.kind, stages.at(-1)?.kind], ['interrupted', kind]);
          right(await resume(tokensDataset(VOCABULARY), { backend, folder: onDisk(broken, hastyDisk), listeners: [] })());
        }
        assert.deepEqual(leftBehind(broken), unbroken, `ended at event ${stop}`);
      }
      assert.equal(backend.memory().held, 0);
    })).timeout(60_000);
});
