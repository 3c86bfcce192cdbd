/**
 * Faults of a training stage that depend on the other stages or the setup: ends that can never be met, layers that do not exist. Not here: FLOPs,
 * which the plan knows (it calls `flopsFault` below), bounds of single numbers.
 */
import { match, P } from 'ts-pattern';
import type { DataSource, LearningRate, Setup } from '../schedule.js';
import {
  accumulateDoesNotDivide,
  contextTooLong,
  heldOutUnseen,
  inStage,
  inside,
  lessThanOneStep,
  metTooLate,
  moreThanAtMost,
  mustBe,
  noOtherLevel,
  onlyBeyond,
  onlyNewCoarse,
  onlyNewUngrown,
  onlyNothing,
  onlyUnsorted,
  otherDocuments,
  otherVocabulary,
  subnetworkHasNo,
  subnetworkHasNoTau,
  subnetworkOfNothing,
} from '../sentences.js';
import type { ObservedLoss, StageEnd, TrainStage } from '../train-stage.js';
import { earliestObservation } from '../walk/step-range.js';
import { settingsOf, tokensOf } from '../walk/step-settings.js';
import type { Visit } from '../walk/walk.js';
import { type Trained, trainedElsewhere } from './trained.js';

/** The least number of steps of a stage for a slope to be known at its end. */
const stepsOfSlope = (on: ObservedLoss): number => (on.kind === 'training' ? 2 * on.window : 2);

const amountFault = (end: StageEnd, what: string, perStep: number, wanted: number, steps: number): string | undefined => {
  const name = `until.${end.kind}`;
  if (wanted < perStep) return lessThanOneStep(name, what, perStep, wanted);
  return wanted > steps * perStep ? moreThanAtMost(name, what, steps, steps * perStep, wanted) : undefined;
};

const endFault = (stage: TrainStage, level: number, trained: Trained, setup: Setup): string | undefined => {
  const { until, steps } = stage;
  const { evaluation } = setup;
  const looked = (end: Exclude<StageEnd, { readonly kind: 'tokens' | 'flops' }>): string | undefined => {
    const name = `until.${end.kind}`;
    if (end.on.kind === 'heldOut' && evaluation.every === 0) return heldOutUnseen(name);
    const earliest = earliestObservation(end, evaluation.every, trained.steps);
    return earliest > steps ? metTooLate(name, earliest, steps) : undefined;
  };
  return match(until)
    .with(P.nullish, { kind: 'flops' }, () => undefined)
    .with({ kind: 'tokens' }, (end) => amountFault(end, 'tokens', tokensOf(settingsOf(stage, setup)), end.tokens, steps))
    .with({ kind: P.union('plateau', 'loss') }, looked)
    .with({ kind: 'slopeBelow' }, (end) => {
      const needed = stepsOfSlope(end.on);
      return looked(end) ?? ((trainedElsewhere(trained, level)?.steps ?? 0) < needed ? noOtherLevel(needed) : undefined);
    })
    .exhaustive();
};

/** The context of a training stage. */
interface Place {
  readonly level: number;
  readonly layers: number;
  /** Whether its objective has a linear term. */
  readonly hasTau: boolean;
}

const onlyFault = ({ only }: TrainStage, { level, layers }: Place, { grown }: Trained): string | undefined =>
  match(only)
    .with(P.nullish, () => undefined)
    .with({ kind: 'new' }, () => {
      if (level > 0) return onlyNewCoarse(level);
      return grown ? undefined : onlyNewUngrown();
    })
    .with({ kind: 'layers' }, (named) => {
      const last = named.layers.at(-1);
      if (last === undefined) return onlyNothing();
      const at = named.layers.findIndex((layer, index) => index > 0 && layer <= (named.layers[index - 1] ?? -1));
      if (at !== -1) return onlyUnsorted(named.layers[at - 1] ?? -1, named.layers[at] ?? -1);
      return last >= layers ? onlyBeyond(layers, last) : undefined;
    })
    .exhaustive();

const batchFault = (stage: TrainStage, setup: Setup): string | undefined => {
  const { batch, context, accumulate } = settingsOf(stage, setup);
  if (context > setup.model.context) return contextTooLong(setup.model.context, context);
  return batch % accumulate === 0 ? undefined : inside('train', accumulateDoesNotDivide(accumulate, batch));
};

/** The sentence about a rate that would end above its peak, or nothing. */
export const rateFault = (rate: LearningRate, name: string): string | undefined =>
  rate.kind !== 'constant' && rate.floor > rate.peak ? mustBe(`${name}.floor`, `at most the peak ${rate.peak}`, rate.floor) : undefined;

const ownRateFault = ({ learningRate }: TrainStage): string | undefined => {
  const fault = learningRate && rateFault(learningRate, 'learningRate');
  return fault === undefined ? undefined : inside('train', fault);
};

const documentsOf = (source: DataSource): string => (source.kind === 'text' ? (source.documents ?? 'joined') : 'joined');

const dataFault = ({ data }: TrainStage, setup: Setup): string | undefined => {
  if (data === undefined) return undefined;
  const [wanted, was] = [setup.data, data].map(documentsOf) as [string, string];
  if (wanted !== was) return otherDocuments(wanted, was);
  return data.kind === 'tokens' && setup.data.kind === 'tokens' && data.vocabulary !== setup.data.vocabulary
    ? otherVocabulary(setup.data.vocabulary, data.vocabulary)
    : undefined;
};

const subnetworkFault = ({ subnetwork, only, stochasticDepth }: TrainStage, { layers, hasTau }: Place): string | undefined => {
  if (subnetwork === undefined) return undefined;
  if (only !== undefined) return inside('train', subnetworkHasNo('only'));
  if (stochasticDepth !== undefined) return inside('train', subnetworkHasNo('stochasticDepth'));
  if (layers === 0) return subnetworkOfNothing();
  return hasTau ? subnetworkHasNoTau() : undefined;
};

/** The sentence about a training stage that is wrong in its context, or nothing. */
export const trainFault = (stage: TrainStage, place: Place, trained: Trained, setup: Setup): string | undefined =>
  endFault(stage, place.level, trained, setup) ??
  onlyFault(stage, place, trained) ??
  batchFault(stage, setup) ??
  ownRateFault(stage) ??
  dataFault(stage, setup) ??
  subnetworkFault(stage, place);

/** What is wrong with an end by FLOPs, once the cost of one step is known; with the stage's place in the schedule. */
export const flopsFault = ({ at, stage }: Visit, flopsPerStep: number): string | undefined => {
  if (stage.kind !== 'train' || stage.until?.kind !== 'flops') return undefined;
  const fault = amountFault(stage.until, 'FLOPs of matrix products', flopsPerStep, stage.until.flops, stage.steps);
  return fault === undefined ? undefined : inStage(at, fault);
};
