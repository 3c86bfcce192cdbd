/** Random schedules that run: every restriction fits and is taken back, at little cost. */
import fc from 'fast-check';
import type { Schedule, Setup, Stage } from '../../src/schedule/schedule.js';
import { adamw, sgd } from '../model/tiny.js';

export const VOCABULARY = 5;

type Move =
  | { readonly kind: 'train'; readonly steps: number }
  | { readonly kind: 'down'; readonly draw: number; readonly h: 'scale' | 'keep'; readonly moments: 'carry' | 'reset' }
  | { readonly kind: 'up'; readonly moments: 'carry' | 'reset' }
  | { readonly kind: 'loop'; readonly times: number; readonly moves: readonly Move[] };

const moments = fc.constantFrom('carry' as const, 'reset' as const);
const plain: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ kind: fc.constant('train' as const), steps: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ kind: fc.constant('down' as const), draw: fc.nat(99), h: fc.constantFrom('scale' as const, 'keep' as const), moments }),
  fc.record({ kind: fc.constant('up' as const), moments }),
);
const loop: fc.Arbitrary<Move> = fc.record({
  kind: fc.constant('loop' as const),
  times: fc.integer({ min: 1, max: 2 }),
  moves: fc.array(plain, { minLength: 1, maxLength: 4 }),
});

/** The stages that moves come to on so many layers; what cannot be done there is left out, what is open at the end is closed. */
const stagesOf = (moves: readonly Move[], layers: number): readonly Stage[] => {
  const stages: Stage[] = [];
  const open = [layers];
  for (const move of moves) {
    const here = open.at(-1) ?? layers;
    if (move.kind === 'train') stages.push({ kind: 'train', steps: move.steps });
    if (move.kind === 'down') {
      const factors = [2, 3, 4, 6].filter((factor) => here % factor === 0);
      const factor = factors[move.draw % factors.length];
      if (factor === undefined) continue;
      stages.push({ kind: 'restrict', operator: { kind: 'every', factor, offset: move.draw % factor }, h: move.h, moments: move.moments });
      open.push(here / factor);
    }
    if (move.kind === 'up' && open.length > 1) {
      stages.push({ kind: 'prolongate', moments: move.moments });
      open.pop();
    }
    if (move.kind === 'loop') {
      const inner = stagesOf(move.moves, here);
      if (inner.length > 0) stages.push({ kind: 'repeat', times: move.times, stages: inner });
    }
  }
  for (let level = open.length - 1; level > 0; level--)
    stages.push({ kind: 'prolongate', correction: { kind: 'total' }, interpolation: 'own', moments: 'carry' });
  return stages;
};

const learningRate = fc.constantFrom(
  { kind: 'constant', peak: 0.01, warmup: 0, clock: 'global' } as const,
  { kind: 'cosine', peak: 0.02, floor: 0.001, warmup: 2, clock: 'global' } as const,
  { kind: 'wsd', peak: 0.02, floor: 0, warmup: 1, decay: 0.5, clock: 'stage' } as const,
);

const setup = (layers: number): fc.Arbitrary<Setup> =>
  fc.record(
    {
      model: fc.record(
        {
          kind: fc.constant('gpt' as const),
          layers: fc.constant(layers),
          heads: fc.constantFrom(1, 2),
          width: fc.constant(4),
          context: fc.constantFrom(2, 3),
          bias: fc.boolean(),
        },
        { noNullPrototype: true },
      ),
      data: fc.constant({ kind: 'tokens' as const, vocabulary: VOCABULARY }),
      optimizer: fc.tuple(fc.constantFrom(adamw, sgd), learningRate).map(([optimizer, rate]) => ({ ...optimizer, learningRate: rate })),
      batch: fc.integer({ min: 1, max: 2 }),
      seed: fc.nat(1000),
      evaluation: fc.record({ every: fc.nat(4), batches: fc.integer({ min: 1, max: 2 }) }, { noNullPrototype: true }),
    },
    { noNullPrototype: true },
  );

export const smallSchedules: fc.Arbitrary<Schedule> = fc.constantFrom(1, 2, 4, 6, 12).chain((layers) =>
  fc
    .tuple(
      setup(layers),
      fc.array(fc.oneof({ weight: 6, arbitrary: plain }, { weight: 1, arbitrary: loop }), { minLength: 1, maxLength: 7 }),
    )
    .map(([given, moves]): Schedule => {
      const stages = stagesOf(moves, layers);
      return { version: 1, setup: given, stages: stages.length === 0 ? [{ kind: 'train', steps: 1 }] : stages };
    }),
);
