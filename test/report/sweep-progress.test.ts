/** What is reported while a sweep is under way. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { createSweepProgress } from '../../src/report/run/sweep-progress.js';
import { jobs } from '../sweep/jobs.js';

const [one, two] = jobs(2);
assert.ok(one !== undefined && two !== undefined);

const saidOn = (stream: PassThrough): string => String(stream.read() ?? '');

describe('the progress of a sweep', () => {
  it('tells jobs that are done, continued, waited for, failed and stopped apart', () => {
    const stream = new PassThrough();
    const progress = createSweepProgress(stream, 'runs');
    progress.again(one, 'c/jobs/1: events.jsonl is not as summary.json has it (5 bytes of 10)');
    progress.begun(2, [one, two]);
    progress.waits(one, 'c/jobs/1 is still being written by process 7');
    progress.ended(one, { kind: 'lost', message: 'its worker was ended (SIGKILL)' });
    progress.ended(one, { kind: 'stopped' });
    progress.ended(one, { kind: 'done' });
    progress.ended(two, { kind: 'failed', fault: { kind: 'run', message: 'the disk is full' } });
    progress.over();
    assert.equal(
      saidOn(stream),
      [
        'vcycle: job 0, seed 0: c/jobs/1: events.jsonl is not as summary.json has it (5 bytes of 10); the job is run again',
        'runs: 0 of 2 jobs  job 0, seed 0: c/jobs/1 is still being written by process 7, waiting for it',
        'runs: 0 of 2 jobs  job 0, seed 0: its worker was ended (SIGKILL), continuing it',
        'runs: 0 of 2 jobs  job 0, seed 0: stopped',
        'runs: 1 of 2 jobs  job 0, seed 0',
        'runs: 2 of 2 jobs  job 1, seed 1: failed  0s left',
        '',
      ].join('\n'),
    );
  });

  it('leaves a terminal as it was, also where not all jobs are done', () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const progress = createSweepProgress(stream, 'runs');
    progress.begun(2, [one, two]);
    progress.ended(one, { kind: 'stopped' });
    const hidden = '\u001b[?25l';
    const shown = '\u001b[?25h';
    assert.ok(saidOn(stream).includes(hidden));
    progress.over();
    assert.ok(saidOn(stream).includes(shown));
  });
});
