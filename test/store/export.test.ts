/** What other programs read of a run: TensorBoard by its own reader, where Python has it; CSV by its rules. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import { writeNamedFile } from '../../src/cli/process/named-file.js';
import { Folder } from '../../src/files/folder.js';
import { recordEvents } from '../../src/report/run/run-record.js';
import { runCsv } from '../../src/store/csv.js';
import { tensorboardFile, tensorboardName } from '../../src/store/tensorboard.js';
import { tensorboardFolder } from '../../src/store/tensorboard-folder.js';
import { syntheticRun } from '../report/synthetic-run.js';
import { inTemporaryFolder, right } from '../runner/harness.js';

const execute = promisify(execFile);

const record = right(
  recordEvents(
    syntheticRun([
      ['restrict(every(2, 0))', 'restrict', 1, 2, 0],
      ['train(6)', 'train', 1, 2, 6],
      ['prolongate', 'prolongate', 0, 4, 0],
      ['train(3)', 'train', 0, 4, 3],
    ]),
  ),
);

/** A Python that has TensorBoard: `VCYCLE_PYTHON`, or what is called python3. */
const withTensorboard = async (): Promise<string | undefined> => {
  for (const python of [process.env.VCYCLE_PYTHON, 'python3', join('bench', '.venv', 'bin', 'python')])
    if (
      python !== undefined &&
      (await execute(python, ['-c', 'import tensorboard']).then(
        () => true,
        () => false,
      ))
    )
      return python;
  return undefined;
};

describe('a TensorBoard event file', () => {
  it("is what TensorBoard's own reader takes: every scalar at its step", async function () {
    this.timeout(60_000);
    const python = await withTensorboard();
    if (python === undefined) {
      console.log('      skipped: no Python with tensorboard; set VCYCLE_PYTHON to one');
      this.skip();
    }
    await inTemporaryFolder(async (folder) => {
      writeFileSync(join(folder, tensorboardName(record)), tensorboardFile(record));
      const { stdout } = await execute(python, [join('test', 'store', 'read_tensorboard.py'), folder]);
      const { version, scalars }: { version: number; scalars: readonly (readonly [string, number, number])[] } = JSON.parse(stdout);
      assert.equal(version, 2);
      const of = (tag: string) => scalars.filter(([name]) => name === tag).map(([, step, value]) => [step, value]);
      const rounded = (value: number): number => Math.fround(value);
      assert.deepEqual(
        of('loss/training'),
        record.steps.map(({ step, loss }) => [step, rounded(loss)]),
      );
      assert.deepEqual(
        of('loss/validation'),
        record.evaluations.map(({ step, loss }) => [step, rounded(loss)]),
      );
      assert.deepEqual(
        of('run/level'),
        record.steps.map(({ step, level }) => [step, level]),
      );
      assert.deepEqual(
        of('optimizer/learning-rate'),
        record.steps.map(({ step, learningRate }) => [step, rounded(learningRate)]),
      );
      assert.deepEqual(
        of('run/flops'),
        record.steps.map(({ step, flops }) => [step, rounded(flops)]),
      );
    });
  });

  it('frames its messages with masked CRC-32C: the well-known beginning', () => {
    const bytes = tensorboardFile({ ...record, steps: [], evaluations: [] });
    const view = new DataView(bytes.buffer);
    assert.equal(Number(view.getBigUint64(0, true)), bytes.length - 16);
    // Every event file that TensorFlow writes begins with these twelve bytes: a length of 24 and its masked checksum.
    assert.equal(bytes.length - 16, 24);
    assert.equal(view.getUint32(8, true), 0x224b7fa3);
    assert.equal(new TextDecoder().decode(bytes.subarray(12 + 11, 12 + 24)), 'brain.Event:2');
  });
});

