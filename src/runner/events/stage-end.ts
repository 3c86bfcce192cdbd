/**
 * Whether a training stage's end is met: a fold over what the stage has seen, pure, with a state that is plain JSON. Checkpoints contain that state
 * (in the run's memory, as `ends`), so that a resumed stage decides like an uninterrupted one. Not here: which ends there are
 * (`src/schedule/train-stage.ts`), when losses are checked (`../stages/training-stage.ts`).
 */
import { match, P } from 'ts-pattern';
import type { ObservedLoss, StageEnd } from '../../schedule/train-stage.js';
import { stepsFor } from '../../schedule/walk/step-range.js';
import type { Visit } from '../../schedule/walk/walk.js';
import { mean } from './mean.js';

/** What a training stage has seen. */
export interface StageMemory {
  readonly level: number;
  readonly flopsPerStep: number;
  /** Training losses of the stage's last steps: as many as any end of the schedule needs. */
  readonly losses: readonly number[];
  /** The stage's last two evaluations. */
  readonly evaluations: readonly { readonly step: number; readonly loss: number }[];
  /** For a plateau: the lowest loss that counted as progress, and how many checks ago that was. */
  readonly lowest?: number;
  readonly stale: number;
  /** The end that was met, and the step of the stage after which it was. */
  readonly met?: { readonly end: StageEnd['kind']; readonly step: number };
}

/** What ends know about a run: the present stage (or the last one), and the last stage on a different level. */
export interface EndMemory {
  readonly here?: StageMemory;
  readonly elsewhere?: StageMemory;
}

/** One more observation in the present stage, after this many of its steps. */
export type Seen =
  | { readonly kind: 'training'; readonly step: number; readonly loss: number }
  | { readonly kind: 'heldOut'; readonly step: number; readonly loss: number };

/** The number of past training losses that an end needs. */
export const lossesNeeded = (end: StageEnd | undefined): number =>
  match(end)
    .with({ on: { kind: 'training' } }, ({ kind, on }) => (kind === 'slopeBelow' ? 2 : 1) * on.window)
    .with(P._, () => 0)
    .exhaustive();

/** The number of training losses that some end of the schedule needs. */
export const lossesKeptBy = (visits: readonly Visit[]): number =>
  visits.reduce((most, { stage }) => Math.max(most, stage.kind === 'train' ? lossesNeeded(stage.until) : 0), 0);

/** A training stage begins. */
export const enterStage = ({ here, elsewhere }: EndMemory, level: number, flopsPerStep: number): EndMemory => {
  const other = here !== undefined && here.level !== level ? here : elsewhere;
  return {
    here: { level, flopsPerStep, losses: [], evaluations: [], stale: 0 },
    ...(other === undefined ? {} : { elsewhere: other }),
  };
};

/** The loss at the last check, if there was one. */
const lossNow = (on: ObservedLoss, { losses, evaluations }: StageMemory): number | undefined =>
  match(on)
    .with({ kind: 'training' }, ({ window }) => (losses.length < window ? undefined : mean(losses.slice(-window))))
    .with({ kind: 'heldOut' }, () => evaluations.at(-1)?.loss)
    .exhaustive();

/** How fast the loss falls, in nats per FLOP; undefined before enough has been seen. */
export const slopeOf = (on: ObservedLoss, { losses, evaluations, flopsPerStep }: StageMemory): number | undefined =>
  match(on)
    .with({ kind: 'training' }, ({ window }) =>
      losses.length < 2 * window
        ? undefined
        : (mean(losses.slice(-2 * window, -window)) - mean(losses.slice(-window))) / (window * flopsPerStep),
    )
    .with({ kind: 'heldOut' }, () => {
      const [before, now] = evaluations.slice(-2);
      return before === undefined || now === undefined ? undefined : (before.loss - now.loss) / ((now.step - before.step) * flopsPerStep);
    })
    .exhaustive();

const isSlower = (ratio: number, on: ObservedLoss, here: StageMemory, elsewhere: StageMemory | undefined): boolean => {
  const [now, then] = [slopeOf(on, here), elsewhere && slopeOf(on, elsewhere)];
  return now !== undefined && then !== undefined && now < ratio * then;
};

/** The memory after one more check of the loss. */
const looked = (end: StageEnd | undefined, memory: StageMemory): StageMemory => {
  if (end?.kind !== 'plateau') return memory;
  const loss = lossNow(end.on, memory);
  if (loss === undefined) return memory;
  return memory.lowest === undefined || loss < memory.lowest - end.minDelta
    ? { ...memory, lowest: loss, stale: 0 }
    : { ...memory, stale: memory.stale + 1 };
};

/** An end can only be met by an observation that it depends on. */
const concerns = (end: StageEnd, seen: Seen): boolean => ('on' in end ? end.on.kind === seen.kind : seen.kind === 'training');

const isMet = (end: StageEnd, { step }: Seen, here: StageMemory, elsewhere: StageMemory | undefined, tokensPerStep: number): boolean =>
  match(end)
    .with({ kind: 'plateau' }, ({ patience }) => here.stale >= patience)
    .with({ kind: 'loss' }, ({ on, loss }) => (lossNow(on, here) ?? Number.POSITIVE_INFINITY) <= loss)
    .with({ kind: 'tokens' }, ({ tokens }) => step >= stepsFor(tokens, tokensPerStep))
    .with({ kind: 'flops' }, ({ flops }) => step >= stepsFor(flops, here.flopsPerStep))
    .with({ kind: 'slopeBelow' }, ({ on, ratio }) => isSlower(ratio, on, here, elsewhere))
    .exhaustive();

export interface Watch {
  readonly end: StageEnd | undefined;
  readonly tokensPerStep: number;
  /** The number of training losses to keep. */
  readonly keep: number;
}

/** The memory after an observation in the present stage; `here.met` says whether it met the end. */
export const see = ({ here, elsewhere }: EndMemory, seen: Seen, { end, tokensPerStep, keep }: Watch): EndMemory => {
  if (here === undefined) throw new Error('a stage that sees something has begun');
  const { step, loss } = seen;
  const grown: StageMemory =
    seen.kind === 'training'
      ? { ...here, losses: keep === 0 ? [] : [...here.losses, loss].slice(-keep) }
      : { ...here, evaluations: [...here.evaluations, { step, loss }].slice(-2) };
  const others = elsewhere === undefined ? {} : { elsewhere };
  if (end === undefined || here.met !== undefined || !concerns(end, seen)) return { here: grown, ...others };
  const after = looked(end, grown);
  const met = isMet(end, seen, after, elsewhere, tokensPerStep) ? { met: { end: end.kind, step } } : {};
  return { here: { ...after, ...met }, ...others };
};
