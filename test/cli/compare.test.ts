/** `vcycle compare` from its arguments to its folder: what it says, and what it refuses before anything runs. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORPUS, inFolder, TINY, vcycle } from './vcycle.js';

const TEXT = [...TINY, '--vocabulary', '11'] as const;
const A = 'restrict(even) >> train(6) >> prolongate >> train(4)';
const B = 'train(12)';
const SETUP = (width: number) =>
  `import { adamw, gpt, pipeline, tokens, train } from 'vcycle';
export default pipeline({ model: gpt({ layers: 2, heads: 2, width: ${width}, context: 16 }), data: tokens(11), optimizer: adamw(), batch: 2, seed: 1 }, train(${width}));
`;
const FILES = {
  'corpus.txt': CORPUS,
  'wide.ts': SETUP(16),
  'narrow.ts': SETUP(8),
  taken: 'a file',
};

const refused: readonly (readonly [what: string, args: readonly string[], sentence: RegExp])[] = [
  [
    'models that differ',
    ['wide.ts', 'narrow.ts'],
    /wide and narrow cannot be compared: finest network\.width in wide is 16 and in narrow 8/,
  ],
  ['the same pipeline twice', ['wide.ts', 'wide.ts'], /wide \(1\) and wide \(2\) are the same but for their seeds; leave one of them out/],
  ['a seed twice', [B, ...TEXT, '--seeds', '1,2,1'], /--seeds.*Each must be named once \(was 1 more often\)/],
  ['no seeds', [B, ...TEXT, '--seeds', '0'], /--seeds.*must be an integer from 1 to 1000/],
  ['more seeds than can be listed', [B, ...TEXT, '--seeds', '99999999999'], /--seeds.*must be an integer from 1 to 1000/],
  ['half a seed', [B, ...TEXT, '--seeds', '1,2.5'], /--seeds.*must be an integer from 0 to 4294967295/],
  ['a seed of more than 32 bits', [B, ...TEXT, '--seeds', '1,4294967296'], /--seeds.*must be an integer from 0 to 4294967295/],
  [
    'a number of the setup',
    [B, ...TEXT.map((word) => (word === '4' ? '0' : word))],
    /^vcycle: --batch must be an integer >= 1 \(was 0\)$/m,
  ],
  [
    'a baseline that nobody knows',
    [B, ...TEXT, '--baseline', 'fine,fien'],
    /must be of fine, equal-flops, coarse-only, depths, or none \(was fien\)/,
  ],
  ['a baseline twice', [B, ...TEXT, '--baseline', 'fine,fine'], /Each must be named once \(was fine more often\)/],
  ['a factor of 0', [B, ...TEXT, '--tune', '0,1'], /--tune.*A factor must be above 0/],
  ['a factor without end', [B, ...TEXT, '--tune', '1e400'], /--tune.*must be a number >= 0/],
  [
    'a factor that leads to no learning rate',
    [B, ...TEXT, '--learning-rate', '100', '--tune', '1e308', '--out', 'steep'],
    /rate ×1e\+308: .*must be a finite number > 0/,
  ],
  ['no workers', [B, ...TEXT, '--workers', '0'], /--workers.*must be an integer >= 1/],
  ['a folder that is a file', [B, ...TEXT, '--out', 'taken'], /taken cannot be made .*name another folder with --out/],
  ...(process.platform === 'linux'
    ? [
        [
          'a folder where nobody may write',
          [B, ...TEXT, '--out', '/proc/c'],
          /\/proc\/c cannot be made .*name another folder with --out/,
        ] as const,
      ]
    : []),
  ['an unknown backend', [B, ...TEXT, '--backend', 'onnx-cup'], /did you mean onnx-cpu/],
  ['no pipeline', [], /missing required argument 'pipelines'/],
];

/** What may be wrong with a job that a comparison finds done, or under way. */
const spoilt: readonly (readonly [what: string, spoil: (job: string) => void, sentence: RegExp])[] = [
  [
    'of another version',
    (job) =>
      writeFileSync(join(job, 'schedule.json'), readFileSync(join(job, 'schedule.json'), 'utf8').replace('"version": 1', '"version": 3')),
    /schedule\.json: a run's schedule must be of version 1 \(was 3\); use the vcycle that began the run/,
  ],
  [
    'with a summary of another version',
    (job) => writeFileSync(join(job, 'summary.json'), '{"ended":true}'),
    /summary\.json: no summary of a run by this version of vcycle/,
  ],
  [
    'whose folder holds something else',
    (job) => {
      rmSync(join(job, 'schedule.json'));
      writeFileSync(join(job, 'notes.txt'), 'mine');
    },
    /jobs.\w+ must hold a run, or nothing \(it holds notes\.txt, which belongs to no run\); move that elsewhere/,
  ],
];

