/** Whatever is wrong with the input: exit 2, one sentence on stderr, nothing on stdout, no stack trace. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { CORPUS, inFolder, TINY, tinyWith, vcycle } from './vcycle.js';

const SETUP = `const setup = { model: gpt({ layers: 2, heads: 2, width: 16, context: 16 }), data: tokens(11), optimizer: adamw(), batch: 2, seed: 1 };`;
const IMPORT = `import { adamw, gpt, pipeline, tokens, train } from 'vcycle';`;

const SCHEDULE = {
  version: 1,
  setup: {
    model: { kind: 'gpt', layers: 2, heads: 2, width: 16, context: 16, bias: true },
    data: { kind: 'tokens', vocabulary: 11 },
    optimizer: {
      kind: 'sgd',
      momentum: 0,
      clip: 0,
      weightDecay: 0,
      learningRate: { kind: 'constant', peak: 0.1, warmup: 0, clock: 'global' },
    },
    batch: 2,
    seed: 1,
    evaluation: { every: 0, batches: 1 },
  },
  stages: [{ kind: 'train', steps: 3 }],
};

const FILES = {
  'corpus.txt': CORPUS,
  'short.txt': 'too short',
  'latin1.txt': Uint8Array.from([0x63, 0x61, 0x66, 0xe9, 0x0a]),
  'v2.json': JSON.stringify({ ...SCHEDULE, version: 2 }),
  'unknown-key.json': JSON.stringify({ ...SCHEDULE, stages: [{ kind: 'train', steps: 3, stepps: 4 }] }),
  'zero-steps.json': JSON.stringify({ ...SCHEDULE, stages: [{ kind: 'train', steps: 0 }] }),
  'no-number.json': JSON.stringify(SCHEDULE).replace('"peak":0.1', '"peak":"fast"'),
  'torn.json': JSON.stringify(SCHEDULE, undefined, 2).slice(0, 100),
  'twice.json': JSON.stringify(SCHEDULE, undefined, 2).replace('"steps": 3', '"steps": 3,\n      "steps": 4'),
  'no-default.ts': `${IMPORT}\n${SETUP}\nexport const mine = pipeline(setup, train(3));\n`,
  'throws.ts': `${IMPORT}\n\nexport default (() => { throw new Error('no luck'); })();\n`,
  'syntax.ts': `${IMPORT}\n${SETUP}\nexport default pipeline(setup, train(3);\n`,
  'number.ts': `export default 42;\n`,
  'names.cjs': `const { adamw, gpt, pipeline, tokens, train } = require('vcycle');\n${SETUP}\nmodule.exports = { mine: pipeline(setup, train(3)) };\n`,
  'setup.cjs': `const { adamw, gpt, pipeline, tokens, train } = require('vcycle');\n${SETUP}\nexports.setup = setup;\nexports.kind = () => 1;\n`,
  'none.cjs': '',
  'several.cjs': "const { train } = require('vcycle');\nmodule.exports = [train(3), train(4)];\n",
  'wrong.cjs': `const { adamw, gpt, pipeline, tokens, train } = require('vcycle');\n${SETUP}\nmodule.exports = pipeline(setup, 'tran(3)');\n`,
  'stage.cjs': "module.exports = require('vcycle').train(3);\n",
  'SYNTAX.TS': `${IMPORT}\n${SETUP}\nexport default pipeline(setup, train(3);\n`,
  'stage.ts': `${IMPORT}\nexport default train(3);\n`,
  'import.ts': `import { gone } from './gone.js';\nexport default gone;\n`,
  'promise.ts': `${IMPORT}\n${SETUP}\nexport default Promise.resolve(pipeline(setup, train(3)));\n`,
  'waits.ts': `await new Promise(() => undefined);\nexport default 1;\n`,
  'timer.ts': `${IMPORT}\n${SETUP}\nsetTimeout(() => { throw new Error('too late'); }, 0);\nexport default pipeline(setup, train(3));\n`,
  'unawaited.ts': `${IMPORT}\n${SETUP}\nvoid Promise.reject(new Error('nobody awaits'));\nexport default pipeline(setup, train(3));\n`,
  'exits.ts': `${IMPORT}\nprocess.exit(0);\nexport default train(3);\n`,
  'unbound.ts': `${IMPORT}\n${SETUP}\nconst text: string = 'train(n)';\nexport default pipeline(setup, text);\n`,
  'text.ts': `${IMPORT}\n${SETUP}\nconst text: string = 'tran(3)';\nexport default pipeline(setup, text);\n`,
  'unknown-option.ts': `import { even, prolongate, restrict } from 'vcycle';\n${IMPORT}\n${SETUP}\nexport default pipeline(setup, restrict(even), train(3), prolongate({ mixx: 0.5 }));\n`,
  'plain.txt': 'train(3)',
  'folder/inside.txt': '',
  'begun/schedule.json': JSON.stringify(SCHEDULE),
  'begun/model/.keep': '',
} as const;

const tiny = (stages: string, ...more: readonly string[]): readonly string[] => [
  'plan',
  ...tinyWith('--vocabulary', '11', ...more),
  stages,
];
const onText = (file: string): readonly string[] => ['run', ...TINY, '--data', file, 'train(2)'];

type Case = readonly [what: string, args: readonly string[], sentence: RegExp];

const cases: readonly Case[] = [
  // The text form.
  ['a depth that the factor does not divide', tiny('restrict(every(3)) >> train(1) >> prolongate'), /divisible by 3 \(was 2\)|expected/],
  ['an odd depth', tiny('restrict(even) >> restrict(even) >> train(1) >> prolongate >> prolongate'), /divisible by 2 \(was 1\)/],
  ['a prolongation with nothing to return to', tiny('prolongate'), /stage 1, prolongate: no finer level is open/],
  ['an end on a coarse level', tiny('restrict(even) >> train(1)'), /must end on level 0 \(was level 1\)/],
  ['an unknown stage', tiny('train(1) >> trian(1)'), /column 13: unknown stage "trian".*nearest word is train/],
  ['zero steps', tiny('train(0)'), /steps must be an integer >= 1 \(was 0\)/],
  ['negative steps', tiny('train(-3)'), /steps must be an integer >= 1 \(was -3\)/],
  ['fractional steps', tiny('train(1.5)'), /steps must be an integer >= 1 \(was 1\.5\)/],
  ['a missing parenthesis', tiny('repeat(2, train(1)'), /a parenthesis is missing/],
  ['an empty pipeline', tiny(''), /the pipeline has no stages/],
  ['a name left unbound', tiny('train(n)'), /the name n is not bound/],
  ['a name that is never used', tiny('train(1)', '--set', 'n=4'), /the name n is never used/],
  ['a binding that is no number', tiny('train(n)', '--set', 'n=many'), /'n=many' is invalid\. It must be a number/],
  [
    'heads that do not divide the width',
    tiny('train(1)', '--heads', '3'),
    /^vcycle: --heads must divide the width 16 \(was 3\); change one of them$/m,
  ],
  ['a learning rate that is no number', tiny('train(1)', '--learning-rate', 'fast'), /'fast' is invalid\. It must be a number/],
  [
    'a negative learning rate',
    tiny('train(1)', '--learning-rate', '-1'),
    /^vcycle: --learning-rate must be a finite number > 0 \(was -1\)$/m,
  ],
  ['a batch of nothing', tiny('train(1)', '--batch', '0'), /^vcycle: --batch must be an integer >= 1 \(was 0\)$/m],
  [
    'the same of compile',
    ['compile', ...tiny('train(1)', '--batch', '0').slice(1)],
    /^vcycle: --batch must be an integer >= 1 \(was 0\)$/m,
  ],
  ['the same of run', ['run', ...tiny('train(1)', '--batch', '0').slice(1)], /^vcycle: --batch must be an integer >= 1 \(was 0\)$/m],
  [
    'a floor above the peak',
    tiny('train(1)', '--learning-rate', '0.1', '--floor', '0.5'),
    /^vcycle: --floor must be at most the peak 0\.1 \(was 0\.5\)$/m,
  ],
  [
    'an end that looks at what nobody evaluates',
    tiny('train(until.loss(2.5, on: heldOut, atMost: 9))', '--evaluate-every', '0'),
    /^vcycle: stage 1, until\.loss: looks at held-out losses, and --evaluate-every is 0; set it to a number of steps or /m,
  ],
  [
    'a vocabulary smaller than that of the text',
    [...onText('corpus.txt').slice(0, -1), '--vocabulary', '3', 'train(1)'],
    /^vcycle: --vocabulary must be at least the data's \d+ tokens \(was 3\); raise it or leave it out$/m,
  ],
  ['a text without a name', onText(''), /^vcycle: --data must be a text that is not empty \(was ""\)$/m],
  ['half a layer', tiny('train(1)', '--layers', '2.5'), /^vcycle: --layers must be an integer >= 0 \(was 2\.5\)$/m],
  ['sizes left out', ['plan', '--layers', '2', 'train(1)'], /needs --width, --heads, --context, --batch$/m],
  ['neither data nor vocabulary', ['plan', ...TINY, 'train(1)'], /needs --data FILE .*or --vocabulary/],
  [
    'momentum for AdamW',
    tiny('train(1)', '--momentum', '0.9'),
    /--momentum goes with --optimizer sgd or muon; choose one of these or leave it out$/m,
  ],
  [
    'a shape factor for AdamW',
    tiny('train(1)', '--shape-factor', 'original'),
    /--shape-factor goes with --optimizer muon; choose that or leave it out$/m,
  ],
  [
    'a rate of the rest for SGD',
    tiny('train(1)', '--optimizer', 'sgd', '--rest-rate', '1'),
    /--rest-rate goes with --optimizer muon; choose that or leave it out$/m,
  ],
  [
    'completeP for SGD',
    tiny('train(1)', '--parametrisation', 'completeP', '--optimizer', 'sgd'),
    /^vcycle: --optimizer must be adamw with completeP, whose rates are those of AdamW \(was sgd\); choose adamw, or leave the parametrisation out$/m,
  ],
  [
    'the width of a base without completeP',
    tiny('train(1)', '--base-width', '64'),
    /^vcycle: --base-width goes with parametrisation completeP; give that too, or remove it$/m,
  ],
  [
    'a width without matrices for Muon',
    tiny('train(1)', '--optimizer', 'muon', '--width', '1', '--heads', '1'),
    /^vcycle: --width must be at least 2 with muon, which orthogonalises matrices \(was 1\); choose adamw$/m,
  ],
  [
    'a floor of a constant learning rate',
    tiny('train(1)', '--learning-rate-shape', 'constant', '--floor', '0.1'),
    /--floor goes with --learning-rate-shape cosine or wsd; choose one of these or leave it out$/m,
  ],
  ['a share of no text', tiny('train(1)', '--held-out', '0.1'), /--held-out goes with --data; give a text or leave it out$/m],
  ['a name bound twice', tiny('train(n)', '--set', 'n=1', '--set', 'n=2'), /n is bound already; bind it once\.$/m],
  // Files.
  [
    'a pipeline file that is not there',
    ['plan', 'gone.ts'],
    /gone\.ts: there is no such file \(looked for .*\); name another, or stages such as 'train\(100\)'$/m,
  ],
  ['a folder for a pipeline', ['plan', 'folder'], /folder: a folder; name a pipeline file/],
  [
    'a file that is no pipeline',
    ['plan', 'plain.txt'],
    /plain\.txt: a pipeline file must end in \.ts, \.mts, \.cts, \.js, \.mjs, \.cjs or \.json; rename it$/m,
  ],
  ['a file without a default export', ['plan', 'no-default.ts'], /no-default\.ts: a pipeline file must have a default export/],
  [
    'a CommonJS file that exports names alone',
    ['plan', 'names.cjs'],
    /names\.cjs: a pipeline file .* \(in CommonJS `module\.exports = pipeline/,
  ],
  ['a CommonJS file that exports its setup by name', ['plan', 'setup.cjs'], /setup\.cjs: a pipeline file must have a default export/],
  ['a CommonJS file that exports nothing', ['plan', 'none.cjs'], /none\.cjs: a pipeline file must have a default export/],
  ['a CommonJS file that exports an array', ['plan', 'several.cjs'], /several\.cjs: the file must give a pipeline.*\(was an array\)/],
  ['a CommonJS file with a wrong text', ['plan', 'wrong.cjs'], /wrong\.cjs: column 1: unknown stage "tran"/],
  ['a CommonJS file that exports a stage', ['plan', 'stage.cjs'], /stage\.cjs: the file must give a pipeline.*\(was a train alone\)/],
  ['a syntax error in a file with a large extension', ['plan', 'SYNTAX.TS'], /SYNTAX\.TS:3: syntax error: /],
  ['a file that throws', ['plan', 'throws.ts'], /throws\.ts:3: the pipeline file threw while it loaded: no luck/],
  ['a file with a syntax error', ['plan', 'syntax.ts'], /syntax\.ts:3: syntax error: /],
  ['a file that exports a number', ['plan', 'number.ts'], /number\.ts: the file must give a pipeline.*\(was a number\)/],
  ['a file that exports one stage', ['plan', 'stage.ts'], /stage\.ts: the file must give a pipeline.*\(was a train alone\)/],
  [
    'a file that exports a promise',
    ['plan', 'promise.ts'],
    /promise\.ts: the file must give a pipeline.*\(was a promise; put await before it\)/,
  ],
  ['a file that waits for ever', ['plan', 'waits.ts'], /waits\.ts: the pipeline file threw while it loaded: it waits for what never comes/],
  ['a file whose timer throws', ['plan', 'timer.ts'], /timer\.ts(:3)?: the pipeline file threw while it loaded: too late/],
  [
    'a file with an unawaited rejection',
    ['plan', 'unawaited.ts'],
    /unawaited\.ts(:3)?: the pipeline file threw while it loaded: nobody awaits/,
  ],
  [
    'a file that ends the process',
    ['plan', 'exits.ts'],
    /exits\.ts(:2)?: the pipeline file threw while it loaded: it called process\.exit/,
  ],
  [
    'a file with an option that its stage does not have',
    ['plan', 'unknown-option.ts'],
    /unknown-option\.ts: stage 3, unknown option "mixx" of prolongate; .*; the nearest word is mix$/m,
  ],
  ['a file with an open name', ['plan', 'unbound.ts'], /unbound\.ts: .*in a file, pipeline\(setup, text, \{ n: 400 \}\)/],
  [
    'a file whose import is missing',
    ['plan', 'import.ts'],
    /import\.ts:1: an import was not found: .*gone.*; correct its path, or install the package$/m,
  ],
  ['a file whose text form does not parse', ['plan', 'text.ts'], /text\.ts: column 1: unknown stage "tran"/],
  ['options of the text form with a file', ['plan', 'v2.json', '--layers', '3'], /--layers goes with a pipeline in text form/],
  ['a schedule of another version', ['plan', 'v2.json'], /v2\.json: version must be 1 \(was 2\)/],
  ['a schedule with an unknown key', ['plan', 'unknown-key.json'], /unknown key "stepps" in stages\[0\] \(nearest: "steps"\)/],
  ['a schedule with zero steps', ['plan', 'zero-steps.json'], /stages\[0\]\.steps must be an integer >= 1 \(was 0\)/],
  [
    'a schedule whose learning rate is no number',
    ['plan', 'no-number.json'],
    /no-number\.json: setup\.optimizer\.learningRate\.peak must be .*\(was "fast"\)/,
  ],
  [
    'a schedule that is torn',
    ['plan', 'torn.json'],
    /^vcycle: torn\.json:\d+: not JSON: expected .* \(was .*\); fix it, or write the schedule again with vcycle compile$/m,
  ],
  [
    'a schedule with a key twice',
    ['plan', 'twice.json'],
    /^vcycle: twice\.json:\d+: the key "steps" is given twice in stages\[0\] \(first in line \d+\); give it once$/m,
  ],
  // Data.
  ['a text that is not there', onText('gone.txt'), /gone\.txt: there is no such file/],
  ['a folder without a text', onText('folder'), /folder: the source must hold text/],
  ['a text that is not UTF-8', onText('latin1.txt'), /latin1\.txt: .*UTF-8/],
  ['a text shorter than a context', onText('short.txt'), /short\.txt: /],
  ['a corpus that nobody knows', onText('npm:no-such-corpus'), /no-such-corpus/],
  // Sizes that nothing holds, or whose step nothing could trace.
  [
    'a growth beyond all depths',
    ['compile', ...TINY, '--vocabulary', '11', 'train(1) >> grow(stack(4000)) >> train(1)'],
    /stage 2, grow\(stack\(4000\)\): the model can have at most 1024 layers \(was 8000\); grow less/,
  ],
  [
    'a model beyond all depths',
    ['compile', ...tinyWith('--vocabulary', '11', '--layers', '5000'), 'train(1)'],
    /^vcycle: --layers must be an integer <= 1024 \(was 5000\)$/m,
  ],
  [
    'a model too wide for any array',
    ['run', ...tinyWith('--width', '200000', '--vocabulary', '10'), 'train(1)'],
    /stage 1, train\(1\): .*takes \d+ MiB and an array of JavaScript holds at most 16383 MiB in one tensor; lower the batch, the context or the width/,
  ],
  [
    'a batch too large for any array',
    ['run', ...tinyWith('--batch', '100000000', '--vocabulary', '10'), 'train(1)'],
    /stage 1, train\(1\): .* holds at most 16383 MiB in one tensor; lower the batch/,
  ],
  // Options of other commands than those that take a pipeline: an invalid number or choice, and its name.
  ...(
    [
      ['run', '--checkpoint-every', '0', 'an integer >= 1'],
      ['run', '--keep', '1.5', 'an integer >= 1'],
      ['resume', '--checkpoint-every', 'often', 'an integer >= 1'],
      ['resume', '--keep', '0', 'an integer >= 1'],
      ['sample', '--tokens', '0', 'an integer >= 1'],
      ['sample', '--temperature', '-1', 'a number >= 0'],
      ['sample', '--top-k', '-1', 'an integer >= 0'],
      ['sample', '--seed', '0.5', 'an integer >= 0'],
      ['job', '--threads', '0', 'an integer >= 1'],
      ['watch', '--port', '65536', 'an integer from 0 to 65535'],
    ] as const
  ).map(
    ([command, option, value, wanted]): Case => [
      `${option} ${value} of ${command}`,
      [command, option, value, 'somewhere'],
      new RegExp(`^vcycle: option '${option} <\\w+>' argument '${value}' is invalid\\. It must be ${wanted}\\.$`, 'm'),
    ],
  ),
  ...(
    [
      ['--optimizer', 'adam', 'adamw, muon, sgd'],
      ['--shape-factor', 'square', 'match-rms-adamw, original'],
      ['--learning-rate-shape', 'linear', 'constant, cosine, wsd'],
      ['--clock', 'local', 'global, stage'],
    ] as const
  ).map(
    ([option, word, choices]): Case => [
      `${option} ${word}`,
      tiny('train(1)', option, word),
      new RegExp(`^vcycle: option '${option} <name>' argument '${word}' is invalid\\. Allowed choices are ${choices}\\.$`, 'm'),
    ],
  ),
  [
    'a precision that the backend has not',
    tiny('train(1)', '--precision', 'bf16'),
    /^vcycle: --precision bf16 is for torch-cpu, torch-cuda only \(was --backend onnx-cpu\); leave it out$/m,
  ],
  [
    'a precision that there is not',
    tiny('train(1)', '--precision', 'f16'),
    /'--precision <p>' argument 'f16' is invalid\. Allowed choices are f32, bf16\.$/m,
  ],
  [
    '--branches parallel on a backend that has no processes of its own',
    tiny('( train(1) | train(1) )', '--branches', 'parallel'),
    /^vcycle: --branches parallel is for torch-cpu, torch-cuda only \(was --backend onnx-cpu\); leave it out$/m,
  ],
  [
    '--ranks on a backend that has none',
    tiny('train(1)', '--ranks', '2'),
    /^vcycle: --ranks is for torch-cpu, torch-cuda only \(was --backend onnx-cpu\); leave it out$/m,
  ],
  ...[0, 1].map(
    (node): Case => [
      `node ${node} of two, on a backend that has no ranks`,
      ['run', ...tiny('train(1)', '--nodes', '2', '--node', `${node}`, '--rendezvous', 'here:1').slice(1)],
      /^vcycle: several nodes are for torch-cpu, torch-cuda only \(was --backend onnx-cpu\); leave out --nodes, --node and --rendezvous$/m,
    ],
  ),
  [
    'a mode that the backend has not',
    tiny('train(1)', '--torch-compile'),
    /^vcycle: --torch-compile is for torch-cpu, torch-cuda only \(was --backend onnx-cpu\); leave it out$/m,
  ],
  // Nothing that was given is dropped.
  [
    'a value given twice',
    tiny('train(1)', '--seed', '1', '--seed', '2'),
    /'--seed <n>' argument '2' is invalid\. It must be given once \(was 1, then 2\)\.$/m,
  ],
  [
    'a choice given twice',
    tiny('train(1)', '--optimizer', 'sgd', '--optimizer', 'adamw'),
    /'--optimizer <name>' argument 'adamw' is invalid\. It must be given once \(was sgd, then adamw\)\.$/m,
  ],
  [
    'a folder given twice',
    ['run', ...TINY, '--vocabulary', '11', '--out', 'a', '--out', 'b', 'train(1)'],
    /'--out <folder>' argument 'b' is invalid\. It must be given once \(was a, then b\)\.$/m,
  ],
  [
    'threads of a backend that has none to set',
    ['compare', ...TINY, '--vocabulary', '11', '--backend', 'null', '--threads', '2', 'train(1)'],
    /^vcycle: --threads is for onnx-cpu, torch-cpu, torch-cuda, tfjs-cuda, tfjs-node only \(was --backend null\); leave it out$/m,
  ],
  [
    'a seed of a comparison, which has several',
    ['compare', ...TINY, '--vocabulary', '11', '--seed', '5', 'train(1)'],
    /^vcycle: --seed goes with one run \(was 5\); compare has --seeds, where "5," is that one alone$/m,
  ],
  [
    'a CPU for what has no other',
    ['setup', 'tfjs-node', '--allow-cpu'],
    /^vcycle: --allow-cpu is for tfjs-cuda \(was tfjs-node\); leave it out$/m,
  ],
  ['what is to be removed again', ['setup', 'tfjs-node', '--remove', '--again'], /'--again' cannot be used with option '--remove'/],
  // The command line itself.
  [
    'two forms of output',
    ['compile', ...TINY, '--vocabulary', '11', '--text', '--programs', 'train(1)'],
    /'--text' cannot be used with option '--programs'/,
  ],
  [
    'text as JSON',
    ['compile', ...TINY, '--vocabulary', '11', '--text', '--json', 'train(1)'],
    /'--text' cannot be used with option '--json'/,
  ],
  ['an unknown backend', tiny('train(1)', '--backend', 'onnx-cup'), /there is no backend "onnx-cup"; did you mean onnx-cpu\?/],
  ['half a backend', tiny('train(1)', '--backend', 'gpu'), /there is no backend "gpu"; did you mean onnx-webgpu or tfjs-webgpu\?/],
  ['a backend by another name', tiny('train(1)', '--backend', 'tfjs-gpu'), /"tfjs-gpu"; did you mean tfjs-webgpu\?/],
  [
    'a run folder without a model',
    ['sample', 'begun'],
    /^vcycle: begun: the run has not ended and has saved no model; let it end, resume it, or name another folder$/m,
  ],
  ['an unknown command', ['plna'], /unknown command 'plna' \(Did you mean plan\?\)/],
  ['an unknown option', tiny('train(1)', '--layrs', '3'), /unknown option '--layrs' \(Did you mean --layers\?\)/],
  ['a missing argument', ['plan'], /missing required argument 'pipelines'/],
  ['an argument too many', ['sample', 'folder', 'another'], /too many arguments/],
  [
    'a folder that is not a run folder',
    ['sample', 'folder'],
    /^vcycle: folder: neither a run nor a model is there; name a run folder, a model folder or a model file$/m,
  ],
  [
    'a file that is not a model',
    ['sample', 'corpus.txt'],
    /^vcycle: corpus\.txt: safetensors: .*; put back a whole copy of the file, or name another one$/m,
  ],
  [
    'a manifest that is not there',
    ['job', 'gone.jsonl', 'abc'],
    /^vcycle: gone\.jsonl: no manifest is there \(.*\); name the manifest\.jsonl in the folder of a comparison$/m,
  ],
  [
    'a file that is not a manifest',
    ['job', 'corpus.txt', 'abc'],
    /^vcycle: corpus\.txt:1: not JSON: expected .*; write the manifest again with the vcycle that reads it$/m,
  ],
];

describe('bad input is one sentence on stderr and exit 2:', () => {
  let cwd = '';
  let leave: () => void = () => undefined;
  let left: Promise<void> = Promise.resolve();
  before(
    () =>
      new Promise<void>((entered, refused) => {
        left = inFolder(FILES, (folder) => {
          cwd = folder;
          entered();
          return new Promise((resolve) => {
            leave = resolve;
          });
        });
        left.catch(refused);
      }),
  );
  after(() => {
    leave();
    return left;
  });

  for (const [what, args, sentence] of cases) {
    it(what, async () => {
      const { code, stdout, stderr } = await vcycle(args, { cwd });
      const seen = `vcycle ${args.join(' ')}\nexit ${code}\n${stdout}${stderr}`;
      assert.equal(code, 2, seen);
      assert.equal(stdout, '', seen);
      assert.equal(stderr.trimEnd().split('\n').length, 1, seen);
      assert.match(stderr, sentence, seen);
      assert.doesNotMatch(stderr, /\bat .*:\d+:\d+|this is a bug/, seen);
    });
  }

  it('a text that may not be read', async function () {
    if (process.getuid?.() === 0) {
      console.log('      skipped: this user may read every file');
      this.skip();
    }
    await inFolder({ 'secret.txt': CORPUS }, async (cwd) => {
      await chmod(join(cwd, 'secret.txt'), 0);
      const { code, stderr } = await vcycle(onText('secret.txt'), { cwd });
      assert.equal(code, 2);
      assert.match(stderr, /secret\.txt/);
    });
  });

  it('a pipe in the place of a pipeline file, which nothing waits for', () =>
    inFolder({}, async (cwd) => {
      assert.equal(spawnSync('mkfifo', [join(cwd, 'pipe.ts')]).status, 0);
      for (const command of ['plan', 'check']) {
        const { code, stderr } = await vcycle([command, 'pipe.ts'], { cwd });
        assert.equal(code, 2);
        assert.match(stderr, /^vcycle: pipe\.ts: a pipeline file must be a regular file, no pipe or device; name another\n$/);
      }
    }));

  it('a word is distinguished from a path', async () => {
    const stages = await vcycle(tiny('tran(10)'));
    assert.match(stages.stderr, /unknown stage "tran"/);
    const word = await vcycle(tiny('demo'));
    assert.match(word.stderr, /unknown stage "demo".*nor is there a file "demo"/);
    const file = await vcycle(['plan', 'pipelines/demo.ts']);
    assert.match(file.stderr, /pipelines\/demo\.ts: there is no such file/);
  });
});
