/**
 * The verifier: the authority on whether a schedule makes sense. It speaks the compiler's sentences (`sentences.ts`), and knows what
 * the compiler cannot: depths that are computed, files, every bound of the setup. Nothing that it refuses reaches a backend.
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { match } from 'ts-pattern';
import { type Fault, inputFault } from '../fault.js';
import type { Schedule, Setup, Stage } from './schedule.js';
import { decode } from './schema.js';
import {
  endsCoarse,
  headsDoNotDivide,
  indivisible,
  inStage,
  inside,
  mustBe,
  noFinerLevel,
  offsetNotBelowFactor,
  tooManyStages,
} from './sentences.js';
import { printOperator } from './text/print.js';

/** Stages that a schedule may have once its repeats are unrolled. */
export const MOST_STAGES = 100_000;

/** Layers of each open level, the present one first. */
type Depths = readonly [present: number, ...finer: readonly number[]];

/** Depths after the stages, or the sentence of the first stage that does not fit. */
type Folded = E.Either<string, Depths>;

const same = (a: Depths, b: Depths): boolean => a.length === b.length && a.every((layers, level) => layers === b[level]);

const foldStage = (depths: Depths, stage: Stage, at: string): Folded =>
  match(stage)
    .returnType<Folded>()
    .with({ kind: 'train' }, () => E.right(depths))
    .with({ kind: 'restrict' }, ({ operator }) => {
      const { factor, offset } = operator;
      const [layers] = depths;
      const name = printOperator(operator);
      if (offset >= factor) return E.left(inStage(at, inside(`restrict(${name})`, offsetNotBelowFactor(factor, offset))));
      if (layers % factor !== 0) return E.left(inStage(at, indivisible(name, factor, layers)));
      return E.right([layers / factor, ...depths]);
    })
    .with({ kind: 'prolongate' }, () => {
      const [, finer, ...rest] = depths;
      return finer === undefined ? E.left(inStage(at, noFinerLevel())) : E.right([finer, ...rest]);
    })
    .with({ kind: 'repeat' }, ({ times, stages }) => {
      let now = depths;
      for (let pass = 0; pass < times; pass += 1) {
        const next = foldStages(now, stages, `${at}.`);
        // A pass that changes nothing will change nothing again.
        if (E.isLeft(next) || same(next.right, now)) return next;
        now = next.right;
      }
      return E.right(now);
    })
    .exhaustive();

const foldStages = (depths: Depths, stages: readonly Stage[], prefix: string): Folded => {
  let now = depths;
  for (const [index, stage] of stages.entries()) {
    const next = foldStage(now, stage, `${prefix}${index + 1}`);
    if (E.isLeft(next)) return next;
    now = next.right;
  }
  return E.right(now);
};

const unrolledCount = (stages: readonly Stage[]): number =>
  stages.reduce((count, stage) => count + (stage.kind === 'repeat' ? stage.times * unrolledCount(stage.stages) : 1), 0);

/** What the setup's values say about each other. */
const setupFault = ({ model, data, optimizer }: Setup): string | undefined => {
  const rate = optimizer.learningRate;
  if (model.width % model.heads !== 0) return inside('setup.model', headsDoNotDivide(model.heads, model.width));
  if (rate.kind !== 'constant' && rate.floor > rate.peak) {
    return mustBe('setup.optimizer.learningRate.floor', `at most the peak ${rate.peak}`, rate.floor);
  }
  if (data.kind === 'tokens' && model.vocabulary !== undefined && model.vocabulary !== data.vocabulary) {
    return mustBe('setup.model.vocabulary', `the data's vocabulary ${data.vocabulary}`, model.vocabulary);
  }
  return undefined;
};

const meaningFault = ({ setup, stages }: Schedule): string | undefined => {
  const wrong = setupFault(setup);
  if (wrong !== undefined) return wrong;
  const count = unrolledCount(stages);
  if (count > MOST_STAGES) return tooManyStages(MOST_STAGES, count);
  const folded = foldStages([setup.model.layers], stages, '');
  if (E.isLeft(folded)) return folded.left;
  const level = folded.right.length - 1;
  return level === 0 ? undefined : endsCoarse(level);
};

/**
 * Checks shape (`decode`), then meaning.
 *
 * @param value what came in: what `pipeline` gave (a schedule, or an `Invalid`), or parsed JSON.
 * @returns the same value as a schedule, or an input fault with one sentence.
 * @example
 * verify(pipeline(setup, prolongate)) // left: 'stage 1, prolongate: no finer level is open (was at level 0); put a restrict before it'
 */
export const verify = (value: unknown): E.Either<Fault, Schedule> =>
  pipe(
    decode(value),
    E.chain((schedule) => {
      const fault = meaningFault(schedule);
      return fault === undefined ? E.right(schedule) : E.left(inputFault(fault));
    }),
  );
