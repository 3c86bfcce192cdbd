/**
 * The points of a loss curve: a run's records along one axis, smoothed and thinned for a picture. Only numbers.
 * Not here: how the picture looks (`loss-chart.ts`).
 */
import { depthOf } from '../../schedule/grid.js';
import type { RunRecord } from '../run/run-record.js';

/** What the horizontal axis counts: training steps or matmul FLOPs of training. */
export type Axis = 'steps' | 'flops';

export interface Point {
  readonly x: number;
  readonly loss: number;
}

/** The part of the axis that a training stage covers. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly level: number;
  readonly layers: number;
  readonly op: string;
}

export interface LossCurve {
  readonly training: readonly Point[];
  readonly validation: readonly Point[];
  readonly bands: readonly Band[];
  /** The end of the axis. */
  readonly end: number;
}

/** More points than the picture has pixels would only make the file larger. */
const MOST_POINTS = 700;
/** The share of the run over which the average extends. */
const MEMORY_SHARE = 0.015;

/** Every k-th element, at most `most` of them, and the last one. */
const thin = <A>(all: readonly A[], most: number): readonly A[] => {
  const stride = Math.max(1, Math.ceil(all.length / most));
  return all.filter((_, index) => index % stride === stride - 1 || index === all.length - 1);
};

/** Exponential average with bias correction, as for Adam's moments (Kingma and Ba, 2015). Losses that are not finite numbers are omitted. */
const smooth = (points: readonly Point[], memory: number): readonly Point[] => {
  const keep = Math.exp(-1 / Math.max(1, memory));
  let sum = 0;
  let weight = 0;
  return points
    .filter((point) => Number.isFinite(point.loss))
    .map(({ x, loss }) => {
      sum = keep * sum + (1 - keep) * loss;
      weight = keep * weight + (1 - keep);
      return { x, loss: sum / weight };
    });
};

/**
 * The curve of one run along `axis`. The average starts again with each training stage, so that a jump caused by a transfer is shown where it happens
 * and is not smoothed over the following steps.
 */
export const lossCurve = (record: RunRecord, axis: Axis): LossCurve => {
  const memory = record.steps.length * MEMORY_SHARE;
  const stages = record.started.stages.filter((stage) => stage.kind === 'train');
  const training: Point[] = [];
  const bands: Band[] = [];
  let from = 0;
  for (const stage of stages) {
    const steps = record.steps.filter((step) => step.stage === stage.index);
    const last = steps.at(-1);
    if (last === undefined) continue;
    const points = steps.map((step): Point => ({ x: axis === 'steps' ? step.step : step.flops, loss: step.loss }));
    training.push(...thin(smooth(points, memory), Math.ceil((MOST_POINTS * steps.length) / record.steps.length)));
    const to = axis === 'steps' ? last.step : last.flops;
    bands.push({ from, to, level: stage.level, layers: depthOf(stage), op: stage.op });
    from = to;
  }
  const validation = record.evaluations
    .filter((evaluated) => Number.isFinite(evaluated.loss))
    .map((evaluated): Point => ({ x: axis === 'steps' ? evaluated.step : evaluated.trainingFlops, loss: evaluated.loss }));
  return { training, validation, bands, end: from };
};
