/**
 * A schedule as a path: where each stage lies on the axis of work (FLOPs of matrix products, of training and transfers), on which level, and with which
 * learning rate. Only places and numbers. Not here: how the path looks (`cycle-svg.ts`, `cycle-text.ts`), what stages cost (`src/plan`).
 */
import type { PlannedWork } from '../../plan/planned-work.js';
import { depthOf, firstGrid } from '../../schedule/grid.js';
import { print } from '../../schedule/print/stages.js';
import type { Schedule, Setup } from '../../schedule/schedule.js';
import { clockSteps, rateAt } from '../../schedule/walk/learning-rate.js';
import { settingsOf } from '../../schedule/walk/step-settings.js';
import { closesBranch, type Visit, walk } from '../../schedule/walk/walk.js';

/** A training stage. */
export interface Stretch {
  /** Its index in the plan. */
  readonly stage: number;
  readonly op: string;
  readonly level: number;
  /** Those that a step computes: each as often as it is applied. */
  readonly layers: number;
  readonly width: number;
  readonly steps: number;
  readonly from: number;
  readonly to: number;
  /** Where it ends at the earliest; `to`, unless its end is conditional. */
  readonly least: number;
}

/** A change of the network: from one place to another, which differ in work by what the transfer costs. */
export interface Change {
  readonly stage: number;
  readonly kind: 'restrict' | 'prolongate' | 'grow' | 'arm' | 'merge';
  readonly op: string;
  readonly from: number;
  readonly to: number;
  readonly fromLevel: number;
  readonly toLevel: number;
  /** Whether an arm that begins, or a merge, is of replicas. */
  readonly replicas?: true;
}

/** A state that is kept while the path is elsewhere: that with which a branch began, for its next arm. */
export interface Held {
  readonly level: number;
  readonly from: number;
  readonly to: number;
  /** Whether the next arm is a replica. */
  readonly replicas?: true;
}

/** Where a stage lies on the axis of work. */
export interface StagePlace {
  readonly from: number;
  readonly to: number;
}

export interface RatePoint {
  readonly x: number;
  readonly rate: number;
}

/** The layers of a level as a step computes them, in the order in which the path meets them: growth changes them. */
export interface LevelRow {
  readonly level: number;
  readonly layers: readonly number[];
  readonly widths: readonly number[];
}

export interface CyclePath {
  /** Empty for one that needs none: it is alone, and its text says everything. */
  readonly name: string;
  /** The stages' canonical text. */
  readonly pipeline: string;
  readonly stretches: readonly Stretch[];
  readonly changes: readonly Change[];
  readonly held: readonly Held[];
  /** Where held-out text is evaluated because the schedule says so. */
  readonly evaluations: readonly { readonly level: number; readonly x: number }[];
  readonly rates: readonly RatePoint[];
  readonly peak: number;
  readonly levels: readonly LevelRow[];
  /** The end of the path. */
  readonly work: number;
  /** 1 - work / that of as many steps on the finest level; absent where it is not known, or nothing is trained. */
  readonly saving?: number;
  /** Where each stage lies, by its index. */
  readonly places: readonly StagePlace[];
}

/** The most points of the learning rate, over all of the work: no screen has more columns. */
const MOST_POINTS = 800;

/** What the rates of all stages have in common; one that has its own rate reads the same clock. */
interface Clock {
  readonly setup: Setup;
  /** Training steps of the clock of the whole schedule. */
  readonly steps: number;
  readonly work: number;
}

/** The rates of a stage: of its first and last step, and of as many between as a picture can show. */
const ratesOf = (visit: Visit, { from, to }: StagePlace, { setup, steps: total, work }: Clock): readonly RatePoint[] => {
  const { stage } = visit;
  if (stage.kind !== 'train') return [];
  const { steps } = stage;
  const count = Math.min(steps, 2 + Math.ceil((MOST_POINTS * (to - from)) / Math.max(work, 1)));
  const place = { ...visit, steps };
  const { learningRate: rate } = settingsOf(stage, setup);
  const at = (step: number): number => rateAt(rate, place, step, total);
  const points = Array.from({ length: count }, (_, index): RatePoint => {
    const step = count === 1 ? 0 : Math.round((index * (steps - 1)) / (count - 1));
    return { x: from + ((to - from) * step) / steps, rate: at(step) };
  });
  // A rate holds for a whole step.
  return [...points, { x: to, rate: at(steps - 1) }];
};

