/**
 * Law 9 on a random sample: the compiler refuses a pipeline exactly when the verifier does, with the same sentence. (Exactly, because
 * everything in the sample is literal; elsewhere the compiler may leave more to the verifier.)
 */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { adamw, gpt, pipeline, tokens } from '../../dsl/index.js';
import type { Stage } from '../../src/schedule/schedule.js';
import { type Bindings, print } from '../../src/schedule/text/index.js';
import { verify } from '../../src/schedule/verify.js';
import { stages } from '../schedule/arbitrary.js';
import { compile, root, sentencesIn } from './tsc.js';

interface Case {
  /** The arguments after the setup, as source. */
  readonly source: string;
  readonly layers: number;
  /** The verifier's sentence. */
  readonly refused: string | undefined;
}

const setupOf = (layers: number) => ({
  model: gpt({ layers, heads: 1, width: 4, context: 4 }),
  data: tokens(5),
  optimizer: adamw(),
  batch: 1,
  seed: 1,
});

const refusalOf = (value: unknown): string | undefined => {
  const result = verify(value);
  return E.isLeft(result) ? result.left.message : undefined;
};

const sourceOf = (stage: Stage): string => {
  switch (stage.kind) {
    case 'train':
      return `train(${stage.steps})`;
    case 'restrict':
      return `restrict(every(${stage.operator.factor}, ${stage.operator.offset}), { h: '${stage.h}', moments: '${stage.moments}' })`;
    case 'prolongate':
      return stage.moments === 'carry' ? 'prolongate' : `prolongate({ moments: '${stage.moments}' })`;
    case 'repeat':
      return `repeat(${stage.times}, sequence(${stage.stages.map(sourceOf).join(', ')}))`;
  }
};

const depth = fc.constantFrom(4, 12, 60, 120);

/** Random stages seldom make sense; closing what they leave open makes half of them do. */
const closed = (all: readonly Stage[], times: number): readonly Stage[] => [
  ...all.filter(({ kind }) => kind !== 'prolongate'),
  ...Array.from({ length: times }, (): Stage => ({ kind: 'prolongate', moments: 'carry' })),
];

const tree = fc.oneof(
  stages,
  stages.map((all) => closed(all, all.filter(({ kind }) => kind === 'restrict').length)),
);

const inCode: fc.Arbitrary<Case> = fc.tuple(depth, tree).map(([layers, all]) => ({
  source: all.map(sourceOf).join(', '),
  layers,
  refused: refusalOf({ version: 1, setup: pipeline(setupOf(layers), 'train(1)').setup, stages: all }),
}));

const textCase = (layers: number, text: string, bindings?: Bindings): Case => ({
  source: JSON.stringify(text) + (bindings === undefined ? '' : `, ${JSON.stringify(bindings)}`),
  layers,
  refused: refusalOf(bindings === undefined ? pipeline(setupOf(layers), text) : pipeline(setupOf(layers), text, bindings)),
});

const inText: fc.Arbitrary<Case> = fc.tuple(depth, tree).map(([layers, all]) => textCase(layers, print(all)));

/** A text with something put in, taken out, or put in its place. */
const broken: fc.Arbitrary<Case> = fc
  .tuple(
    depth,
    stages.map(print),
    fc.nat(),
    fc.nat(3),
    fc.constantFrom(
      '',
      '',
      '(',
      ')',
      ',',
      ':',
      '>',
      ' ',
      '\n',
      '\t',
      'x',
      '0',
      '-',
      '.',
      '>> ',
      'train',
      'even',
      'n',
      'é',
      'h: keep',
      ', moments: reset',
    ),
  )
  .map(([layers, text, at, cut, piece]) => {
    const place = at % (text.length + 1);
    return textCase(layers, text.slice(0, place) + piece + text.slice(place + cut));
  });

/** Names for numbers, with bindings that are sometimes missing, in vain or out of bounds. */
const named: fc.Arbitrary<Case> = fc
  .tuple(
    depth,
    fc.constantFrom('train(n)', 'restrict(every(k, o)) >> train(n) >> prolongate', 'repeat(n, train(m)) >> train(m)'),
    fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 4, maxLength: 4 }),
    fc.nat(9),
  )
  .map(([layers, text, values, drop]) => {
    const names = ['n', 'm', 'k', 'o'].filter((name, index) => new RegExp(`\\b${name}\\b`).test(text) !== (index === drop));
    return textCase(layers, text, Object.fromEntries(names.map((name) => [name, values['nmko'.indexOf(name)] ?? 1])));
  });

const folder = '.cache/law-9';

const fileOf = (cases: readonly Case[]): string =>
  [
    "import { adamw, every, gpt, pipeline, prolongate, repeat, restrict, sequence, tokens, train } from '../../dsl/index.js';",
    'const common = { data: tokens(5), optimizer: adamw(), batch: 1, seed: 1 };',
    ...[4, 12, 60, 120].map(
      (layers) => `const of${layers} = { ...common, model: gpt({ layers: ${layers}, heads: 1, width: 4, context: 4 }) };`,
    ),
    ...cases.map(({ layers, source }) => `pipeline(of${layers}, ${source});`),
    'void [every, prolongate, repeat, restrict, sequence, train, of4, of12, of60, of120];',
  ].join('\n');

const firstLine = 7;

describe('what the compiler refuses, the verifier refuses, with the same sentence (law 9)', function () {
  this.timeout(120_000);

  it('on a random sample', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const sample = (cases: fc.Arbitrary<Case>, count: number) => fc.sample(cases, { seed, numRuns: count });
    const cases = [...sample(inCode, 80), ...sample(inText, 80), ...sample(broken, 160), ...sample(named, 40)];
    rmSync(join(root, folder), { recursive: true, force: true });
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'sample.ts'), fileOf(cases));
    const compilerOptions = { noEmit: true, incremental: false, rootDir: '../..', tsBuildInfoFile: null };
    writeFileSync(
      join(root, folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', compilerOptions, include: ['sample.ts'], exclude: [] }),
    );

    const { diagnostics, figures, output } = await compile(folder);
    assert.ok(figures.has('Instantiations'), output);
    let refusals = 0;
    for (const [index, { source, layers, refused }] of cases.entries()) {
      const errors = diagnostics.filter(({ line }) => line === firstLine + index);
      const context = `seed ${seed}, ${layers} layers: ${source}\ncompiler: ${errors.map(({ message }) => message).join('\n')}\nverifier: ${refused}`;
      assert.ok(errors.length <= 1, context);
      const [error] = errors;
      if (error === undefined) {
        assert.equal(refused, undefined, context);
        continue;
      }
      refusals += 1;
      // The verifier may add the nearest word, which needs a search that the compiler does not make.
      const same = sentencesIn(error.message).some(
        (sentence) => refused === sentence || refused?.startsWith(`${sentence}; the nearest word is `),
      );
      assert.ok(same, context);
    }
    assert.equal(refusals, diagnostics.length, `seed ${seed}: errors outside the sample\n${output}`);
    assert.ok(refusals > 40 && cases.length - refusals > 40, `seed ${seed}: ${refusals} of ${cases.length} refused is no fair sample`);
  });
});
