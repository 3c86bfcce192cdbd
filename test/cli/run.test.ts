/** `vcycle run` and `vcycle sample`, from text to text, on a model so small that it takes a second. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { CORPUS, inFolder, TINY, vcycle, withMemory } from './vcycle.js';

const RUN = ['run', ...TINY, '--data', 'corpus.txt', '--evaluate-every', '10', '--evaluation-batches', '2', '--warmup', '5'] as const;
const STAGES = 'restrict(even) >> train(12) >> prolongate >> train(8)';

/** Waits until `ready` holds, for at most a minute. */
const until = async (ready: () => Promise<boolean>): Promise<void> => {
  const end = Date.now() + 60_000;
  while (!(await ready())) {
    assert.ok(Date.now() < end, 'waited a minute for nothing');
    await pause(50);
  }
};

describe('run', () => {
  it('trains, and gives a table, a saving, a folder, two pictures and a paragraph', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const { code, stdout, stderr } = await vcycle([...RUN, STAGES], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^train\(12\) +1 +1 +2 +12 +768 +\S+ +\S+ +\d\.\d{4} +\d\.\d{4} +\d/m);
      assert.match(stdout, /^train\(8\) +0 +2 +1 +8 +512 /m);
      assert.match(stdout, /^evaluation ×2 +1 +1 /m);
      assert.match(stdout, /^Saving: \d+\.\d% of the training FLOPs of 20 steps/m);
      assert.match(stdout, /what was planned, to the last one/);
      assert.match(stderr, /20\/20 {2}train\(8\) {2}level 0 {2}loss \d/);
      const [, folder = ''] = /^run folder +(.*)$/m.exec(stdout) ?? [];
      assert.match(folder, /^runs\/pipeline-\d{8}-\d{6}$/);
      const held = await readdir(join(cwd, folder));
      for (const name of ['schedule.json', 'events.jsonl', 'summary.json', 'model', 'loss-vs-steps.svg', 'loss-vs-flops.svg']) {
        assert.ok(held.includes(name), `${name} is missing among ${held.join(', ')}`);
      }
      const [, paragraph = ''] = stdout.split('A sample:');
      assert.ok(paragraph.trim().length > 20, paragraph);
      for (const letter of paragraph.trim()) assert.ok(CORPUS.includes(letter), `"${letter}" is not of the corpus`);
    });
  });

  it('counts the FLOPs that it planned, exactly, and prints data alone with --json', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const ran = await vcycle([...RUN, '--json', '--out', 'here', STAGES], { cwd });
      assert.equal(ran.code, 0, ran.stderr);
      const summary = JSON.parse(ran.stdout);
      const planned = JSON.parse((await vcycle(['plan', '--json', ...RUN.slice(1), STAGES], { cwd })).stdout);
      assert.equal(summary.outcome.kind, 'finished');
      assert.equal(summary.folder, 'here');
      assert.equal(summary.counted, planned.total);
      assert.equal(summary.planned, planned.total);
      assert.equal(summary.evaluation, planned.evaluation);
      for (const stage of summary.stages) assert.deepEqual(stage.counted, stage.planned);
      const losses = summary.stages
        .filter((stage: { kind: string }) => stage.kind === 'train')
        .map((stage: { validationLoss: number }) => stage.validationLoss);
      assert.ok(losses[1] < losses[0], `validation loss ${losses}`);
    });
  });

  it('refuses a folder that holds a run, and touches nothing in it', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const first = await vcycle([...RUN, '--out', 'here', 'train(2)'], { cwd });
      assert.equal(first.code, 0, first.stderr);
      const before = await readFile(join(cwd, 'here', 'events.jsonl'), 'utf8');
      const second = await vcycle([...RUN, '--out', 'here', 'train(3)'], { cwd });
      assert.equal(second.code, 2);
      assert.match(second.stderr, /^vcycle: .*here.* run/);
      assert.equal(second.stderr.trimEnd().split('\n').length, 1);
      assert.equal(await readFile(join(cwd, 'here', 'events.jsonl'), 'utf8'), before);
    });
  });

  it('gives runs that begin at the same moment a folder each', () =>
    inFolder({}, async (cwd) => {
      const ran = await Promise.all(
        [1, 2, 3].map(() => vcycle(['run', ...TINY, '--vocabulary', '5', '--backend', 'null', 'train(1)'], { cwd })),
      );
      for (const { code, stderr } of ran) assert.equal(code, 0, stderr);
      const said = ran.map(({ stdout }) => /^run folder +(\S+)$/m.exec(stdout)?.[1]);
      assert.deepEqual(said.toSorted(), (await readdir(join(cwd, 'runs'))).map((name) => join('runs', name)).sort());
      assert.equal(new Set(said).size, 3);
    }));

  it('stops cleanly at Ctrl-C, with what it has', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const events = join(cwd, 'here', 'events.jsonl');
      let kill: ((signal: NodeJS.Signals) => void) | undefined;
      const running = vcycle([...RUN, '--out', 'here', 'train(900000)'], { cwd, onStart: (start) => (kill = start) });
      await until(async () => existsSync(events) && (await readFile(events, 'utf8')).includes('"kind":"step"'));
      kill?.('SIGINT');
      const { code, stdout, stderr } = await running;
      assert.equal(code, 1, stderr);
      assert.match(stderr, /stopping after this step/);
      assert.match(stderr, /vcycle: stopped at step \d+, in stage 1$/m);
      assert.match(stdout, /^train\(900000\) +0 +2 +1 +\d+ /m);
      const lines = (await readFile(events, 'utf8')).trimEnd().split('\n');
      assert.equal(JSON.parse(lines.at(-1) ?? '').outcome.kind, 'interrupted');
      assert.ok(existsSync(join(cwd, 'here', 'summary.json')));
    });
  }).timeout(120_000);

  it('ends with exit 1, the stage and the step when the loss is no number any more', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const wild = ['--optimizer', 'sgd', '--learning-rate', '1e30', '--clip', '0'];
      const { code, stderr } = await vcycle([...RUN, ...wild, '--out', 'here', 'train(50)'], { cwd });
      assert.equal(code, 1, stderr);
      assert.match(stderr, /^vcycle: stage 1.*step \d+/m);
      assert.doesNotMatch(stderr, /this is a bug|\bat .*:\d+:\d+/);
    });
  });

  it('warns of a machine with less memory than a step takes, once, and trains all the same', async () => {
    await inFolder({}, async (cwd) => {
      const tiny = ['run', ...TINY, '--vocabulary', '11', 'train(2)'];
      const warning =
        /^vcycle: a training step holds about [\d.]+ [KM]iB of .* this machine has 64\.0 KiB, .* without a word; lower the batch, .*$/gm;
      const little = { cwd, env: withMemory(2 ** 16) };
      const warned = await vcycle([...tiny, '--out', 'a'], little);
      assert.equal(warned.code, 0, warned.stderr);
      assert.equal(warned.stderr.match(warning)?.length, 1, warned.stderr);
      const counted = await vcycle([...tiny, '--out', 'b', '--backend', 'null'], little);
      const enough = await vcycle([...tiny, '--out', 'c'], { cwd });
      for (const { stderr } of [counted, enough]) assert.doesNotMatch(stderr, /this machine has/);
    });
  });

  it('trains on random tokens without data, and then has no text to show', async () => {
    await inFolder({}, async (cwd) => {
      const { code, stdout, stderr } = await vcycle(['run', ...TINY, '--vocabulary', '11', '--out', 'here', 'train(2)'], { cwd });
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stdout, /A sample/);
    });
  });

  it('says that nothing was computed where nothing was, and calls no random text a sample', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const { code, stdout, stderr } = await vcycle([...RUN, '--backend', 'null', '--out', 'here', 'train(2)'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout.replaceAll('\n', ' '), / Nothing was computed: null counts FLOPs and memory\..* nothing to draw or to sample\./);
      assert.doesNotMatch(stdout, /A sample|^picture/m);
      const sampled = await vcycle(['sample', 'here', '--backend', 'null'], { cwd });
      assert.equal(sampled.code, 2);
      assert.equal(sampled.stderr, 'vcycle: null computes nothing, so there is no text to sample; choose another backend\n');
    });
  });

  it('runs a pipeline file from anywhere, named after it, on the backend that only counts', async () => {
    const file = `
      import { adamw, gpt, pipeline, tokens, train } from 'vcycle';
      const setup = { model: gpt({ layers: 2, heads: 2, width: 16, context: 16 }), data: tokens(11), optimizer: adamw(), batch: 4, seed: 7 };
      export default pipeline(setup, train(2));`;
    await inFolder({ 'mine/first.ts': file }, async (cwd) => {
      const { code, stdout, stderr } = await vcycle(['run', '--backend', 'null', 'mine/first.ts'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /^run folder +runs\/first-/m);
      assert.match(stdout, /what was planned, to the last one/);
    });
  });
});

describe('sample', () => {
  it('gives the same text for the same seed, and begins with the prompt', async () => {
    await inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const ran = await vcycle([...RUN, '--json', '--out', 'here', 'train(30)'], { cwd });
      assert.equal(ran.code, 0, ran.stderr);
      const ask = (...more: readonly string[]) => vcycle(['sample', 'here', '--tokens', '40', '--prompt', 'the cat', ...more], { cwd });
      const [first, again, other] = [await ask(), await ask(), await ask('--seed', '2')];
      assert.equal(first.code, 0, first.stderr);
      assert.equal(again.stdout, first.stdout);
      assert.notEqual(other.stdout, first.stdout);
      assert.ok(first.stdout.startsWith('the cat'), first.stdout);
      const [alone, before] = [await vcycle(['sample', 'here', '--json'], { cwd }), JSON.parse(ran.stdout) as { readonly sample: string }];
      assert.equal((JSON.parse(alone.stdout) as { readonly text: string }).text, before.sample, 'as the run itself ended');
      const strange = await ask('--prompt', 'ß');
      assert.equal(strange.code, 2, strange.stderr);
      assert.match(strange.stderr, /ß/);
    });
  });
});
