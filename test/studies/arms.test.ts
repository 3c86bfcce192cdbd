/** The studies as data: every arm is a schedule, and arms that are said to cost the same do, on the backend of the studies. */
import assert from 'node:assert/strict';
import { createOnnxCpu } from '../../backends/onnx/index.js';
import { armSchedule, type Costing } from '../../pipelines/studies/arm-schedule.js';
import { studies } from '../../pipelines/studies/studies.js';
import { orThrow, plan, type Schedule, tokensDataset } from '../../src/index.js';

describe("the studies' arms", () => {
  let costing: Costing;
  before(async () => {
    costing = { data: tokensDataset(16), backend: orThrow(await createOnnxCpu()) };
  });

  const flops = (schedule: Schedule): number => orThrow(plan(schedule, costing.data, { backend: costing.backend })).total.matmul;

  for (const [name, { setting, arms }] of studies) {
    it(`are schedules of their own names and lengths: ${name}`, () => {
      assert.equal(new Set(arms.map((arm) => arm.name)).size, arms.length);
      for (const arm of arms) assert.ok(flops(orThrow(armSchedule(setting, arm, 1, costing))) > 0, arm.name);
    });

    it(`cost what they are said to cost, to half a step: ${name}`, () => {
      for (const arm of arms) {
        if (typeof arm.stages === 'string') continue;
        const reference = { name: 'reference', layers: setting.fineLayers, stages: arm.stages.equal };
        const step = flops(orThrow(armSchedule(setting, { ...arm, stages: 'train(1)' }, 1, costing)));
        const difference =
          flops(orThrow(armSchedule(setting, arm, 1, costing))) - flops(orThrow(armSchedule(setting, reference, 1, costing)));
        assert.ok(Math.abs(difference) <= step / 2 + 1, `${arm.name}: ${difference} FLOPs apart`);
      }
    });
  }

  it('share the fine budget between levels to a part in a hundred: share', () => {
    const { setting, arms } = studies.get('share') ?? assert.fail('share');
    const fine = { name: 'fine', layers: setting.fineLayers, stages: 'train(7500)' };
    const budget = flops(orThrow(armSchedule(setting, fine, 1, costing)));
    for (const arm of arms) {
      const own = flops(orThrow(armSchedule(setting, arm, 1, costing)));
      assert.ok(Math.abs(own / budget - 1) < 0.01, `${arm.name}: ${own / budget}`);
    }
  });
});
