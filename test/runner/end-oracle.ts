/**
 * By which end a training stage should have ended, reckoned from a run's events alone: all losses of the stage are there, so nothing has to be
 * remembered. The runner remembers a window; that it decides alike is the law.
 */
import { match } from 'ts-pattern';
import type { RunEvent, StageRecord } from '../../src/runner/events/events.js';
import type { ObservedLoss, Schedule, StageEnd } from '../../src/schedule/schedule.js';
import { walk } from '../../src/schedule/walk/walk.js';

interface Looks {
  /** Loss by the step of the stage after which it was seen. */
  readonly training: readonly number[];
  readonly heldOut: ReadonlyMap<number, number>;
  readonly flopsPerStep: number;
}

const looksOf = (events: readonly RunEvent[], stage: number): Looks => {
  const steps = events.filter((event) => event.kind === 'step' && event.stage === stage);
  const heldOut = new Map<number, number>();
  let stageStep = 0;
  const training: number[] = [];
  let flopsPerStep = 0;
  let before = 0;
  for (const event of events) {
    if (event.kind === 'step') {
      if (event.stage === stage) {
        flopsPerStep = event.flops - before;
        stageStep = event.stageStep;
        training.push(event.loss);
      }
      before = event.flops;
    }
    if (event.kind === 'evaluated' && event.stage === stage) heldOut.set(stageStep, event.loss);
  }
  return { training: training.slice(0, steps.length), heldOut, flopsPerStep };
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** The losses as an end saw them up to a step. */
const seenBy = (on: ObservedLoss, { training, heldOut }: Looks, step: number): readonly number[] =>
  on.kind === 'heldOut'
    ? [...heldOut].filter(([at]) => at <= step).map(([, loss]) => loss)
    : training
        .slice(0, step)
        .flatMap((_, index) => (index + 1 < on.window ? [] : [mean(training.slice(index + 1 - on.window, index + 1))]));

const slopeBy = (on: ObservedLoss, looks: Looks, step: number): number | undefined => {
  const seen = seenBy(on, looks, step);
  const apart = on.kind === 'training' ? on.window : 1;
  const [before, now] = [seen.at(-1 - apart), seen.at(-1)];
  if (before === undefined || now === undefined) return undefined;
  const steps = [...looks.heldOut.keys()].filter((at) => at <= step);
  const between = on.kind === 'training' ? on.window : (steps.at(-1) ?? 0) - (steps.at(-2) ?? 0);
  return (before - now) / (between * looks.flopsPerStep);
};

const isMet = (end: StageEnd, looks: Looks, elsewhere: (on: ObservedLoss) => number | undefined, step: number, tokens: number): boolean =>
  match(end)
    .with({ kind: 'plateau' }, ({ on, patience, minDelta }) => {
      let lowest = Number.POSITIVE_INFINITY;
      let since = 0;
      for (const loss of seenBy(on, looks, step)) {
        since = loss < lowest - minDelta ? 0 : since + 1;
        if (since === 0) lowest = loss;
      }
      return since >= patience;
    })
    .with({ kind: 'loss' }, ({ on, loss }) => (seenBy(on, looks, step).at(-1) ?? Number.POSITIVE_INFINITY) <= loss)
    .with({ kind: 'tokens' }, (end) => step * tokens >= end.tokens)
    .with({ kind: 'flops' }, (end) => step * looks.flopsPerStep >= end.flops)
    .with({ kind: 'slopeBelow' }, ({ on, ratio }) => {
      const [now, then] = [slopeBy(on, looks, step), elsewhere(on)];
      return now !== undefined && then !== undefined && now < ratio * then;
    })
    .exhaustive();

/** What a stage's record must say in `endedBy`, given how many steps it ran; `undefined` for stages without an end. */
export const endOf = (schedule: Schedule, events: readonly RunEvent[], record: StageRecord): StageRecord['endedBy'] => {
  const visits = walk(schedule);
  const visit = visits[record.index];
  if (visit?.stage.kind !== 'train' || visit.stage.until === undefined) return undefined;
  const end = visit.stage.until;
  const other = visits
    .slice(0, record.index)
    .filter(({ stage, level }) => stage.kind === 'train' && level !== visit.level)
    .at(-1);
  const elsewhere = (on: ObservedLoss): number | undefined => other && slopeBy(on, looksOf(events, other.index), Number.POSITIVE_INFINITY);
  const looks = looksOf(events, record.index);
  const { batch = schedule.setup.batch, context = schedule.setup.model.context } = visit.stage;
  for (let step = 1; step <= record.stepsRun; step += 1) {
    if (!isMet(end, looks, elsewhere, step, batch * context)) continue;
    return step === record.stepsRun ? end.kind : undefined;
  }
  return record.stepsRun === visit.stage.steps ? 'atMost' : undefined;
};
