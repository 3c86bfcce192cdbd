/**
 * Cycles as values: each is a group of stages, which the compiler follows like any other. Not here: their shapes
 * (`src/schedule/cycles.ts`; `types/cycle.ts` for the compiler).
 *
 * `levels` counts the finest one; `pre` trains before each restriction, `post` after each prolongation, `coarse` on the coarsest level.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { countFault } from '../src/schedule/counts.js';
import type { CycleName } from '../src/schedule/cycles.js';
import { invalid } from '../src/schedule/invalid.js';
import type { ByDirection } from '../src/schedule/moments.js';
import type {
  Operator as AnyOperator,
  CountersPolicy,
  Growth,
  Interpolation,
  MomentsPolicy,
  StepSizePolicy,
} from '../src/schedule/schedule.js';
import type { growthHasNoReturn, growthHasNoTau } from '../src/schedule/sentences.js';
import { completed, cycleStages, type Given } from '../src/schedule/text/index.js';
import { correctionOf, type LineSearchOption, lineSearchOf, type Sequence, type TauOption, tauOf } from './stages.js';
import type { CorrectionArgument } from './types/alpha-fault.js';
import type { CountArgument } from './types/count-fault.js';
import type { CycleStages, PartsOf } from './types/cycle.js';
import type { IsLiteralNumber } from './types/literal.js';
import type { TupleOf } from './types/tuple.js';

/** What only prolongations have; a sentence in a cascade by growth. */
type Return<Operator, Option extends string, Value> = [Operator] extends [Growth] ? growthHasNoReturn<Option> : Value;

export interface CascadeOptions<
  Levels extends number,
  Operator,
  Coarse extends number,
  Post extends number,
  Correction extends 'total' | number,
> {
  /** The finest level included; 12 at most. */
  readonly levels: CountArgument<'levels', 2, Levels>;
  /** From each level to the next. */
  readonly operator: Operator;
  /** Training steps on the coarsest level. */
  readonly coarse: CountArgument<'steps', 1, Coarse>;
  /** Training steps after each prolongation or growth; none if left out. */
  readonly post?: CountArgument<'steps', 1, Post>;
  /** Of the restrictions, or of the growths. */
  readonly h?: StepSizePolicy;
  /** Of the transfers in both directions, or `{ down: 'reset', up: 'carry' }`. */
  readonly moments?: ByDirection<MomentsPolicy>;
  /** As usual with the moments if left out. */
  readonly counters?: ByDirection<CountersPolicy>;
  /** Of the restrictions. */
  readonly tau?: [Operator] extends [Growth] ? growthHasNoTau : TauOption;
  /** Of the prolongations, which must be corrections. */
  readonly lineSearch?: Return<Operator, 'lineSearch', LineSearchOption>;
  readonly correction?: Return<Operator, 'correction', CorrectionArgument<Correction>>;
  readonly interpolation?: Return<Operator, 'interpolation', Interpolation>;
}

export interface CycleOptions<
  Levels extends number,
  Operator,
  Pre extends number,
  Coarse extends number,
  Post extends number,
  Correction extends 'total' | number,
> extends CascadeOptions<Levels, Operator, Coarse, Post, Correction> {
  /** Training steps before each restriction; none if left out. */
  readonly pre?: CountArgument<'steps', 1, Pre>;
}

/** The stages of a cycle; not known where the number of levels is not. */
type Cycle<Name extends CycleName, Levels extends number, Operator, Pre extends number, Coarse extends number, Post extends number> =
  IsLiteralNumber<Levels> extends true
    ? CycleStages<Name, PartsOf<Operator, 'total', Pre, Coarse, Post>, TupleOf<`${Levels}`>> extends infer Stages extends readonly unknown[]
      ? Sequence<Stages>
      : never
    : Sequence<readonly unknown[]>;

type CycleWord<Name extends CycleName> = <
  const Levels extends number,
  const Operator extends AnyOperator,
  const Coarse extends number,
  const Pre extends number = never,
  const Post extends number = never,
  const Correction extends 'total' | number = 'total',
>(
  options: CycleOptions<Levels, Operator, Pre, Coarse, Post, Correction>,
) => Cycle<Name, Levels, Operator, Pre, Coarse, Post>;

type CascadeWord = <
  const Levels extends number,
  const Operator extends AnyOperator | Growth,
  const Coarse extends number,
  const Post extends number = never,
  const Correction extends 'total' | number = 'total',
>(
  options: CascadeOptions<Levels, Operator, Coarse, Post, Correction>,
) => Cycle<'cascade', Levels, Operator, never, Coarse, Post>;

interface Options extends Omit<Given, 'correction' | 'tau' | 'lineSearch'> {
  readonly correction?: 'total' | number;
  readonly tau?: TauOption;
  readonly lineSearch?: LineSearchOption;
}

/**
 * What makes the group of a cycle's stages. In plain JavaScript the options may be anything: where no stages can be made of them, the
 * group holds the sentence, as data for the verifier.
 */
const group = <Word>(name: CycleName): Word => {
  const word = (options: Options): Sequence<readonly unknown[]> => {
    const { correction, tau, lineSearch, ...others } = { ...options };
    const transfers = { ...others, ...tauOf(tau), ...lineSearchOf(lineSearch) };
    const given: Given = correction === undefined ? transfers : { ...transfers, correction: correctionOf(correction) };
    const stages: readonly unknown[] = pipe(
      completed(name, given),
      E.chain((whole) => {
        const fault = countFault('levels', String(whole.levels));
        return fault === undefined ? E.right(cycleStages(name, whole)) : E.left(fault);
      }),
      E.getOrElse((sentence): readonly unknown[] => [invalid(sentence)]),
    );
    return { kind: 'sequence', stages };
  };
  return word as unknown as Word;
};

/**
 * Down to the coarsest level and back.
 *
 * @example
 * pipeline(setup, vCycle({ levels: 3, operator: even, pre: 50, coarse: 400, post: 100 }))
 * // train(50) >> restrict(even) >> train(50) >> restrict(even) >> train(400) >> prolongate >> train(100) >> prolongate >> train(100)
 */
export const vCycle = group<CycleWord<'vCycle'>>('vCycle');

/** As `vCycle`, with the levels between the finest and the coarsest visited twice by each visit of the level above. */
export const wCycle = group<CycleWord<'wCycle'>>('wCycle');

/** As `vCycle`, with an F-cycle and then a V-cycle on each level between the finest and the coarsest. */
export const fCycle = group<CycleWord<'fCycle'>>('fCycle');

/** Nested iteration (full multigrid, FMG): the coarsest level first, then a V-cycle from each finer level. */
export const nested = group<CycleWord<'nested'>>('nested');

/**
 * The coarsest level first, then finer ones, without a return; or growth, where the model of the setup is the coarsest level.
 *
 * @example
 * pipeline(setup, cascade({ levels: 3, operator: stack(2), coarse: 400, post: 100 }))
 * // train(400) >> grow(stack(2)) >> train(100) >> grow(stack(2)) >> train(100)
 */
export const cascade = group<CascadeWord>('cascade');
