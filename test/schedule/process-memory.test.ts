/** What a process takes that trains: each program once, for as long as it runs, and state with its copies, that which waits included. */
import assert from 'node:assert/strict';
import { onnxCpuCapabilities } from '../../backends/onnx/cpu-capabilities.js';
import { planSchedule } from '../../src/plan/plan-schedule.js';
import { type ProcessPart, processBytesOf } from '../../src/plan/process-memory.js';
import { stagesOf, tinySetup } from '../runner/tiny-setup.js';
import { rightOf } from './results.js';

const overhead = { process: 1000, state: 2, step: 3, evaluation: 5 };
const fine: ProcessPart = { overhead, state: 100, step: 10, evaluation: 7, evaluationKey: 'fine' };
const coarse: ProcessPart = { overhead, state: 50, step: 4, evaluation: 2, evaluationKey: 'coarse' };

describe('the memory of a process that trains', () => {
  it('has each program once, and the most state', () => {
    assert.equal(processBytesOf([]), undefined);
    const one = 1000 + 2 * 100 + 3 * 10 + 5 * 7;
    assert.equal(processBytesOf([{ part: fine, waiting: 0 }]), one);
    assert.equal(
      processBytesOf([
        { part: fine, waiting: 0 },
        { part: fine, waiting: 8 },
      ]),
      one + 2 * 8,
    );
    assert.equal(
      processBytesOf([
        { part: coarse, waiting: 60 },
        { part: fine, waiting: 0 },
      ]),
      one + 2 * 10 + 3 * 4 + 5 * 2,
    );
    // Another batch: another step, and the same evaluation.
    assert.equal(
      processBytesOf([
        { part: fine, waiting: 0 },
        { part: { ...fine, step: 6 }, waiting: 0 },
      ]),
      one + 3 * 6,
    );
  });

  it('is more for each other level and batch that trains, and not for those that train again', () => {
    const bytesOf = (stages: string): number => {
      const schedule = { version: 1, setup: tinySetup, stages: stagesOf(stages) } as const;
      const planned = rightOf(planSchedule(schedule, { vocabulary: 5, capabilities: onnxCpuCapabilities(1) }));
      return planned.processBytes ?? assert.fail();
    };
    const plain = bytesOf('train(2)');
    assert.equal(bytesOf('train(2) >> train(3)'), plain);
    assert.ok(bytesOf('train(2) >> train(3, batch: 6)') > bytesOf('train(3, batch: 6)'));
    const twoLevels = bytesOf('restrict(even) >> train(2) >> prolongate >> train(2)');
    assert.ok(twoLevels > plain);
    assert.equal(
      bytesOf('repeat(3, restrict(even) >> train(2) >> prolongate >> train(2))'),
      bytesOf('restrict(even) >> train(2) >> prolongate >> train(2) >> restrict(even) >> train(2) >> prolongate >> train(2)'),
    );
    assert.ok(bytesOf('replicas(3, every: 1, train(2))') > plain);
  });
});
