/** A device that is lost while a run is on it, as a user meets it: exit 1 and a sentence, and the run continues elsewhere from its last checkpoint. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { decodeCheckpoint } from '../../src/runner/checkpoints/checkpoint.js';
import { CORPUS, inFolder, MAIN, TINY, vcycle } from './vcycle.js';

/** The environment of a process whose ONNX Runtime loses its device after this many executions. */
const losing = (executions: number): Readonly<Record<string, string>> => {
  const script = `
    import { createRequire } from 'node:module';
    const { prototype } = createRequire(${JSON.stringify(MAIN)})('onnxruntime-node').InferenceSession;
    const { run } = prototype;
    let left = ${executions};
    prototype.run = function (...given) {
      if (left-- > 0) return run.apply(this, given);
      throw new Error('the device was lost');
    };`;
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(script)}` };
};

const PIPELINE = 'restrict(even) >> train(10) >> prolongate >> train(10)';
const OPTIONS = ['--data', 'corpus.txt', '--checkpoint-every', '4', '--evaluate-every', '0', '--evaluation-batches', '1'] as const;

describe('a device that is lost in mid-run', () => {
  it('ends the run with exit 1 and what it had, and `vcycle resume` continues it on another backend', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      // Ten steps and an evaluation on the coarse level; then the fourth step on the fine one.
      const lost = await vcycle(['run', ...TINY, ...OPTIONS, '--out', 'here', PIPELINE], { cwd, env: losing(14) });
      assert.equal(lost.code, 1, lost.stderr);
      assert.equal(
        lost.stderr.trimEnd().split('\n').at(-1),
        'vcycle: onnx-cpu: training-step[layers 2, h 1, batch 4] failed while it ran: the device was lost; `vcycle resume here` continues from its newest ' +
          'checkpoint, with --backend NAME on another backend',
      );
      assert.match(lost.stdout, /^train\(10\) +0 +2 +1 +3 /m);
      assert.equal(JSON.parse(readFileSync(join(cwd, 'here', 'summary.json'), 'utf8')).outcome.kind, 'failed');
      const checkpoints = readdirSync(join(cwd, 'here', 'checkpoints')).sort();
      assert.equal(checkpoints.at(-1), 'step-00000012.safetensors');
      for (const name of checkpoints)
        assert.ok(E.isRight(decodeCheckpoint(readFileSync(join(cwd, 'here', 'checkpoints', name)))), `${name} is damaged`);

      const resumed = await vcycle(['resume', 'here', '--backend', 'tfjs-cpu'], { cwd });
      assert.equal(resumed.code, 0, resumed.stderr);
      assert.match(resumed.stderr, /^continuing from checkpoints\/step-00000012\.safetensors, step 12$/m);
      assert.match(
        resumed.stderr,
        /^vcycle: the run began on onnx-cpu and continues on tfjs-cpu: to the same losses within their precision/m,
      );
      assert.match(resumed.stdout, /^train\(10\) +0 +2 +1 +10 /m);
    })).timeout(120_000);
});
