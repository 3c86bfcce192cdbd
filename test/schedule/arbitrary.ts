/** Random schedules: stages of any nesting, whether or not they make sense, and setups that do. */
import fc from 'fast-check';
import type { ProlongateStage, RestrictStage, Stage, TrainStage } from '../../src/schedule/schedule.js';
import type { OpenCount, OpenStage } from '../../src/schedule/text/open.js';

/** Records as literals make them, with Object's prototype. */
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> => fc.record(model, { noNullPrototype: true });

const moments = fc.constantFrom('carry' as const, 'reset' as const);

export const trainStage: fc.Arbitrary<TrainStage> = record({
  kind: fc.constant('train' as const),
  steps: fc.integer({ min: 1, max: 999 }),
});

export const restrictStage: fc.Arbitrary<RestrictStage> = fc.integer({ min: 2, max: 5 }).chain((factor) =>
  record({
    kind: fc.constant('restrict' as const),
    operator: record({ kind: fc.constant('every' as const), factor: fc.constant(factor), offset: fc.nat(factor - 1) }),
    h: fc.constantFrom('scale' as const, 'keep' as const),
    moments,
  }),
);

export const prolongateStage: fc.Arbitrary<ProlongateStage> = record({ kind: fc.constant('prolongate' as const), moments });

/** Stages that may nest to a small depth. */
const stageUpTo = (depth: number): fc.Arbitrary<Stage> =>
  depth === 0
    ? fc.oneof(trainStage, restrictStage, prolongateStage)
    : fc.oneof(
        { weight: 5, arbitrary: stageUpTo(0) },
        {
          weight: 1,
          arbitrary: record({
            kind: fc.constant('repeat' as const),
            times: fc.integer({ min: 1, max: 3 }),
            stages: fc.array(stageUpTo(depth - 1), { minLength: 1, maxLength: 3 }),
          }),
        },
      );

export const stages: fc.Arbitrary<readonly Stage[]> = fc.array(stageUpTo(2), { minLength: 1, maxLength: 7 });

const openCount = (least: number): fc.Arbitrary<OpenCount> =>
  fc.oneof(
    fc.integer({ min: least, max: 999_999_999 }),
    fc.constantFrom('n', 'm', 'steps2', '_x').map((name) => ({ name })),
  );

const opened = (stage: Stage): fc.Arbitrary<OpenStage> => {
  switch (stage.kind) {
    case 'train':
      return openCount(1).map((steps) => ({ ...stage, steps }));
    case 'restrict':
      return fc
        .tuple(openCount(2), openCount(0))
        .map(([factor, offset]) => ({ ...stage, operator: { kind: 'every' as const, factor, offset } }));
    case 'prolongate':
      return fc.constant(stage);
    case 'repeat':
      return fc
        .tuple(openCount(1), fc.tuple(...stage.stages.map(opened)))
        .map(([times, inner]): OpenStage => ({ ...stage, times, stages: inner }));
  }
};

/** Stages whose counts may be free names. */
export const openStages: fc.Arbitrary<readonly OpenStage[]> = stages.chain((plain) => fc.tuple(...plain.map(opened)));

/** Depths that factors 2 to 5 often divide. */
export const layers = fc.constantFrom(1, 2, 3, 4, 6, 8, 12, 24, 60, 120);