describe('vcycle compare', function () {
  this.timeout(240_000);

  it('compares, tunes and writes what it found; a second call does nothing, and more seeds only what is missing', () =>
    inFolder(FILES, async (cwd) => {
      const common = [A, B, ...TINY, '--data', 'corpus.txt', '--baseline', 'equal-flops,coarse-only', '--tune', '1,2', '--out', 'c'];
      const first = await vcycle(['compare', ...common, '--seeds', '1', '--json'], { cwd });
      assert.equal(first.code, 0, first.stderr);
      const said = JSON.parse(first.stdout);
      assert.deepEqual(
        said.standings.map(({ name, role }: { name: string; role: string }) => `${role} ${name}`),
        [`pipeline pipeline 1`, `pipeline ${B}`, 'baseline equal-flops of pipeline 1', 'baseline coarse-only'],
      );
      assert.ok(said.standings.every(({ rateFactor }: { rateFactor: number }) => rateFactor === 1 || rateFactor === 2));
      assert.match(said.verdicts[0].verdict, /no difference shown at equal FLOPs .*one seed decides nothing/);
      const pictures = ['validation-vs-flops', 'validation-vs-steps', 'training-vs-flops', 'training-vs-steps', 'flops-by-stage'];
      const files = ['report.html', 'comparison.json', 'timings.json', ...pictures.flatMap((name) => [`${name}.svg`, `${name}.png`])];
      for (const file of files) assert.ok(existsSync(join(cwd, 'c', file)), file);
      const manifest = readFileSync(join(cwd, 'c', 'manifest.jsonl'), 'utf8');
      // Four contenders at two rates on a seed of its own, and then with the seed that counts.
      const jobs = manifest
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).schedule.setup.seed);
      assert.deepEqual(jobs, [...Array(8).fill(0), ...Array(4).fill(1)]);
      assert.deepEqual(said.tuned, { factors: [1, 2], seed: 0 });
      assert.deepEqual(
        said.standings.map(({ runs }: { runs: readonly { seed: number; validation: number }[] }) => runs.map(({ seed }) => seed)),
        [[1], [1], [1], [1]],
      );

      const second = await vcycle(['compare', ...common, '--seeds', '1', '--json'], { cwd });
      assert.equal(second.code, 0, second.stderr);
      assert.deepEqual(JSON.parse(second.stdout), said, 'times included: nothing ran again');
      assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'c', 'timings.json'), 'utf8')), said.timings);

      const third = await vcycle(['compare', ...common, '--seeds', '2'], { cwd });
      assert.equal(third.code, 0, third.stderr);
      assert.ok(readFileSync(join(cwd, 'c', 'manifest.jsonl'), 'utf8').startsWith(manifest), 'the manifest only grows');
      for (const line of third.stdout.split('\n')) assert.ok(line.length <= 80, line);
      assert.match(third.stdout, /2 seeds decide nothing/);
      assert.match(third.stdout, /With fewer than 6 seeds there are no 95% intervals/);
      assert.match(third.stdout.replace(/\s+/g, ' '), /lowest validation loss on seed 0, which does not count among the seeds/);
    }));

  it('says that all diverged where all did, in its report too', () =>
    inFolder(FILES, async (cwd) => {
      const wild = ['--optimizer', 'sgd', '--clip', '0', '--warmup', '0', '--learning-rate', '1e10'];
      const { code, stdout, stderr } = await vcycle(['compare', A, ...TEXT, ...wild, '--seeds', '2', '--baseline', 'fine', '--out', 'c'], {
        cwd,
      });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /diverged/);
      assert.match(readFileSync(join(cwd, 'c', 'report.html'), 'utf8'), /diverged/);
      assert.ok(existsSync(join(cwd, 'c', 'validation-vs-flops.png')));
    }));

  it('its runs are listed with their arms and seeds, and kept by a careless pruning', () =>
    inFolder(FILES, async (cwd) => {
      const compared = await vcycle(['compare', B, ...TEXT, '--seeds', '2', '--baseline', 'depths', '--out', 'comparisons/c'], { cwd });
      assert.equal(compared.code, 0, compared.stderr);
      const { code, stdout, stderr } = await vcycle(['runs', '--sort', 'arm'], { cwd });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /1 layer +1 finished [\s\S]*train\(12\) +2 finished +12 /);
      assert.ok(stdout.split('\n').every((line) => line.length <= 80));
      const one = await vcycle(['runs', 'comparisons', '--where', 'arm=1 layer', '--where', 'seed=2', '--json'], { cwd });
      const [{ folder, comparison }] = JSON.parse(one.stdout);
      assert.equal(comparison, join('comparisons', 'c'));
      assert.match((await vcycle(['runs', 'show', folder], { cwd })).stdout, /^arm {9}1 layer$/m);
      const pruned = await vcycle(['runs', 'prune', '--where', 'status=finished', '--yes'], { cwd });
      assert.equal(pruned.code, 0, pruned.stderr);
      assert.match(
        pruned.stdout,
        /^removed: 0 runs, 0B\nkept: 4 runs that comparisons have their figures from; --results takes them, too$/m,
      );
      const again = await vcycle(['runs', 'prune', '--where', 'seed=2', '--results', '--yes'], { cwd });
      assert.match(again.stdout, /^removed: 2 runs/m);
    }));

  it('its page holds everything it shows, and fetches nothing', () =>
    inFolder(FILES, async (cwd) => {
      const { code, stderr } = await vcycle(['compare', A, ...TEXT, '--seeds', '2', '--backend', 'onnx-cpu', '--out', 'c'], { cwd });
      assert.equal(code, 0, stderr);
      const page = readFileSync(join(cwd, 'c', 'report.html'), 'utf8');
      const links = [...page.matchAll(/(?:src|href|url)\s*[=(]\s*["']?([^"'\s>)]+)/g)].map(([, to = '']) => to);
      assert.deepEqual(
        links.filter((to) => !to.startsWith('#')),
        [],
      );
      assert.equal(page.includes('<script'), false);
      // Five pictures, each for a laptop and for a phone.
      assert.equal(page.split('<svg').length - 1, 10);
      assert.match(page, /restrict\(even\) &gt;&gt; train\(6\)/);
      assert.match(page, /onnxruntime-node \d/);
    }));

  it('says what is wrong with a job that it finds, and touches none of it; one without a summary continues', () =>
    inFolder(FILES, async (cwd) => {
      const args = ['compare', B, ...TEXT, '--seeds', '1', '--baseline', 'none', '--out', 'c'];
      assert.equal((await vcycle(args, { cwd })).code, 0);
      const [id = ''] = readdirSync(join(cwd, 'c', 'jobs'));
      const job = join(cwd, 'c', 'jobs', id);
      cpSync(join(cwd, 'c'), join(cwd, 'kept'), { recursive: true });
      const content = (): readonly string[] => readdirSync(job).map((name) => `${name} ${statSync(join(job, name)).size}`);
      for (const [what, spoil, sentence] of spoilt) {
        spoil(job);
        const before = content();
        const { code, stdout, stderr } = await vcycle(args, { cwd });
        assert.deepEqual([code, stdout], [2, ''], `${what}: ${stderr}`);
        assert.match(stderr.trimEnd(), sentence);
        assert.equal(stderr.trim().split('\n').length, 1, stderr);
        assert.deepEqual(content(), before);
        rmSync(join(cwd, 'c'), { recursive: true });
        cpSync(join(cwd, 'kept'), join(cwd, 'c'), { recursive: true });
      }
      rmSync(join(job, 'summary.json'));
      const { code, stderr } = await vcycle(args, { cwd });
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(readFileSync(join(job, 'summary.json'), 'utf8')).resumes, 1);
    }));

  it('believes no half of a run: a job whose events are not those that its summary counted is run again, aloud, to the same losses', () =>
    inFolder(FILES, async (cwd) => {
      const args = ['compare', A, ...TEXT, '--seeds', '1', '--baseline', 'none', '--out', 'c', '--json'];
      const first = await vcycle(args, { cwd });
      assert.equal(first.code, 0, first.stderr);
      const losses = ({ stdout }: { readonly stdout: string }): unknown =>
        JSON.parse(stdout).standings.map(({ runs }: { runs: readonly { validation: number }[] }) =>
          runs.map(({ validation }) => validation),
        );
      const [id = ''] = readdirSync(join(cwd, 'c', 'jobs'));
      const events = join(cwd, 'c', 'jobs', id, 'events.jsonl');
      for (const spoil of [
        (whole: string) => `${whole.split('\n').slice(0, 12).join('\n')}\n`,
        (whole: string) => `${whole}nonsense\n`,
        undefined,
      ]) {
        if (spoil === undefined) rmSync(events);
        else writeFileSync(events, spoil(readFileSync(events, 'utf8')));
        const again = await vcycle(args, { cwd });
        assert.equal(again.code, 0, again.stderr);
        assert.deepEqual(losses(again), losses(first));
        assert.match(again.stderr, /^vcycle: .*, seed 1: c.jobs.\w+: events\.jsonl .*; the job is run again$/m);
        assert.deepEqual(readdirSync(join(cwd, 'c', 'jobs')).sort(), [id, `${id}.damaged`]);
      }
    }));

  it('of a pipeline that ends with a transfer tells depth and loss of the network that it saved, and compares no other', () =>
    inFolder(FILES, async (cwd) => {
      const args = ['compare', 'train(4) >> grow(stack(2))', ...TEXT, '--seeds', '1', '--baseline', 'none', '--out', 'c', '--json'];
      const compared = await vcycle(args, { cwd });
      assert.equal(compared.code, 0, compared.stderr);
      const [id = ''] = readdirSync(join(cwd, 'c', 'jobs'));
      const [events, summary] = ['events.jsonl', 'summary.json'].map((name) => join(cwd, 'c', 'jobs', id, name)) as [string, string];
      const { model, events: counted, ...rest } = JSON.parse(readFileSync(summary, 'utf8'));
      assert.ok(counted.bytes > 0);
      const [standing] = JSON.parse(compared.stdout).standings;
      assert.deepEqual([standing.network.layers, standing.validation.mean, standing.training.mean], [4, model.validationLoss, null]);
      assert.equal(model.layers, 4);

      // As an earlier version left it: the last evaluation is of the network before.
      const lines = readFileSync(events, 'utf8')
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const earlier = lines
        .filter(({ kind, stage }) => kind !== 'evaluated' || stage === 0)
        .map((event) => ({ ...event, model: undefined }));
      writeFileSync(events, earlier.map((event) => `${JSON.stringify(event)}\n`).join(''));
      writeFileSync(summary, JSON.stringify(rest));
      const refusal = await vcycle(args, { cwd });
      assert.deepEqual([refusal.code, refusal.stdout], [2, '']);
      assert.match(
        refusal.stderr,
        /jobs.\w+: an earlier version of vcycle saved a network of 4 layers on level 0 and did not evaluate it \(its last evaluation, \d\.\d{4}, is of 2 layers on level 0\); remove its summary\.json and resume it, which does$/m,
      );
      rmSync(summary);
      const again = await vcycle(args, { cwd });
      assert.equal(again.code, 0, again.stderr);
      assert.equal(JSON.parse(again.stdout).standings[0].validation.mean, model.validationLoss);
    }));

  for (const [what, args, sentence] of refused)
    it(`refuses ${what}`, () =>
      inFolder(FILES, async (cwd) => {
        const { code, stdout, stderr } = await vcycle(['compare', ...args], { cwd });
        assert.deepEqual([code, stdout], [2, ''], stderr);
        assert.match(stderr, sentence);
        assert.equal(stderr.trim().split('\n').length, 1);
      }));
});
