import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { adamw, llama, muon } from '../../dsl/index.js';
import { invalid } from '../../src/invalid.js';
import type {
  GrowStage,
  Growth,
  MatrixOperator,
  Operator,
  Optimizer,
  ProlongateStage,
  Schedule,
  Stage,
} from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { walk } from '../../src/schedule/walk/walk.js';
import { layers, stages } from './arbitrary.js';
import { makesSense } from './oracle.js';
import { messageOf, rightOf } from './results.js';
import { scheduleOf, setupOf } from './setups.js';
import { trainsSensibly } from './training.js';

const restrictBy = (operator: Operator): Stage => ({ kind: 'restrict', operator, h: 'scale', moments: 'carry', counters: 'carry' });
const restrict = (factor: number, offset: number): Stage => restrictBy({ kind: 'every', factor, offset });
const prolongate: ProlongateStage = {
  kind: 'prolongate',
  correction: { kind: 'total' },
  interpolation: 'own',
  moments: 'carry',
  counters: 'carry',
};
const corrected = (alpha: number): Stage => ({ ...prolongate, correction: { kind: 'correction', alpha } });
const mixed = (alpha: number): ProlongateStage => ({ ...prolongate, correction: { kind: 'mix', alpha } });
const average = (factor: number): Stage => restrictBy({ kind: 'average', factor });
const matrix = (restriction: MatrixOperator['restriction'], prolongation: MatrixOperator['prolongation']): Stage =>
  restrictBy({ kind: 'matrix', restriction, prolongation });
const halfWidth = { kind: 'width', factor: 2 } as const;
const twiceNarrower: Operator = { kind: 'compose', operators: [halfWidth, halfWidth] };
const growBy = (growth: Growth): GrowStage => ({ kind: 'grow', growth, h: 'keep', moments: 'carry', counters: 'carry' });
const grow = (factor: number): Stage => growBy({ kind: 'stack', factor });
const train: Stage = { kind: 'train', steps: 5 };
const trainFor = (steps: number): Stage => ({ kind: 'train', steps });
const heldOut = { kind: 'heldOut' } as const;
const untilHeldOut = (atMost: number): Stage => ({ kind: 'train', steps: atMost, until: { kind: 'loss', loss: 1, on: heldOut } });
const repeat = (times: number, ...inner: Stage[]): Stage => ({ kind: 'repeat', times, stages: inner });

