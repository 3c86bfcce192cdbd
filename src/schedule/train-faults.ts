/**
 * What is wrong with a training stage that only its place among the others, or the setup, can show: ends that can never be met, layers that are not
 * there. For schedules whose levels fit. Not here: FLOPs, which the plan knows (`flopsFault` below is asked by it), bounds of single numbers.
 */
import { match, P } from 'ts-pattern';
import type { BranchStage, Schedule, Setup, Stage } from './schedule.js';
import {
  heldOutUnseen,
  inStage,
  lessThanOneStep,
  metTooLate,
  moreThanAtMost,
  noOtherLevel,
  onlyBeyond,
  onlyNewNowhere,
  onlyNothing,
  onlyUnsorted,
} from './sentences.js';
import { earliestLook } from './step-range.js';
import type { ObservedLoss, StageEnd, TrainStage } from './train-stage.js';
import { type Visit, walk } from './walk.js';

/** Where each stage that happens stands in the schedule: `3`, or `2.1` inside a repeat. In the order of the walk. */
function* placesOf(stages: readonly Stage[], prefix = ''): Generator<string> {
  for (const [index, stage] of stages.entries()) {
    const at = `${prefix}${index + 1}`;
    if (stage.kind === 'repeat') for (let pass = 0; pass < stage.times; pass += 1) yield* placesOf(stage.stages, `${at}.`);
    else if (stage.kind === 'branch') yield* placesInArms(stage, at);
    else yield at;
  }
}

/** The beginning of each arm and the merge are visits too. */
function* placesInArms({ arms }: BranchStage, at: string): Generator<string> {
  for (const [index, stages] of arms.entries()) {
    yield at;
    yield* placesOf(stages, `${at}.${index + 1}.`);
  }
  yield at;
}

/** Steps that a stage must have for a slope to be seen at its end. */
const stepsOfSlope = (on: ObservedLoss): number => (on.kind === 'training' ? 2 * on.window : 2);

const amountFault = (end: StageEnd, what: string, perStep: number, wanted: number, steps: number): string | undefined => {
  const name = `until.${end.kind}`;
  if (wanted < perStep) return lessThanOneStep(name, what, perStep, wanted);
  return wanted > steps * perStep ? moreThanAtMost(name, what, steps, steps * perStep, wanted) : undefined;
};

/** @param elsewhere the last training stage that was on another level. */
const endFault = (
  { until, steps }: TrainStage,
  { batch, model, evaluation }: Setup,
  elsewhere: TrainStage | undefined,
): string | undefined => {
  const looked = (end: Exclude<StageEnd, { readonly kind: 'tokens' | 'flops' }>): string | undefined => {
    const name = `until.${end.kind}`;
    if (end.on.kind === 'heldOut' && evaluation.every === 0) return heldOutUnseen(name);
    const earliest = earliestLook(end, evaluation.every) ?? 1;
    return earliest > steps ? metTooLate(name, earliest, steps) : undefined;
  };
  return match(until)
    .with(P.nullish, { kind: 'flops' }, () => undefined)
    .with({ kind: 'tokens' }, (end) => amountFault(end, 'tokens', batch * model.context, end.tokens, steps))
    .with({ kind: P.union('plateau', 'loss') }, looked)
    .with({ kind: 'slopeBelow' }, (end) => {
      const needed = stepsOfSlope(end.on);
      return looked(end) ?? ((elsewhere?.steps ?? 0) < needed ? noOtherLevel(needed) : undefined);
    })
    .exhaustive();
};

const onlyFault = ({ only }: TrainStage, { level, layers }: Visit, grown: boolean): string | undefined =>
  match(only)
    .with(P.nullish, () => undefined)
    .with({ kind: 'new' }, () => (grown && level === 0 ? undefined : onlyNewNowhere(level)))
    .with({ kind: 'layers' }, (named) => {
      const last = named.layers.at(-1);
      if (last === undefined) return onlyNothing();
      const at = named.layers.findIndex((layer, index) => index > 0 && layer <= (named.layers[index - 1] ?? -1));
      if (at !== -1) return onlyUnsorted(named.layers[at - 1] ?? -1, named.layers[at] ?? -1);
      return last >= layers ? onlyBeyond(layers, last) : undefined;
    })
    .exhaustive();

/** Most schedules have nothing that needs a second look. */
const isPlain = (stages: readonly Stage[]): boolean =>
  stages.every((stage) =>
    match(stage)
      .with({ kind: 'repeat' }, (repeat) => isPlain(repeat.stages))
      .with({ kind: 'branch' }, ({ arms }) => arms.every(isPlain))
      .with({ kind: 'train' }, ({ until, only }) => until === undefined && only === undefined)
      .with({ kind: P.union('restrict', 'prolongate', 'grow') }, () => true)
      .exhaustive(),
  );

/** The sentence of the first training stage that is wrong, with its place; or nothing. */
export const trainFault = (schedule: Schedule): string | undefined => {
  if (isPlain(schedule.stages)) return undefined;
  const places = placesOf(schedule.stages);
  let grown = false;
  let here: { readonly level: number; readonly stage: TrainStage } | undefined;
  let elsewhere: TrainStage | undefined;
  for (const visit of walk(schedule)) {
    const at = String(places.next().value);
    const { stage, level } = visit;
    if (stage.kind === 'grow') grown = true;
    if (stage.kind !== 'train') continue;
    if (here !== undefined && here.level !== level) elsewhere = here.stage;
    here = { level, stage };
    const fault = endFault(stage, schedule.setup, elsewhere) ?? onlyFault(stage, visit, grown);
    if (fault !== undefined) return inStage(at, fault);
  }
  return undefined;
};

/** What is wrong with an end by FLOPs, once it is known what one step costs; with the stage's place in the plan. */
export const flopsFault = ({ index, stage }: Visit, flopsPerStep: number): string | undefined => {
  if (stage.kind !== 'train' || stage.until?.kind !== 'flops') return undefined;
  const fault = amountFault(stage.until, 'FLOPs of matrix products', flopsPerStep, stage.until.flops, stage.steps);
  return fault === undefined ? undefined : inStage(String(index + 1), fault);
};
