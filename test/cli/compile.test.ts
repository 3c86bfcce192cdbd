/** `vcycle compile`: a pipeline's meaning, out and in again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { inFolder, TINY, vcycle } from './vcycle.js';

const ARGS = ['compile', ...TINY, '--vocabulary', '11'] as const;

describe('compile', () => {
  it('prints a schedule that compiles to itself', async () => {
    const first = await vcycle([
      ...ARGS,
      'restrict(even) >> (train(n) >> prolongate) >> repeat(2, train(m))',
      '--set',
      'n=4',
      '--set',
      'm=2',
    ]);
    assert.equal(first.code, 0, first.stderr);
    await inFolder({ 'again.json': first.stdout }, async (cwd) => {
      const second = await vcycle(['compile', 'again.json'], { cwd });
      assert.equal(second.stdout, first.stdout);
      const text = await vcycle(['compile', '--text', 'again.json'], { cwd });
      assert.equal(text.stdout, 'restrict(even) >> train(4) >> prolongate >> repeat(2, train(2))\n');
      const third = await vcycle([...ARGS, text.stdout.trim()], { cwd });
      assert.equal(third.stdout, first.stdout);
    });
  });

  it('gives the same schedule for a file, in either form, and for the text with options', async () => {
    const setup = `
      import { adamw, cosine, even, gpt, pipeline, prolongate, restrict, tokens, train } from 'vcycle';
      const model = gpt({ layers: 2, heads: 2, width: 16, context: 16, bias: false });
      const setup = { model, data: tokens(11), optimizer: adamw({ learningRate: cosine(0.01, { warmup: 5 }) }), batch: 4, seed: 7 };`;
    const files = {
      'elsewhere/stages.ts': `${setup}\nexport default pipeline(setup, restrict(even), train(4), prolongate, train(2));`,
      'elsewhere/text.mts': `${setup}\nexport default pipeline(setup, 'restrict(even) >> train(n) >> prolongate >> train(2)', { n: 4 });`,
    };
    await inFolder(files, async (cwd) => {
      const stages = await vcycle(['compile', join('elsewhere', 'stages.ts')], { cwd });
      const text = await vcycle(['compile', join('elsewhere', 'text.mts')], { cwd });
      const flags = ['--no-bias', '--seed', '7', '--learning-rate', '0.01', '--warmup', '5'];
      const options = await vcycle([...ARGS, ...flags, 'restrict(even) >> train(4) >> prolongate >> train(2)']);
      assert.equal(stages.code, 0, stages.stderr);
      assert.equal(text.stdout, stages.stdout);
      assert.equal(options.stdout, stages.stdout);
    });
  });

  it('takes what a CommonJS file exports, and extensions in any letters', async () => {
    const names = '{ adamw, gpt, pipeline, tokens, train }';
    const exported = (how: string) =>
      `${how} pipeline({ model: gpt({ layers: 2, heads: 2, width: 8, context: 8 }), data: tokens(7), optimizer: adamw(), batch: 2, seed: 1 }, train(steps));`;
    const required = `const ${names} = require('vcycle');\nconst { steps } = require('./steps');`;
    const imported = `import ${names} from 'vcycle';\nimport { steps } from './steps';`;
    const files = {
      'steps.ts': 'export const steps = 7;',
      'a.cjs': `${required}\n${exported('module.exports =')}`,
      'b.js': `${required}\n${exported('module.exports =')}`,
      'c.cjs': `${required}\n${exported('exports.default =')}`,
      'd.cts': `import vcycle = require('vcycle');\nimport { steps } from './steps';\nconst ${names} = vcycle;\n${exported('export =')}`,
      'e.ts': `${imported}\n${exported('export =')}`,
      'f.TS': `${imported}\n${exported('export default')}`,
      'G.CJS': `${required}\n${exported('module.exports =')}`,
      'h.MTS': `${imported}\n${exported('export default')}`,
    };
    await inFolder(files, async (cwd) => {
      for (const file of Object.keys(files).slice(1)) {
        const { code, stdout, stderr } = await vcycle(['compile', '--text', file], { cwd });
        assert.equal(code, 0, `${file}: ${stderr}`);
        assert.equal(stdout, 'train(7)\n', file);
      }
    });
  }).timeout(60_000);

  it('prints the training step of each level, once', async () => {
    const { code, stdout, stderr } = await vcycle([
      ...ARGS,
      '--programs',
      'repeat(2, restrict(even) >> train(4) >> prolongate) >> train(2)',
    ]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      [...stdout.matchAll(/^program (.*)$/gm)].map(([, name]) => name),
      ['training-step[layers 1, h 2, batch 4]', 'training-step[layers 2, h 1, batch 4]'],
    );
    assert.match(stdout, /%\d+: f32\[\] = crossEntropy|crossEntropy\(/);
    assert.match(stdout, /return parameter layers\.1\.mlp\.contract\.weight = %\d+/);
  });

  it('ends without a word, and with exit 1, when its reader goes away', async () => {
    const { spawn } = await import('node:child_process');
    const { MAIN } = await import('./vcycle.js');
    const child = spawn(process.execPath, [MAIN, ...ARGS, `repeat(9, ${Array(2000).fill('train(1)').join(' >> ')})`], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    assert.equal(stderr, '');
    assert.equal(code, 1);
  });
});