const levelRows = (visits: readonly Visit[], { setup: { model } }: Schedule): readonly LevelRow[] => {
  const rows = new Map<number, { readonly layers: Set<number>; readonly widths: Set<number> }>();
  for (const grid of [firstGrid(model), ...visits]) {
    const { level, width } = grid;
    const row = rows.get(level) ?? { layers: new Set<number>(), widths: new Set<number>() };
    row.layers.add(depthOf(grid));
    row.widths.add(width);
    rows.set(level, row);
  }
  return [...rows].sort(([a], [b]) => a - b).map(([level, { layers, widths }]) => ({ level, layers: [...layers], widths: [...widths] }));
};

/** Where the states with which branches begin wait for their next arms. */
class Branches {
  readonly held: Held[] = [];
  readonly #open: (Pick<Held, 'level' | 'replicas'> & { since: number })[] = [];

  /** An arm begins: the first opens the branch, each other one takes its state. */
  arm(first: boolean, place: Pick<Held, 'level' | 'replicas'>, at: number): void {
    if (first) this.#open.push({ ...place, since: at });
    else this.#holdUntil(at);
  }

  /** @param closes replicas continue from what was merged, but for the last time. */
  merge(at: number, closes: boolean): void {
    this.#holdUntil(at);
    if (closes) this.#open.pop();
  }

  #holdUntil(at: number): void {
    const open = this.#open.at(-1);
    if (open === undefined) return;
    const { since, ...place } = open;
    if (at > since) this.held.push({ ...place, from: since, to: at });
    open.since = at;
  }
}

/**
 * The path of a verified schedule.
 *
 * @param work of each stage, as planned.
 * @param saving against all fine, where the caller knows it.
 * @example
 * cyclePath('two-level', schedule, plannedWork(plan)).changes.map(({ kind, toLevel }) => [kind, toLevel]) // [['restrict', 1], ['prolongate', 0]]
 */
export const cyclePath = (name: string, schedule: Schedule, work: readonly PlannedWork[], saving?: number): CyclePath => {
  const visits = walk(schedule);
  const end = work.reduce((sum, { flops }) => sum + flops, 0);
  const steps = visits.reduce((sum, { stage }) => sum + (stage.kind === 'train' ? stage.steps : 0), 0);
  const clock = { setup: schedule.setup, steps: clockSteps(visits), work: end };
  const stretches: Stretch[] = [];
  const changes: Change[] = [];
  const evaluations: { level: number; x: number }[] = [];
  const rates: RatePoint[] = [];
  const places: StagePlace[] = [];
  const branches = new Branches();
  let [here, level] = [0, 0];
  for (const visit of visits) {
    const { flops, least = flops } = work[visit.index] ?? { flops: 0 };
    const { op, width, stage } = visit;
    const place = { from: here, to: here + flops };
    places.push(place);
    if (stage.kind === 'train') {
      stretches.push({
        stage: visit.index,
        op,
        level: visit.level,
        layers: depthOf(visit),
        width,
        steps: stage.steps,
        ...place,
        least: here + least,
      });
      for (const point of ratesOf(visit, place, clock)) rates.push(point);
    } else if (stage.kind === 'evaluate') evaluations.push({ level: visit.level, x: here });
    else {
      const ofReplicas = 'round' in stage && stage.round !== undefined ? ({ replicas: true } as const) : {};
      changes.push({ stage: visit.index, kind: stage.kind, op, ...place, fromLevel: level, toLevel: visit.level, ...ofReplicas });
      if (stage.kind === 'arm') branches.arm(visit.opener === undefined, { level: visit.level, ...ofReplicas }, here);
      if (stage.kind === 'merge') branches.merge(place.to, closesBranch(stage));
    }
    [here, level] = [place.to, visit.level];
  }
  return {
    name,
    pipeline: print(schedule.stages),
    stretches,
    changes,
    held: branches.held,
    evaluations,
    rates,
    peak: rates.reduce((most, { rate }) => Math.max(most, rate), 0),
    levels: levelRows(visits, schedule),
    work: end,
    ...(saving === undefined || steps === 0 ? {} : { saving }),
    places,
  };
};

/** Where a run is: in a stage, of whose largest number of steps this share is done. */
export interface RunPlace {
  readonly stage: number;
  readonly share: number;
}

/** The place of a run on the axis of work: its end, for a stage that is not there. */
export const workAt = ({ places, work }: Pick<CyclePath, 'places' | 'work'>, { stage, share }: RunPlace): number => {
  const place = places[stage];
  return place === undefined ? work : place.from + (place.to - place.from) * Math.min(1, share);
};