describe('the verifier', () => {
  it('agrees with an oracle that unrolls', () => {
    let sensible = 0;
    fc.assert(
      fc.property(layers, stages, (depth, all) => {
        const result = verify(scheduleOf(depth, all));
        if (E.isRight(result)) sensible += 1;
        // Once for all stages: repeated ones may be thousands.
        const visits = makesSense(depth, all) ? walk(scheduleOf(depth, all)) : undefined;
        const sense = visits !== undefined && trainsSensibly(all, setupOf(depth), (index) => visits[index] ?? assert.fail());
        assert.equal(E.isRight(result), sense, E.isLeft(result) ? result.left.message : 'accepted');
      }),
      { numRuns: 1000 },
    );
    assert.ok(sensible > 20, `only ${sensible} of 1000 random schedules made sense`);
  });

  it('lets a network be as deep as a step can be traced', () => {
    rightOf(verify(scheduleOf(1024, [train])));
    rightOf(verify(scheduleOf(6, [growBy({ kind: 'fresh', layers: 1018 }), train])));
  });

  it('gives the schedule back', () => {
    const schedule = scheduleOf(4, [restrict(2, 0), train, prolongate]);
    assert.equal(rightOf(verify(schedule)), schedule);
  });

  const sentences: readonly (readonly [depth: number, all: readonly Stage[], message: string])[] = [
    [4, [train, prolongate], 'stage 2, prolongate: no finer level is open (was at level 0); put a restrict before it'],
    [
      6,
      [restrict(2, 0), restrict(2, 1)],
      'stage 2, restrict(odd): needs a number of layers divisible by 2 (was 3); restrict fewer times or change the depth',
    ],
    [6, [restrict(3, 3), prolongate], 'stage 1, restrict(every(3, 3)): offset must be less than the factor 3 (was 3)'],
    [
      8,
      [restrict(2, 0), restrict(2, 0)],
      'the pipeline must end on level 0 (was level 2); put a prolongate after the last stage for each level still open',
    ],
    [4, [train, repeat(2, train, prolongate)], 'stage 2.2, prolongate: no finer level is open (was at level 0); put a restrict before it'],
    [
      4,
      [repeat(3, restrict(2, 0))],
      'stage 1.1, restrict(even): needs a number of layers divisible by 2 (was 1); restrict fewer times or change the depth',
    ],
    [
      6,
      [average(4), prolongate],
      'stage 1, restrict(average(4)): needs a number of layers divisible by 4 (was 6); restrict fewer times or change the depth',
    ],
    [
      4,
      [train, restrict(2, 0), grow(2), prolongate],
      'stage 3, grow: only level 0 can grow (was at level 1); put it after the last prolongate',
    ],
    [0, [train, grow(2)], 'stage 2, grow(stack(2)): there is no layer to copy (was 0 layers); begin with fresh(n) or identity(n)'],
    // The compiler knows these of growths at any depth, and says them first.
    [
      0,
      [{ ...growBy({ kind: 'zero', factor: 2 }), fit: { steps: 3, rate: 0.05 } }],
      'stage 1, grow(zero(2)): fit learns of which old layers a new one is made, and this growth leaves none of that to learn; leave it out, or grow by stack(2)',
    ],
    [
      0,
      [{ ...growBy({ kind: 'zero', factor: 2 }), way: 'copy', fit: { steps: 3, rate: 0.05 } }],
      'stage 1, grow(zero(2)): way is for a width that grows, whose new parts it fills (was a growth of the depth); leave it out',
    ],
    [0, [restrict(2, 0), prolongate], 'stage 1, restrict(even): needs at least one layer (was 0); grow first'],
    [0, [average(2), prolongate], 'stage 1, restrict(average(2)): needs at least one layer (was 0); grow first'],
    [
      6,
      [growBy({ kind: 'middle', block: 4 })],
      'stage 1, grow(middle(4)): needs a number of layers divisible by 4 (was 6); choose a block that divides them',
    ],
    [6, [growBy({ kind: 'last', block: 7 })], 'stage 1, grow(last(7)): needs at least 7 layers (was 6); choose a smaller block'],
    [
      6,
      [growBy({ kind: 'fresh', layers: 1019 })],
      'stage 1, grow(fresh(1019)): the model can have at most 1024 layers (was 1025); grow less',
    ],
    [4, [growBy({ kind: 'fresh', layers: 1025 })], 'stages[0].growth.layers must be an integer <= 1024 (was 1025)'],
    [4, [repeat(99, grow(10))], 'stage 1.1, grow(stack(10)): the model can have at most 1024 layers (was 4000); grow less'],
    ...[0, -0.5, 1.5, 2].map((alpha): readonly [number, readonly Stage[], string] => [
      4,
      [restrict(2, 0), corrected(alpha)],
      `stage 2, prolongate: correction must be total or a number > 0 and <= 1, such as 0.5 (was ${alpha})`,
    ]),
    ...[0, -0.5, 1.5, 2].map((alpha): readonly [number, readonly Stage[], string] => [
      4,
      [restrict(2, 0), mixed(alpha)],
      `stage 2, prolongate: mix must be a number > 0 and <= 1 (was ${alpha})`,
    ]),
    [
      4,
      [restrict(2, 0), { ...mixed(0.5), mix: 0.5 } as Stage],
      'stage 2, prolongate: mix and correction are two ways back (both were given); remove one of them',
    ],
    [
      4,
      [restrict(2, 0), { ...mixed(0.5), lineSearch: { tries: 4, batches: 1 } }],
      'stage 2, prolongate: lineSearch must have a correction to shorten (was mix); write prolongate(correction: 1, lineSearch: 4)',
    ],
    [2, [matrix([], []), prolongate], 'stage 1, restrict(matrix): R must have at least one row, and each row at least one number'],
    [2, [matrix([[]], []), prolongate], 'stage 1, restrict(matrix): R must have at least one row, and each row at least one number'],
    [
      3,
      [
        matrix(
          [
            [1, 0, 0],
            [0, 1],
          ],
          [
            [1, 0],
            [0, 1],
            [0, 0],
          ],
        ),
        prolongate,
      ],
      'stage 1, restrict(matrix): row 2 of R must have length 3 (was 2); R is coarse x fine and P is fine x coarse',
    ],
    [
      2,
      [matrix([[1], [1]], [[1, 1]]), prolongate],
      'stage 1, restrict(matrix): R must have at most as many rows as columns (was 2 rows, 1 columns)',
    ],
    [
      2,
      [
        matrix(
          [
            [1, 0],
            [0, 0],
          ],
          [
            [1, 0],
            [0, 1],
          ],
        ),
        prolongate,
      ],
      'stage 1, restrict(matrix): row 2 of R must not be all zeros; a coarse layer must be made of something',
    ],
    [
      3,
      [
        matrix(
          [
            [1, 0, 0],
            [0, 1, 0],
          ],
          [
            [1, 0],
            [0, 1],
          ],
        ),
        prolongate,
      ],
      'stage 1, restrict(matrix): P must have one row for each of the 3 columns of R (was 2); R is coarse x fine and P is fine x coarse',
    ],
    [
      2,
      [matrix([[1, 0]], [[1], [0, 1]]), prolongate],
      'stage 1, restrict(matrix): row 2 of P must have length 1 (was 2); R is coarse x fine and P is fine x coarse',
    ],
    [
      4,
      [matrix([[1, 0]], [[1], [0]]), prolongate],
      'stage 1, restrict(matrix): needs 2 layers, as R has columns (was 4); restrict elsewhere or change the matrices',
    ],
    [
      2,
      [matrix([[0.5, 0.5]], [[1], [0.5]]), prolongate],
      'stage 2, prolongate: total and own need R P = I (was 0.75 in row 1, column 1); fix the matrices or prolongate(correction: 1)',
    ],
    // Of a mix the coarse network is a part only, but R must find that part again; with a mix by 1 it is `total`.
    ...[0.5, 1].map((alpha): readonly [number, readonly Stage[], string] => [
      2,
      [matrix([[0.5, 0.5]], [[1], [0.5]]), mixed(alpha)],
      'stage 2, prolongate: mix and own need R P = I (was 0.75 in row 1, column 1); fix the matrices or prolongate(correction: 1)',
    ]),
    [
      2,
      [
        matrix(
          [
            [0, 1],
            [1, 0],
          ],
          [
            [0, 1],
            [1, 0],
          ],
        ),
        { ...prolongate, interpolation: 'linear' },
      ],
      'stage 2, prolongate(interpolation: linear): the rows of R must stand for places that ascend (row 2 was at 0, after 1); choose repeat or own',
    ],
    [
      2,
      [matrix([[1, -1]], [[1], [0]]), { ...prolongate, interpolation: 'linear' }],
      'stage 2, prolongate(interpolation: linear): the rows of R must stand for places that ascend (row 1 was nowhere, its sum being 0); choose repeat or own',
    ],
    [
      4,
      [restrictBy(halfWidth), { ...prolongate, interpolation: 'linear' }],
      'stage 2, prolongate: interpolation goes between layers, and width(2) keeps them (was linear); leave it out',
    ],
    [
      4,
      [restrictBy(twiceNarrower), { ...prolongate, interpolation: 'repeat' }],
      'stage 2, prolongate: interpolation goes between layers, and compose(width(2), width(2)) keeps them (was repeat); leave it out',
    ],
    // Evaluations go by the run's steps, every 250 here.
    [
      4,
      [untilHeldOut(249)],
      'stage 1, until.loss: cannot be met before step 250 of the stage (atMost was 249); raise atMost or ask for less',
    ],
    [
      4,
      [trainFor(200), untilHeldOut(49)],
      'stage 2, until.loss: cannot be met before step 50 of the stage (atMost was 49); raise atMost or ask for less',
    ],
    [
      4,
      [trainFor(200), { kind: 'train', steps: 300, until: { kind: 'plateau', on: heldOut, patience: 2, minDelta: 0 } }],
      'stage 2, until.plateau: cannot be met before step 550 of the stage (atMost was 300); raise atMost or ask for less',
    ],
    // In the first pass it can be met, at its very last step.
    [
      4,
      [repeat(2, trainFor(160), untilHeldOut(90), trainFor(100))],
      'stage 1.2, until.loss: cannot be met before step 240 of the stage (atMost was 90); raise atMost or ask for less',
    ],
    [
      4,
      [repeat(300, trainFor(1)), untilHeldOut(199)],
      'stage 2, until.loss: cannot be met before step 200 of the stage (atMost was 199); raise atMost or ask for less',
    ],
    [
      4,
      [{ kind: 'branch', arms: [[trainFor(100)], [untilHeldOut(149)]], shared: { kind: 'last' } }],
      'stage 1.2.1, until.loss: cannot be met before step 150 of the stage (atMost was 149); raise atMost or ask for less',
    ],
    // The first stage that is wrong is told, whatever is wrong with it.
    [
      4,
      [untilHeldOut(249), prolongate],
      'stage 1, until.loss: cannot be met before step 250 of the stage (atMost was 249); raise atMost or ask for less',
    ],
    [4, [prolongate, untilHeldOut(249)], 'stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it'],
    [4, [repeat(400, repeat(300, train))], 'the pipeline must unroll to at most 100000 stages (was 120000); lower the times of a repeat'],
    [4, [], 'the pipeline has no stages; give at least one, such as train(100)'],
  ];
  for (const [depth, all, message] of sentences) {
    it(message, () => assert.equal(messageOf(verify(scheduleOf(depth, all))), message));
  }

  it('accepts an end that some earlier end may bring an evaluation for', () => {
    const early: Stage = { kind: 'train', steps: 200, until: { kind: 'loss', loss: 1, on: { kind: 'training', window: 100 } } };
    // Whenever between steps 100 and 200 the first stage ends, the next evaluation is 50 steps away at least.
    rightOf(verify(scheduleOf(4, [early, untilHeldOut(50)])));
    assert.match(messageOf(verify(scheduleOf(4, [early, untilHeldOut(49)]))), /cannot be met before step 50 /);
    // The evaluation may be the next step's.
    rightOf(verify(scheduleOf(4, [early, trainFor(50), untilHeldOut(1)])));
  });

  it('holds no claim against a correction, nor against another interpolation', () => {
    const halves = matrix([[0.5, 0.5]], [[1], [0.5]]);
    const repeated = { interpolation: 'repeat' } as const;
    for (const back of [corrected(1), corrected(0.3), { ...prolongate, ...repeated }, { ...mixed(0.3), ...repeated }]) {
      rightOf(verify(scheduleOf(2, [halves, train, back])));
    }
    for (const back of [prolongate, mixed(0.3)]) rightOf(verify(scheduleOf(2, [matrix([[0.5, 0.5]], [[1], [1]]), train, back])));
  });

  it('lets a composition of width and depth interpolate over its depth', () => {
    for (const operators of [
      [halfWidth, { kind: 'average', factor: 2 }] as const,
      [{ kind: 'every', factor: 2, offset: 1 }, halfWidth] as const,
    ])
      rightOf(verify(scheduleOf(4, [restrictBy({ kind: 'compose', operators }), { ...prolongate, interpolation: 'linear' }])));
  });

  it('turns an invalid pipeline into its fault', () => assert.equal(messageOf(verify(invalid('column 3: so'))), 'column 3: so'));

  const setup = setupOf(4);
  const rate = setup.optimizer.learningRate;
  const wrong: readonly (readonly [setup: object, message: string])[] = [
    [{ model: { ...setup.model, heads: 5 } }, 'setup.model.heads must divide the width 32 (was 5); change one of them'],
    [{ model: { ...setup.model, layers: -1 } }, 'setup.model.layers must be an integer >= 0 (was -1)'],
    [{ model: { ...setup.model, layers: 1025 } }, 'setup.model.layers must be an integer <= 1024 (was 1025)'],
    [{ model: { ...setup.model, vocabulary: 64 } }, "setup.model.vocabulary must be the data's vocabulary 65 (was 64)"],
    [
      { model: { ...setup.model, parametrisation: 'mup' } },
      'setup.model.parametrisation must be completeP, or left out for standard (was "mup")',
    ],
    [
      { model: { ...setup.model, parametrisation: 'completeP', baseLayers: 2 } },
      'setup.model.parametrisation completeP needs both baseLayers and baseWidth; give the size at which rates were found',
    ],
    [
      { model: { ...setup.model, baseWidth: 64 } },
      'setup.model.baseWidth goes with parametrisation completeP; give that too, or remove it',
    ],
    [
      { model: { ...setup.model, layers: 0, parametrisation: 'completeP', baseLayers: 2, baseWidth: 64 } },
      'setup.model.layers must be at least 1 with completeP (was 0); begin with a layer, or leave the parametrisation out',
    ],
    [
      { model: { ...setup.model, parametrisation: 'completeP', baseLayers: 2, baseWidth: 64 }, optimizer: muon() },
      'setup.optimizer.kind must be adamw with completeP, whose rates are those of AdamW (was muon); choose adamw, or leave the parametrisation out',
    ],
    [{ batch: 1.5 }, 'setup.batch must be an integer >= 1 (was 1.5)'],
    [{ seed: -1 }, 'setup.seed must be an integer >= 0 (was -1)'],
    [{ evaluation: { every: 250, batches: 0 } }, 'setup.evaluation.batches must be an integer >= 1 (was 0)'],
    [
      { data: { kind: 'text', source: 'a', tokenizer: 'characters', heldOut: 1 } },
      'setup.data.heldOut must be a finite number < 1 (was 1)',
    ],
    [
      { data: { kind: 'text', source: '', tokenizer: 'characters', heldOut: 0.1 } },
      'setup.data.source must be a text that is not empty (was "")',
    ],
    ...[
      [{ peak: Number.NaN }, 'peak must be a finite number > 0 (was NaN)'],
      [{ peak: Number.POSITIVE_INFINITY }, 'peak must be a finite number > 0 (was Infinity)'],
      [{ peak: '1e-3' }, 'peak must be a finite number > 0 (was "1e-3")'],
      [{ peak: 0 }, 'peak must be a finite number > 0 (was 0)'],
      [{ floor: -1 }, 'floor must be a finite number >= 0 (was -1)'],
      [{ floor: 1 }, 'floor must be at most the peak 0.001 (was 1)'],
      [{ warmup: 0.5 }, 'warmup must be an integer >= 0 (was 0.5)'],
      [{ clock: 'local' }, 'clock must be global or stage (was "local"); the nearest word is global'],
    ].map(([change, message]): [object, string] => [
      { optimizer: { ...setup.optimizer, learningRate: { ...rate, ...(change as object) } } },
      `setup.optimizer.learningRate.${message}`,
    ]),
    ...[
      [{ beta1: 1 }, 'beta1 must be a finite number < 1 (was 1)'],
      [{ beta2: -0.1 }, 'beta2 must be a finite number >= 0 (was -0.1)'],
      [{ epsilon: 0 }, 'epsilon must be a finite number > 0 (was 0)'],
      [{ weightDecay: -1 }, 'weightDecay must be a finite number >= 0 (was -1)'],
      [{ clip: -1 }, 'clip must be a finite number >= 0 (was -1)'],
    ].map(([change, message]): [object, string] => [
      { optimizer: { ...setup.optimizer, ...(change as object) } },
      `setup.optimizer.${message}`,
    ]),
    [{ optimizer: 5 }, 'setup.optimizer must be an object of kind sgd or adamw or muon (was 5)'],
    [
      { model: { ...setup.model, heads: 1, width: 1 }, optimizer: muon() },
      'setup.model.width must be at least 2 with muon, which orthogonalises matrices (was 1); choose adamw',
    ],
    [
      { model: llama({ layers: 8, heads: 2, width: 4, hidden: 1, context: 4 }), optimizer: muon() },
      'setup.model.hidden must be at least 2 with muon, which orthogonalises matrices (was 1); choose adamw',
    ],
    ...[
      [{ momentum: 1 }, 'momentum must be a finite number < 1 (was 1)'],
      [{ nesterov: 1 }, 'nesterov must be true or false (was 1)'],
      [{ coefficients: [3, -4] }, 'coefficients must be a list of three numbers, a, b and c (was a list of 2)'],
      [{ coefficients: 3 }, 'coefficients must be a list of three numbers, a, b and c (was 3)'],
      [{ coefficients: [3, -4, Number.NaN] }, 'coefficients[2] must be a finite number (was NaN)'],
      [{ iterations: 0 }, 'iterations must be an integer >= 1 (was 0)'],
      [{ iterations: 100 }, 'iterations must be an integer <= 99 (was 100)'],
      [{ epsilon: 0 }, 'epsilon must be a finite number > 0 (was 0)'],
      [{ shapeFactor: 'originel' }, 'shapeFactor must be match-rms-adamw or original (was "originel"); the nearest word is original'],
      [{ rest: { ...muon().rest, rate: 0 } }, 'rest.rate must be a finite number > 0 (was 0)'],
      [{ rest: { ...muon().rest, beta1: 1 } }, 'rest.beta1 must be a finite number < 1 (was 1)'],
    ].map(([change, message]): [object, string] => [{ optimizer: { ...muon(), ...(change as object) } }, `setup.optimizer.${message}`]),
  ];

  it('a restriction of the width must leave Muon matrices, wherever it is', () => {
    const narrowed = (optimizer: Optimizer, width: number, factor: number): Schedule => {
      const schedule = scheduleOf(4, [{ kind: 'repeat', times: 2, stages: [restrictBy({ kind: 'width', factor }), train, prolongate] }]);
      return { ...schedule, setup: { ...schedule.setup, optimizer, model: { ...schedule.setup.model, heads: 4, width } } };
    };
    assert.equal(
      messageOf(verify(narrowed(muon(), 4, 4))),
      'stage 1.1, restrict(width(4)): leaves width 1 (muon, which orthogonalises matrices, needs at least 2); restrict the width less or choose adamw',
    );
    const ofLlama = (optimizer: Optimizer, hidden: number): Schedule => {
      const schedule = narrowed(optimizer, 16, 4);
      return { ...schedule, setup: { ...schedule.setup, model: llama({ layers: 4, heads: 4, width: 16, hidden, context: 4 }) } };
    };
    assert.equal(
      messageOf(verify(ofLlama(muon(), 4))),
      'stage 1.1, restrict(width(4)): leaves 1 hidden unit (muon, which orthogonalises matrices, needs at least 2); restrict the width less or choose adamw',
    );
    for (const schedule of [ofLlama(muon(), 8), ofLlama(adamw(), 4)]) rightOf(verify(schedule));
    for (const schedule of [narrowed(muon(), 4, 2), narrowed(muon(), 8, 4), narrowed(adamw(), 4, 4)]) rightOf(verify(schedule));
  });

  for (const [change, message] of wrong) {
    it(message, () => {
      const schedule: unknown = { ...scheduleOf(4, [train]), setup: { ...setup, ...change } };
      assert.equal(messageOf(verify(schedule)), message);
    });
  }

  it('the untouched setup is right', () => assert.ok(rightOf<Schedule>(verify(scheduleOf(4, [train])))));
});
