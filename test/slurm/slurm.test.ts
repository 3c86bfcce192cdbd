/** What is asked of Slurm's commands, and what their answers are taken for. The answers are those of Slurm 22.05.8. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as E from 'fp-ts/lib/Either.js';
import { isLater, ownAttempt, ownTask } from '../../src/queue-task.js';
import { arrayScript } from '../../src/slurm/array-script.js';
import { slurm } from '../../src/slurm/slurm.js';
import { type Answer, callSlurm } from '../../src/slurm/slurm-command.js';
import { right } from '../runner/harness.js';
import { leftMessage } from '../sweep/jobs.js';

const saying = (answer: Answer) => {
  const asked: (readonly string[])[] = [];
  const call = (command: string, args: readonly string[]): Promise<Answer> => {
    asked.push([command, ...args]);
    return Promise.resolve(answer);
  };
  return { asked, slurm: slurm(call) };
};

const ARRAY = { name: 'vcycle-0123', comment: 'of c', tasks: 24, script: '', output: '/c/%a.out', after: ['7'] };

describe('Slurm', () => {
  it('is given one array, whose own options come before what a user adds, and its script last', async () => {
    const { asked, slurm } = saying({ kind: 'answered', text: '12;cluster\n' });
    const options = { partition: 'gpu', time: '1:00:00', gpus: '1', processors: 2, atMost: 8, others: ['--mem=4G'] };
    assert.deepEqual(right(await slurm.submit(ARRAY, '/c/a.sh', options)), { kind: 'accepted', array: '12' });
    assert.equal(
      asked[0]?.join(' '),
      'sbatch --parsable --array=0-23%8 --job-name=vcycle-0123 --comment=of c --output=/c/%a.out --open-mode=append --requeue ' +
        '--signal=B:USR1@60 --dependency=afterany:7 --partition=gpu --time=1:00:00 --gpus=1 --cpus-per-task=2 --mem=4G /c/a.sh',
    );
  });

  it('may refuse, be missing, or leave it open whether it heard', async () => {
    const submit = async (answer: Answer) => saying(answer).slurm.submit(ARRAY, '/c/a.sh', { others: [] });
    const refused = await submit({ kind: 'refused', words: 'Invalid qos specification' });
    assert.equal(leftMessage(refused), 'sbatch refused the jobs: Invalid qos specification');
    assert.match(
      leftMessage(await submit({ kind: 'unconfigured' })),
      /^sbatch finds no configuration of Slurm on this machine; .* without it$/,
    );
    assert.match(leftMessage(await submit({ kind: 'missing' })), /^sbatch is not on this machine; .* or do them without it$/);
    const unclear: Answer = { kind: 'unclear', words: 'Socket timed out on send/recv operation' };
    assert.deepEqual(right(await submit(unclear)), unclear);
    assert.equal(right(await submit({ kind: 'answered', text: '' })).kind, 'unclear');
  });

  it('says of each task whether it is still to be reckoned with', async () => {
    const text =
      '5|0|RUNNING|None|n1|vcycle-a\n5|1|PENDING|JobArrayTaskLimit||vcycle-a\n5|2|COMPLETED|None|n2|vcycle-a\n9|N/A|RUNNING|None|n1|vcycle-a\n';
    const { slurm } = saying({ kind: 'answered', text });
    const tasks = right(await slurm.queued(['vcycle-a']));
    assert.deepEqual(
      tasks.map(({ task, state, node, alive }) => [task, state, node, alive]),
      [
        [0, 'RUNNING', 'n1', true],
        [1, 'PENDING', '', true],
        [2, 'COMPLETED', 'n2', false],
      ],
    );
  });

  it('that does not answer is told apart from one that has no such tasks', async () => {
    const asked = await saying({ kind: 'unclear', words: 'Unable to contact slurm controller (connect failure)' }).slurm.queued(['a']);
    assert.ok(E.isLeft(asked) && asked.left.kind === 'unanswered', 'it says nothing about any task');
  });

  it('says how long an array may be', async () => {
    const { slurm } = saying({ kind: 'answered', text: 'MaxArraySize            = 1001\nMaxDBDMsgs              = 20008\n' });
    assert.equal(right(await slurm.longestArray()), 1001);
  });

  it('is called without a shell, and its own words are heard', async () => {
    assert.deepEqual(await callSlurm('vcycle-has-no-such-command', []), { kind: 'missing' });
    const said = (words: string) => callSlurm('sh', ['-c', 'echo "sbatch: error: $0" >&2; exit 1', words]);
    assert.deepEqual(await said('Invalid qos'), { kind: 'refused', words: 'Invalid qos' });
    assert.equal((await said('Batch job submission failed: Socket timed out on send/recv operation')).kind, 'unclear');
    assert.equal((await callSlurm('sh', ['-c', 'kill -9 $$'])).kind, 'unclear');
    assert.deepEqual(await callSlurm('printf', ['%s', '$(id); `id`']), { kind: 'answered', text: '$(id); `id`' });
  });

  it('names a task by its array and number: the id alone means all tasks', () => {
    assert.equal(ownTask({ SLURM_JOB_ID: '12', SLURM_ARRAY_JOB_ID: '12', SLURM_ARRAY_TASK_ID: '3' }), '12_3');
    assert.equal(ownTask({ SLURM_JOB_ID: '12' }), '12');
    assert.equal(ownTask({}), undefined);
  });

  it('has ended an attempt of a task wherever there is a later one of the same', () => {
    const attempt = (restarts?: string, task = '3', cluster = 'one') =>
      ownAttempt({
        SLURM_ARRAY_JOB_ID: '12',
        SLURM_ARRAY_TASK_ID: task,
        SLURM_CLUSTER_NAME: cluster,
        SLURM_RESTART_COUNT: restarts,
      }) ?? assert.fail();
    assert.ok(isLater(attempt(), attempt('1')));
    assert.ok(isLater(attempt('1'), attempt('3')));
    for (const other of [attempt(), attempt('0'), attempt('1', '4'), attempt('1', '3', 'two')]) assert.ok(!isLater(attempt(), other));
    assert.equal(ownAttempt({}), undefined);
  });
});

describe('the script of an array', () => {
  it('gives each task its own argument, whatever characters the others have', () => {
    const script = arrayScript({ command: ['printf', '%s|', "it's", '$HOME `id`'], each: ['a', 'b', 'c'], after: ['--x', '2'] });
    const said = (task: number) => execFileSync('sh', ['-c', script], { env: { ...process.env, SLURM_ARRAY_TASK_ID: String(task) } });
    assert.equal(said(0).toString(), "it's|$HOME `id`|a|--x|2|");
    assert.equal(said(2).toString(), "it's|$HOME `id`|c|--x|2|");
  });
});
