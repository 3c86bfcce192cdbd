/** `vcycle runs` and `vcycle export` as a user meets them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, TINY, vcycle } from './vcycle.js';

const trained = async (cwd: string, out: string, seed: string): Promise<void> => {
  const { code, stderr } = await vcycle(['run', ...TINY, '--vocabulary', '5', '--seed', seed, '--out', out, 'train(4)'], { cwd });
  assert.equal(code, 0, stderr);
};

describe('vcycle runs', () => {
  it('lists, filters, shows and prunes', () =>
    inFolder({}, async (cwd) => {
      await trained(cwd, 'runs/a', '1');
      await trained(cwd, 'runs/b', '2');
      const all = await vcycle(['runs'], { cwd });
      assert.equal(all.code, 0, all.stderr);
      assert.match(all.stdout, /^runs\/a finished {5}4 /m);
      assert.match(all.stdout, /^2 runs$/m);
      assert.ok(all.stdout.split('\n').every((line) => line.length <= 80));
      const one = await vcycle(['runs', 'list', '--where', 'seed=2', '--json'], { cwd });
      assert.deepEqual(
        JSON.parse(one.stdout).map(({ folder, status }: { folder: string; status: string }) => [folder, status]),
        [[join('runs', 'b'), 'finished']],
      );
      const shown = await vcycle(['runs', 'show', 'runs/a'], { cwd });
      assert.match(shown.stdout, /^pipeline {4}train\(4\)$/m);

      const asked = await vcycle(['runs', 'prune', '--where', 'seed=1'], { cwd });
      assert.match(asked.stdout, /would remove: 1 run, .*; say --yes to do it/);
      assert.ok(existsSync(join(cwd, 'runs', 'a')));
      const done = await vcycle(['runs', 'prune', '--where', 'seed=1', '--yes'], { cwd });
      assert.match(done.stdout, /^removed: 1 run/m);
      assert.deepEqual(readdirSync(join(cwd, 'runs')).sort(), ['b', 'index.sqlite']);

      const [events, summary] = ['events.jsonl', 'summary.json'].map((name) => join(cwd, 'runs', 'b', name)) as [string, string];
      const wildly = (text: string): string => text.replace(/"(loss|validationLoss)": ?[\d.]+/g, '"$1":123456789012345680000');
      writeFileSync(events, wildly(readFileSync(events, 'utf8')));
      // As an earlier version wrote it, which did not count its events.
      writeFileSync(summary, wildly(JSON.stringify({ ...JSON.parse(readFileSync(summary, 'utf8')), events: undefined })));
      const wild = await vcycle(['runs', 'show', 'runs/b'], { cwd });
      assert.match(wild.stdout, /^loss {8}1\.23e\+20$/m);
      assert.match(wild.stdout, /^validation {2}1\.23e\+20$/m);

      writeFileSync(summary, '[]');
      const bad = await vcycle(['runs'], { cwd });
      assert.match(bad.stderr, /^vcycle: runs.b.summary\.json: no summary of a run/m);
    })).timeout(120_000);

  it('exports, and says what is wrong in one sentence with exit 2', () =>
    inFolder({}, async (cwd) => {
      await trained(cwd, 'runs/a', '1');
      const { code, stderr } = await vcycle(['export', 'runs/a', '--tensorboard', 'tb', '--csv', 'a.csv'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(readdirSync(join(cwd, 'tb', 'a')).join(), /^events\.out\.tfevents\.\d{10}\.\d{3}\.vcycle$/);
      assert.match(stderr, /^wrote tb\/a\/events\.out\..*\nwrote a\.csv\n$/);
      assert.equal(readFileSync(join(cwd, 'a.csv'), 'utf8').split('\r\n').length, 6);
      for (const [args, pattern] of [
        [
          ['export', 'runs/a'],
          /^vcycle: export needs to know what to write: at least one of --tensorboard FOLDER, --csv FILE, --huggingface FOLDER/,
        ],
        [['export', 'runs/b', '--huggingface', 'hf'], /^vcycle: runs\/b is not there; name a run folder, a model folder or a model file$/],
        [
          ['export', 'runs/a', '--huggingface', 'a.csv', '--csv', 'b.csv'],
          /^vcycle: a\.csv must be a folder \(was a file\); name another place/,
        ],
        [
          ['export', 'runs/a', '--onnx', 'runs'],
          /^vcycle: runs must be an empty folder, or one that does not exist yet \(it has a in it\); name another place/,
        ],
        [
          ['export', 'runs', '--csv', '-'],
          /^vcycle: runs: no run is there \(events\.jsonl is missing\); `vcycle runs` says which runs there are$/,
        ],
        [
          ['export', 'runs/a', '--huggingface', 'both', '--gguf', './both'],
          /^vcycle: --gguf: \.\/both is named for another format, too; name a place for each$/,
        ],
        [
          ['export', 'runs/a', '--csv', 'both', '--gguf', './both'],
          /^vcycle: --gguf: \.\/both is named for another format, too; name a place for each$/,
        ],
        // None is written where a later one is refused.
        [
          ['export', 'runs/a', '--huggingface', 'hf', '--csv', 'c.csv', '--gguf', 'model.gguf'],
          /^vcycle: --gguf: a GGUF file must have a tokenizer, and a model of random tokens has none; train one on a text$/,
        ],
        [
          ['export', 'runs/a', '--gguf', ''],
          /^vcycle: option '--gguf <file>' argument '' is invalid\. It must be a text that is not empty\.$/,
        ],
        [['runs', 'prune'], /^vcycle: prune needs to know which runs: give --where/],
        [['runs', 'list', '--where', 'sead=1'], /^vcycle: --where: runs have no field "sead"; did you mean seed\?/],
        [['runs', 'list', '--sort', 'sead'], /^vcycle: --sort: runs have no field "sead"; did you mean seed\?/],
        [['runs', 'list', 'nowhere'], /^vcycle: nowhere: there is no such folder/],
        [['runs', 'show', 'runs'], /^vcycle: runs: no run is there/],
        ...(process.platform === 'linux'
          ? [
              [
                ['export', 'runs/a', '--tensorboard', '/proc/tb'],
                /^vcycle: \/proc\/tb\/.* could not be written \(.*\); name another place$/,
              ] as const,
            ]
          : []),
      ] as const) {
        const refused = await vcycle(args, { cwd });
        assert.deepEqual([refused.code, refused.stdout], [2, ''], refused.stderr);
        assert.match(refused.stderr.trimEnd(), pattern);
      }
      // What was asked for besides is not written either.
      assert.deepEqual(readdirSync(cwd).sort(), ['a.csv', 'runs', 'tb']);
      const model = await vcycle(['export', 'runs/a', '--huggingface', 'for/hf', '--csv', 'b.csv'], { cwd });
      assert.deepEqual([model.code, model.stdout], [0, ''], model.stderr);
      assert.match(model.stderr, /^wrote b\.csv\nwrote for\/hf\nthe model has no tokenizer: .*\n.*\n$/);
      assert.ok(model.stderr.split('\n').every((line) => line.length <= 80));
      assert.deepEqual(readdirSync(join(cwd, 'for', 'hf')), ['config.json', 'model.safetensors']);
      const graph = await vcycle(['export', 'runs/a', '--onnx', 'for/js'], { cwd });
      assert.deepEqual([graph.code, graph.stdout], [0, ''], graph.stderr);
      assert.deepEqual(readdirSync(join(cwd, 'for', 'js')), ['config.json', 'onnx']);
    })).timeout(120_000);
});