describe('validation losses that are exported', () => {
  const ofText = { ...record, started: { ...record.started, bytesPerToken: 4 } };
  const inBits = record.evaluations.map(({ loss }) => loss / Math.LN2 / 4);

  it('are also in bits per byte in TensorBoard, where the run has a text', () => {
    const TAG = Buffer.from('loss/validation-bits-per-byte');
    const valuesIn = (bytes: Buffer): readonly number[] => {
      const values: number[] = [];
      // The tag is followed by the key of its value, one byte, and the value, a float.
      for (let at = bytes.indexOf(TAG); at >= 0; at = bytes.indexOf(TAG, at + 1)) values.push(bytes.readFloatLE(at + TAG.length + 1));
      return values;
    };
    assert.deepEqual(valuesIn(Buffer.from(tensorboardFile(ofText))), inBits.map(Math.fround));
    assert.deepEqual(valuesIn(Buffer.from(tensorboardFile(record))), []);
  });

  it('are also in bits per byte in CSV, where the run has a text', () => {
    const column = (csv: string): readonly string[] =>
      csv
        .trimEnd()
        .split('\r\n')
        .map((line) => line.split(',')[9] ?? '');
    const [head, ...cells] = column(runCsv(ofText));
    assert.equal(head, 'validation_bits_per_byte');
    assert.deepEqual(cells.filter((cell) => cell !== '').map(Number), inBits);
    assert.ok(
      column(runCsv(record))
        .slice(1)
        .every((cell) => cell === ''),
    );
  });
});

describe('runs under one TensorBoard folder', () => {
  it('have a folder each, whatever their names; a run that is exported again keeps its own', () =>
    inTemporaryFolder(async (tb) => {
      const at = (time: number): string => tensorboardName({ ...record, started: { ...record.started, time } });
      const [first, second] = [at(1_769_900_399_001), at(1_769_900_399_002)];
      assert.notEqual(first, second, 'of one second');
      const put = (run: string, file: string): string => {
        const folder = tensorboardFolder(Folder.at(tb), run, file);
        folder.write(file, tensorboardFile(record));
        return relative(tb, folder.path);
      };
      assert.equal(put('runs/a', first), 'a');
      assert.equal(put('runs/b/', second), 'b');
      assert.equal(put('elsewhere/a', second), 'a-2');
      assert.equal(put('./runs/../runs/a', first), 'a');
      assert.equal(put('elsewhere/a', second), 'a-2');
    }));
});

describe('a run as CSV', () => {
  it('has a line a step, cells with commas quoted, numbers in full, the validation loss at its step', () => {
    const lines = runCsv(record).split('\r\n');
    assert.equal(lines.length, 1 + 9 + 1);
    assert.equal(lines.at(-1), '');
    assert.equal(
      lines[0],
      'stage,op,level,layers,h,step,stage_step,loss,validation_loss,validation_bits_per_byte,learning_rate,gradient_norm,tokens,flops,seconds,time',
    );
    const sixth = (lines[6] ?? '').split(',');
    assert.deepEqual(sixth.slice(0, 7), ['2', 'train(6)', '1', '2', '2', '6', '6']);
    assert.equal(Number(sixth[7]), record.steps[5]?.loss);
    assert.equal(Number(sixth[8]), record.evaluations[0]?.loss);
    assert.equal((lines[5] ?? '').split(',')[8], '');
  });

  it('quotes what holds a comma or a quotation mark', () => {
    const stages = record.started.stages.map((stage) => ({ ...stage, op: 'train(6, "x")' }));
    assert.match(runCsv({ ...record, started: { ...record.started, stages } }), /^2,"train\(6, ""x""\)",1,/m);
  });
});

describe('a file that is named for an export', () => {
  it('is written whole, with its folders, through no link; a pipe or a terminal takes what comes', () =>
    inTemporaryFolder(async (folder) => {
      const path = join(folder, 'new', 'run.csv');
      assert.deepEqual(writeNamedFile(path, 'a,b\r\n'), E.right(path));
      assert.equal(readFileSync(path, 'utf8'), 'a,b\r\n');
      const kept = join(folder, 'kept.txt');
      writeFileSync(kept, 'kept');
      for (const target of [kept, join(folder, 'nowhere')]) {
        const link = join(folder, 'link');
        symlinkSync(target, link);
        const refused = writeNamedFile(link, 'gone');
        assert.ok(E.isLeft(refused));
        assert.match(refused.left.message, /link could not be written \(it is a link, and none is followed\); name another place$/);
        rmSync(link);
      }
      assert.equal(readFileSync(kept, 'utf8'), 'kept');
      assert.ok(!existsSync(join(folder, 'nowhere')));
      assert.deepEqual(writeNamedFile('/dev/null', 'a'), E.right('/dev/null'));
      assert.ok(statSync('/dev/null').isCharacterDevice());
      const full = writeNamedFile('/dev/full', 'a');
      assert.match(E.isLeft(full) ? full.left.message : '', /^\/dev\/full could not be written \(ENOSPC.*; make room for it$/);
      assert.equal(E.isLeft(full) && full.left.kind, 'run', 'a full disk is no bad input');
    }));
});
