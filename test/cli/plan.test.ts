/** `vcycle plan`: the table for people, the numbers for programs. */
import assert from 'node:assert/strict';
import { CORPUS, inFolder, TINY, vcycle, withMemory } from './vcycle.js';

const ISSUE = ['--layers', '8', '--width', '128', '--heads', '4', '--context', '64', '--vocabulary', '65', '--batch', '12'] as const;
const STAGES = 'restrict(even) >> train(10) >> prolongate >> train(5)';

const planOf = async (args: readonly string[], cwd?: string) => {
  const ended = await vcycle(['plan', '--json', ...args], cwd === undefined ? {} : { cwd });
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(ended.stderr, '');
  return JSON.parse(ended.stdout);
};

describe('plan', () => {
  it('says what each stage does and costs', async () => {
    const plan = await planOf([...ISSUE, STAGES]);
    const places = plan.stages.map(({ index, op, level, layers, h, steps, tokens }: Record<string, unknown>) => [
      index,
      op,
      level,
      layers,
      h,
      steps,
      tokens,
    ]);
    assert.deepEqual(places, [
      [0, 'restrict(even)', 1, 4, 2, 0, 0],
      [1, 'train(10)', 1, 4, 2, 10, 7680],
      [2, 'prolongate', 0, 8, 1, 0, 0],
      [3, 'train(5)', 0, 8, 1, 5, 3840],
    ]);
  });

  it('is additive: steps times FLOPs a step, summed over stages, is the total', async () => {
    const plan = await planOf([...ISSUE, STAGES]);
    let total = 0;
    for (const { steps, flopsPerStep, flops } of plan.stages) {
      assert.equal(flops, steps * flopsPerStep);
      total += flops;
    }
    assert.equal(plan.total, total);
    assert.ok(total > 0);
    const [, coarse, , fine] = plan.stages;
    assert.equal(plan.allFine, 15 * fine.flopsPerStep);
    assert.equal(plan.saving, 1 - total / plan.allFine);
    assert.ok(coarse.flopsPerStep > fine.flopsPerStep / 2 && coarse.flopsPerStep < fine.flopsPerStep);
  });

  it('costs as much whatever backend it is for', async () => {
    const onnx = await planOf([...ISSUE, STAGES]);
    const counted = await planOf([...ISSUE, '--backend', 'null', STAGES]);
    assert.equal(counted.total, onnx.total);
  });

  it('finds the vocabulary in the data', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const symbols = new Set(CORPUS).size;
      const fromData = await planOf([...TINY, '--data', 'corpus.txt', 'train(3)'], cwd);
      const given = await planOf([...TINY, '--vocabulary', String(symbols), 'train(3)'], cwd);
      assert.equal(fromData.total, given.total);
    });
  });

  it('counts less without biases, and no matrix products less', async () => {
    const biased = await planOf([...ISSUE, 'train(1)']);
    const bare = await planOf([...ISSUE, '--no-bias', 'train(1)']);
    assert.equal(bare.total, biased.total);
    assert.ok(bare.elementwise < biased.elementwise);
    assert.ok(bare.parameters < biased.parameters);
  });

  it('counts what is published for GPT-2, and lays it beside the conventions of others', async () => {
    const gpt2 = ['--layers', '12', '--width', '768', '--heads', '12', '--context', '1024', '--vocabulary', '50257', '--batch', '1'];
    const plan = await planOf([...gpt2, '--no-bias', '--backend', 'null', 'train(2)']);
    assert.equal(plan.parameters, 124_337_664);
    assert.equal(plan.stages[0].flopsPerStep, 874_944_921_600);
    assert.equal(plan.conventions.nanogpt.training, 875_062_886_400);
    assert.equal(plan.conventions.nanogpt.total, 2 * 875_062_886_400);
    assert.equal(plan.conventions.flopCounterMode.forward, 291_648_307_200);
    assert.deepEqual(Object.keys(plan.conventions), ['nanogpt', 'chinchilla', 'kaplan', 'flopCounterMode']);
  });

  it('says how much memory a step takes, and what to lower where the machine has less', async () => {
    const { stepBytes, stateBytes } = await planOf([...ISSUE, STAGES]);
    // Two sets of parameters and moments, and activations besides.
    assert.ok(stepBytes > 2 * stateBytes, `${stepBytes} bytes, of which ${stateBytes} of state`);
    assert.equal((await planOf([...ISSUE.slice(0, -1), '24', STAGES])).stepBytes > stepBytes, true);
    const enough = await vcycle(['plan', ...ISSUE, STAGES]);
    assert.match(
      enough.stdout,
      /^A training step holds about \d+(\.\d+)? MiB of parameters, moments and\s+activations, for\s+which the\s+process takes about \d+ MiB\.$/m,
    );
    const little = await vcycle(['plan', ...ISSUE, STAGES], { env: withMemory(2 ** 20) });
    assert.equal(little.code, 0, little.stderr);
    assert.match(
      little.stdout.replaceAll('\n', ' '),
      / takes about \d+ MiB, and this machine has 1\.00 MiB: lower the batch, the context, the width or the layers, or let a plan name the settings that fit\. /,
    );
    const counted = await vcycle(['plan', ...ISSUE, '--backend', 'null', STAGES], { env: withMemory(2 ** 20) });
    assert.doesNotMatch(counted.stdout, /this machine has/, 'null holds no values');
  });

  it('names the settings that fit into a memory, or says that none do', async () => {
    const sizes = ['--layers', '8', '--width', '64', '--heads', '4', '--context', '64', '--vocabulary', '65', '--batch', '16'];
    const asked = async (memory: string, ...more: readonly string[]) => vcycle(['plan', ...sizes, '--memory', memory, ...more]);
    const all = JSON.parse((await asked('1TB', '--json', 'train(4)')).stdout);
    const key = ({ accumulate, recompute }: { accumulate: number; recompute: string | null }): string => `${accumulate} ${recompute}`;
    const ways = [null, 'activations', 'layers'];
    assert.deepEqual(
      all.map(key),
      ways.flatMap((way) => [1, 2, 4].map((accumulate) => `${accumulate} ${way}`)),
    );
    const [plain, , , , , , recomputed] = all;
    assert.ok(recomputed.processBytes < plain.processBytes && recomputed.flops > plain.flops);
    assert.equal(plain.processBytes, (await planOf([...sizes, 'train(4)'])).processBytes);
    assert.equal(recomputed.processBytes, (await planOf([...sizes, '--recompute', 'layers', 'train(4)'])).processBytes);

    const between = `${Math.ceil((plain.processBytes + recomputed.processBytes) / 2000)}kB`;
    const fewer = JSON.parse((await asked(between, '--json', 'train(4)')).stdout);
    assert.ok(fewer.every(({ processBytes }: { processBytes: number }) => processBytes <= Number.parseInt(between, 10) * 1000));
    assert.ok(!fewer.map(key).includes('1 null') && fewer.map(key).includes('1 layers'), fewer.map(key).join());
    const { stdout } = await asked(between, 'train(4)');
    assert.match(stdout, /^ +1 layers +\d+ MiB 1\.\d+× recompute: 'layers'$/m);
    assert.match(stdout, /\. More microbatches fit as well, and\s+so does a larger batch/);
    const single = await vcycle(['plan', ...sizes.slice(0, -1), '1', '--memory', '1TB', 'train(4)']);
    assert.match(single.stdout, /, with a batch of 1\. A larger batch fits as well, in\s+microbatches of the same size\./);

    for (const [args, says] of [
      [['1MB', 'train(4)'], /nothing fits into 977 KiB: a step takes \d+ MiB at least \(.*accumulate: 16\); lower the context/],
      [['2', 'train(4)'], /'--memory <size>' argument '2' is invalid\. It must be a size above 0 with its unit, such as 2GB or 512MiB\./],
      [['2GB', 'train(4)', 'train(5)'], /--memory goes with one pipeline \(was 2\)/],
      [
        ['2GB', 'restrict(even) >> prolongate'],
        /nothing is trained, so there is nothing to fit into 1\.86 GiB; plan something that trains/,
      ],
    ] as const) {
      const [memory, ...pipelines] = args;
      const refused = await asked(memory, ...pipelines);
      assert.equal(refused.code, 2);
      assert.match(refused.stderr, says);
    }
  });

  it('gives programs all that the table shows: the fewest steps, the tries of a line search, the learning rate', async () => {
    const open = [
      'restrict(average(2)) >> train(until.plateau(on: training(5), patience: 3, atMost: 40))',
      'prolongate(correction: 1, lineSearch: 4) >> train(5)',
    ].join(' >> ');
    const { stdout } = await vcycle(['plan', ...ISSUE, open]);
    const { stages, least, learningRate, clock, memory, model, ...plan } = await planOf([...ISSUE, open]);
    const [, coarse, way, fine] = stages;
    const [, fewest, all] =
      stdout
        .match(/^or fewer, from .*$/gm)
        ?.map((row) => row.split(/ +/)[3])
        .toSpliced(0, 0, '') ?? [];
    assert.deepEqual([String(coarse.least.steps), String(least.steps)], [fewest, all]);
    assert.deepEqual([coarse.steps, coarse.least.steps, fine.steps, fine.least.steps], [40, 8, 5, 5]);
    assert.deepEqual(coarse.least, { steps: 8, tokens: coarse.tokens / 5, flops: 8 * coarse.flopsPerStep, evaluations: 1 });
    assert.equal(least.training, coarse.least.flops + fine.flops);
    assert.equal(least.tokens, coarse.least.tokens + fine.tokens);

    assert.equal(way.flopsByTries.length, 4);
    assert.deepEqual([way.least.flops, way.flops], [way.flopsByTries[0], way.flopsByTries[3]]);
    assert.equal(least.transfer, stages[0].flops + way.least.flops);
    const searches = /Line searches \(1\) take from ([\d.]+)\s([GM])FLOP to/.exec(stdout) ?? assert.fail(stdout);
    assert.equal((way.flopsByTries[0] / (searches[2] === 'G' ? 1e9 : 1e6)).toPrecision(3), searches[1]);

    assert.deepEqual(learningRate, { kind: 'cosine', peak: 0.001, floor: 0.0001, warmup: 100, clock: 'global' });
    assert.deepEqual([clock, plan.steps, model.layers, model.vocabulary], [45, 45, 8, 65]);
    assert.ok(memory > plan.stepBytes);
  });

  it('says which warm-up the steps are too few for, to people and to programs, beside each other too', async () => {
    const line = 'Warm-up takes 100 steps and the run has 10: the learning rate gets to 9.9% of its peak.';
    const short = [...TINY, '--vocabulary', '11', 'train(10)'];
    assert.deepEqual((await planOf(short)).cutShort, [{ part: 'warm-up', steps: 10, of: 100, reached: 10 / 101, times: 1 }]);
    const shown = async (...more: readonly string[]) => (await vcycle(['plan', ...short, ...more])).stdout.replace(/\n(?!\n)/g, ' ');
    assert.ok((await shown()).includes(line));
    assert.ok((await shown('train(400)')).includes(`(1): ${line}`));
    assert.ok(!(await shown('--warmup', '9')).includes('Warm-up takes'));
  });

  it('is a table of 80 columns for people', async () => {
    const { code, stdout, stderr } = await vcycle(['plan', ...ISSUE, STAGES]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^restrict\(even\) +1 +4 +2 /m);
    assert.match(stdout, /^train\(10\) +1 +4 +2 +10 +7\.68k /m);
    assert.match(stdout, /^Saving: \d+\.\d% /m);
    assert.match(stdout, /^Learning rate: cosine 0\.001 to 0\.0001, warm-up 100, global clock\.$/m);
    const rewarmed = await vcycle(['plan', ...ISSUE, '--rewarm', '20', '--learning-rate-shape', 'constant', STAGES]);
    assert.match(rewarmed.stdout, /^Learning rate: constant 0\.001, warm-up 0, re-warm-up 20 after a transfer, global\nclock\.$/m);
    for (const line of stdout.split('\n').filter((row) => /^(stage|restrict|train|prolong|─)/.test(row)))
      assert.ok(line.length <= 80, line);
  });
});
