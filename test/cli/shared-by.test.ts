/** Ranks that cannot share what a schedule does are refused before any of them starts: a slip of the finger must not start thousands of PyTorches. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import { trainAndReport } from '../../src/cli/run/run-report.js';
import { tokensDataset } from '../../src/data/dataset.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { right } from '../runner/harness.js';
import { VOCABULARY } from '../runner/pipelines.js';
import { stagesOf, tinySetup } from '../runner/tiny-setup.js';

const refused = async (stages: string, choice: { readonly ranks?: number; readonly branches?: 'parallel' }): Promise<string> => {
  const schedule = right(verify({ version: 1, setup: tinySetup, stages: stagesOf(stages) }));
  const options = { backend: 'torch-cpu', allowCpu: false, json: true, ...choice };
  const trained = await trainAndReport({ schedule, dataset: tokensDataset(VOCABULARY) }, options, () => assert.fail('it began'))();
  assert.ok(E.isLeft(trained) && trained.left.kind === 'input');
  return trained.left.message;
};

describe('ranks that do not fit a schedule', () => {
  const python = process.env.VCYCLE_PYTHON;
  before(() => {
    // Whatever starts a process says so in another sentence.
    process.env.VCYCLE_PYTHON = '/no/such/python';
  });
  after(() => {
    if (python === undefined) delete process.env.VCYCLE_PYTHON;
    else process.env.VCYCLE_PYTHON = python;
  });

  it('are refused before one of them starts', async () => {
    assert.match(await refused('train(1)', { ranks: 3000 }), /^the number of ranks must divide the batch 2 \(was 3000\)/);
    assert.match(
      await refused('train(1) >> train(1, batch: 3)', { ranks: 2 }),
      /^stage 2, train\(1, batch: 3\): the number of ranks must divide the batch 3/,
    );
    const arms = '( train(1) | train(1) | train(1) )';
    assert.match(await refused(arms, { ranks: 2, branches: 'parallel' }), /the 3 arms of a branch share the ranks/);
    assert.match(await refused('train(1)', { branches: 'parallel' }), /no branch of this pipeline has/);
    assert.match(await refused('train(1)', { ranks: 2 }), /\/no\/such\/python/);
  });
});
