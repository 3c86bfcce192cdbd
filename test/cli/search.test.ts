/** `vcycle search`: from a file to a folder, within its budget, through a kill to the same result; and what it refuses before anything runs. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, TINY, vcycle } from './vcycle.js';

const OPEN = `import { adamw, constant, gpt, pipeline, tokens } from 'vcycle';
const setup = { model: gpt({ layers: 2, heads: 2, width: 8, context: 8 }), data: tokens(11), optimizer: adamw({ learningRate: constant(0.01) }), batch: 1, seed: 1 };
export default pipeline(setup, 'restrict(even) >> train(n) >> prolongate >> train(m)', { n: 6, m: 3 });
`;
const VALUES = `import { adamw, gpt, pipeline, tokens, train } from 'vcycle';
export default pipeline({ model: gpt({ layers: 2, heads: 2, width: 8, context: 8 }), data: tokens(11), optimizer: adamw(), batch: 1, seed: 1 }, train(3));
`;
const FILES = { 'open.ts': OPEN, 'values.ts': VALUES };
const SEARCH = ['search', 'open.ts', '--over', 'n: 3|6, m: 2..4', '--budget', '3MFLOP', '--seeds', '2', '--workers', '1', '--json'];
const TEXT = [...TINY, '--vocabulary', '11', '--budget', '1GFLOP'];

const refused: readonly (readonly [what: string, args: readonly string[], sentence: RegExp])[] = [
  [
    'a budget that holds no candidate',
    ['open.ts', '--over', 'n: 3|6', '--budget', '1kFLOP'],
    /^vcycle: the budget of 1\.00 kFLOP is too small for one candidate: the cheapest costs \d+ kFLOP a run, with 3 seeds \d\.\d+ MFLOP; raise --budget, lower --seeds, or search lower values$/m,
  ],
  [
    'a budget in another unit',
    ['open.ts', '--over', 'n: 3|6', '--budget', '20TB'],
    /--budget.*must be a number of FLOPs above 0 with its unit .*such as 20TFLOP/,
  ],
  ['no names', ['open.ts', '--over', '', '--budget', '1GFLOP'], /--over.*must name what is searched/],
  [
    'a name that is not free',
    ['open.ts', '--over', 'k: 3..6', '--budget', '1GFLOP'],
    /^vcycle: k is not a free name of the pipeline's text; its names are n, m$/m,
  ],
  [
    'a name that a text does not have',
    ['train(n)', ...TEXT, '--over', 'n: 1|2, k: 3..6'],
    /^vcycle: k is not a free name of the pipeline's text; its names are n$/m,
  ],
  [
    'a pipeline from values',
    ['values.ts', '--over', 'n: 3..6', '--budget', '1GFLOP'],
    /^vcycle: values\.ts has no free names to search: the file must give pipeline\(setup, TEXT/m,
  ],
  [
    'a value with which the pipeline is not valid',
    ['restrict(every(k, 0)) >> train(2) >> prolongate', ...TEXT, '--over', 'k: 2|3'],
    /^vcycle: with k 3 the pipeline is not valid: stage 1, restrict\(every\(3, 0\)\): needs a number of layers divisible by 3/m,
  ],
  ['a name with a number', ['train(n)', ...TEXT, '--over', 'n: 1|2', '--set', 'n=3'], /^vcycle: n has a number by --set and a range by/m],
];

describe('vcycle search', function () {
  this.timeout(180_000);

  it('keeps its budget, trains heads once, and continues after a kill to the same result', async () => {
    await inFolder(FILES, async (cwd) => {
      const whole = await vcycle([...SEARCH, '--out', 'whole'], { cwd });
      assert.equal(whole.code, 0, whole.stderr);
      const result = JSON.parse(whole.stdout);
      assert.ok(result.reserved <= result.budget.all && result.planned <= result.reserved);
      assert.equal(result.counted, result.planned);
      assert.ok(result.trained < result.counted, 'candidates that begin alike reuse the state of one of them');
      assert.equal(result.rungs[1], Math.ceil(result.rungs[0] / 2));
      assert.equal(result.standings.length, result.rungs[0]);
      assert.deepEqual(Object.keys(result.best.values), ['n', 'm']);
      assert.equal(JSON.parse(readFileSync(join(cwd, 'whole/best.json'), 'utf8')).stages.length, 4);
      for (const file of ['search.svg', 'search.png', 'search.json']) assert.ok(existsSync(join(cwd, 'whole', file)), file);

      // Killed at once where some jobs are done.
      const jobs = (): number => (existsSync(join(cwd, 'killed/jobs')) ? readdirSync(join(cwd, 'killed/jobs')).length : 0);
      let looking: NodeJS.Timeout | undefined;
      const killed = await vcycle([...SEARCH, '--no-reuse', '--out', 'killed'], {
        cwd,
        onStart: (kill) => {
          looking = setInterval(() => {
            if (jobs() >= 2) kill('SIGKILL');
          }, 20);
        },
      });
      clearInterval(looking);
      assert.equal(killed.code, null, 'it was killed');
      const again = await vcycle([...SEARCH, '--no-reuse', '--out', 'killed'], { cwd });
      assert.equal(again.code, 0, again.stderr);
      const { folder: _, trained, ...rest } = JSON.parse(again.stdout);
      const { folder: __, trained: ___, ...expected } = result;
      assert.deepEqual(rest, expected);
      assert.equal(trained, rest.counted);
    });
  });

  for (const [what, args, sentence] of refused)
    it(`refuses ${what}`, async () => {
      await inFolder(FILES, async (cwd) => {
        const { code, stdout, stderr } = await vcycle(['search', ...args], { cwd });
        assert.match(stderr, sentence);
        assert.equal(code, 2);
        assert.equal(stdout, '');
        assert.ok(!existsSync(join(cwd, 'searches')));
      });
    });
});
