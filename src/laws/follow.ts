/**
 * Applies a schedule to a network of numbers (`number-network.ts`), stage by stage. Training is any function of a layer and the step, the
 * same at every call. Not here: laws about the result.
 */
import { match } from 'ts-pattern';
import { adamw } from '../../dsl/optimizers.js';
import { largestRatio } from '../optimizer/moment-ratio.js';
import type { Fit } from '../schedule/schedule.js';
import { type LeafStage, opensBranch, type Visit } from '../schedule/walk/walk.js';
import { identity } from '../transfer/layer-matrix.js';
import { openRecipes } from '../transfer/learnt.js';
import { mergeMoments } from '../transfer/merge.js';
import { momentsTransfer } from '../transfer/moments.js';
import { groupingsOf, prolongationOf, type Transfer, transferOf } from '../transfer/operators.js';
import { growthRecipes, prolongationRecipes, type Recipe, restrictionRecipes } from '../transfer/recipe.js';
import { resolveVisits } from '../transfer/resolve.js';
import type { Widening } from '../transfer/widening.js';
import type { Resizing } from '../transfer/width.js';
import { carriedOut, type NumberCell, resized, type Units, widened } from './number-network.js';
import { outerStepped, type Remembered, withWeights } from './outer-numbers.js';

/** The state of a level. */
export interface Network {
  readonly shared: NumberCell;
  readonly layers: readonly NumberCell[];
}

/** The result of a training stage for a layer (`'shared'` for the shared ones), given the number of the run's earlier steps and its own. */
export type Learning = (cell: NumberCell, layer: number | 'shared', firstStep: number, steps: number) => NumberCell;

/** An open branch, or replicas. */
interface Followed {
  readonly start: Network;
  readonly arms: Network[];
  /** With what replicas begin their next round. */
  readonly waiting: Network[];
  readonly remembered?: Remembered;
}

/** Training that changes nothing. */
export const untrained: Learning = (cell) => cell;

/**
 * Differs for each layer and step, and depends on no policy: weights change independently of moments and counts, which change as if by
 * gradients.
 */
export const learning: Learning = ({ values: [weights, first, second], updates }, layer, firstStep, steps) => {
  const seed = (layer === 'shared' ? 7 : 11 + layer) + 0.37 * firstStep + 0.11 * steps;
  const gradient = (unit: number): number => Math.sin(seed + 1.7 * unit);
  const after = (units: Units, of: (value: number, gradient: number) => number): Units =>
    units.map((value, unit) => of(value, gradient(unit)));
  return {
    values: [
      after(weights, (value, g) => 0.75 * value - 0.25 * g),
      after(first, (value, g) => 0.5 * value + 0.5 * g),
      after(second, (value, g) => 0.75 * value + 0.25 * g * g),
    ],
    updates: updates + steps,
  };
};

/**
 * Gradients of a very different size for each layer, step and unit, and so many of them that moments reflect no earlier ones: a possible
 * result of training a coarse level. If the gradient is constant, m²/v is 1.
 */
export const forgetting: Learning = (cell, layer, firstStep, steps) => {
  const learnt = learning(cell, layer, firstStep, steps);
  const [weights] = learnt.values;
  const seed = (layer === 'shared' ? 5 : 13 + layer) + 0.41 * firstStep + 0.13 * steps;
  const gradients = weights.map((_, unit) => Math.sin(seed + 2.3 * unit) * 10 ** (3 * Math.sin(1.9 * seed + unit)));
  return { values: [weights, gradients, gradients.map((gradient) => gradient ** 2)], updates: learnt.updates };
};

/** A network with this number of layers and heads, all layers different, in a state as after some training. */
export const begun = (layers: number, heads: number): Network => {
  const cell = (place: number): NumberCell => ({
    values: [
      Array.from({ length: heads }, (_, unit) => 1 + place + 0.1 * unit),
      Array.from({ length: heads }, (_, unit) => 0.5 * Math.sin(1 + place / 3 + 0.1 * unit)),
      Array.from({ length: heads }, (_, unit) => 0.25 + place / 7 + 0.1 * unit),
    ],
    updates: 3 + (place % 4),
  });
  return { shared: cell(-0.5), layers: Array.from({ length: layers }, (_, layer) => cell(layer)) };
};

interface Opened {
  readonly visit: Visit;
  readonly transfer: Transfer;
  /** The finer level at its restriction. */
  readonly fine: Network;
  /** The result of the restriction. */
  readonly given: Network;
}

const one = identity(1);

const resizing = (direction: Resizing['direction'], transfer: Transfer, { moments }: { readonly moments: string }): Resizing => ({
  direction,
  groupings: groupingsOf(transfer),
  headSize: 1,
  rescale: moments === 'rescale',
});

const onlyOf = ([cell]: readonly NumberCell[]): NumberCell => {
  if (cell === undefined) throw new Error('one recipe makes one cell');
  return cell;
};

type Of<Kind extends LeafStage['kind']> = LeafStage & { readonly kind: Kind };

const restricted = (stage: Of<'restrict'>, visit: Visit, fine: Network, ratio: number): Opened => {
  const numbers = { units: visit.from.heads, ratio };
  const transfer = transferOf(stage.operator, visit.from.layers);
  const made = carriedOut(
    restrictionRecipes(transfer.restriction),
    { from: fine.layers },
    momentsTransfer(stage, visit.from, visit),
    numbers,
  );
  if (transfer.narrowing === 1) return { visit, transfer, fine, given: { shared: fine.shared, layers: made } };
  const kept = carriedOut(restrictionRecipes(one), { from: [fine.shared] }, momentsTransfer(stage, visit.from, visit.from), numbers);
  const how = resizing('narrow', transfer, stage);
  return { visit, transfer, fine, given: { shared: resized(onlyOf(kept), how), layers: made.map((cell) => resized(cell, how)) } };
};

const returned = (stage: Of<'prolongate'>, visit: Visit, coarse: Network, { transfer, fine, given }: Opened, ratio: number): Network => {
  const numbers = { units: visit.heads, ratio };
  const how = resizing('widen', transfer, stage);
  const wide = (cell: NumberCell): NumberCell => (transfer.narrowing === 1 ? cell : resized(cell, how));
  const own = prolongationRecipes(prolongationOf(stage.interpolation, transfer), transfer.restriction, stage.correction);
  const recipes = learnable(stage, own, coarse.layers.length);
  const sources = { from: coarse.layers.map(wide), destination: fine.layers, restricted: given.layers.map(wide) };
  const layers = carriedOut(recipes, sources, momentsTransfer(stage, visit.from, visit), numbers);
  // Levels of the same width have the same shared layers.
  if (transfer.narrowing === 1) return { shared: coarse.shared, layers };
  const back = { from: [wide(coarse.shared)], destination: [fine.shared], restricted: [wide(given.shared)] };
  return {
    shared: onlyOf(carriedOut(prolongationRecipes(one, one, stage.correction), back, momentsTransfer(stage, visit, visit), numbers)),
    layers,
  };
};

/** A fit may read every layer; what it learns is the given transfer. */
const learnable = ({ fit }: { readonly fit?: Fit }, recipes: readonly Recipe[], sources: number): readonly Recipe[] =>
  fit === undefined || fit.steps === 0 ? recipes : openRecipes(recipes, sources);

const grown = (stage: Of<'grow'>, visit: Visit, { shared, layers }: Network, ratio: number): Network => {
  const { growth } = stage;
  const numbers = { units: visit.heads, ratio };
  const moments = momentsTransfer(stage, visit.from, visit);
  const made = carriedOut(
    learnable(stage, growthRecipes(growth, visit.from.layers), visit.from.layers),
    { from: layers },
    moments,
    numbers,
  );
  if (growth.kind !== 'width') return { shared, layers: made };
  const { factor, pairing = 'neighbours' } = growth;
  const widening: Widening = { way: stage.way ?? 'uneven', grouping: { factor, pairing }, headSize: 1, policy: moments.policy };
  const kept = carriedOut(restrictionRecipes(one), { from: [shared] }, moments, numbers);
  return { shared: widened(onlyOf(kept), widening), layers: made.map((cell) => widened(cell, widening)) };
};

const trained = (visit: Visit, steps: number, { shared, layers }: Network, learn: Learning): Network => {
  const part = visit.trained;
  return {
    shared: part === undefined || part.shared ? learn(shared, 'shared', visit.firstStep, steps) : shared,
    layers: layers.map((cell, layer) =>
      part === undefined || part.layers.includes(layer) ? learn(cell, layer, visit.firstStep, steps) : cell,
    ),
  };
};

/**
 * The network after each visit of a walk, at the level that is then current. A line search accepts every correction completely, and a fit leaves
 * every coefficient as it is given.
 *
 * @param start the finest level at the start of the run.
 * @param ratio the largest m²/v after a correction; by default that of the default AdamW.
 */
export const follow = (
  visits: readonly Visit[],
  start: Network,
  learn: Learning = learning,
  ratio: number = largestRatio(adamw()),
): readonly Network[] => {
  const resolved = resolveVisits(visits);
  const open: Opened[] = [];
  const branches: Followed[] = [];
  let here = start;
  return visits.map((visit) => {
    here = match(visit.stage)
      .returnType<Network>()
      .with({ kind: 'train' }, ({ steps }) => trained(visit, steps, here, learn))
      .with({ kind: 'evaluate' }, () => here)
      .with({ kind: 'restrict' }, (stage) => {
        const opened = restricted(stage, visit, here, ratio);
        open.push(opened);
        return opened.given;
      })
      .with({ kind: 'prolongate' }, (stage) => {
        const opened = open.pop();
        if (opened === undefined) throw new Error('the verifier lets no prolongation through on the finest level');
        return returned(stage, visit, here, opened, ratio);
      })
      .with({ kind: 'grow' }, (stage) => grown(stage, visit, here, ratio))
      .with({ kind: 'arm' }, (begins) => {
        const branch = branches.at(-1);
        if (branch === undefined || opensBranch(begins)) {
          branches.push({ start: here, arms: [], waiting: [] });
          return here;
        }
        if (begins.arm > 1) branch.arms.push(here);
        return branch.waiting.shift() ?? branch.start;
      })
      .with({ kind: 'merge' }, ({ round }) => {
        const open = branches.at(-1);
        if (round !== undefined && open !== undefined) {
          const ends = [...open.arms, here];
          const { merged, remembered } = outerStepped(open.start, ends, open.remembered, round);
          branches.pop();
          if (round.round === round.rounds) return merged;
          const waiting = ends.map((replica) => withWeights(replica, merged));
          // Between rounds moments are those of the replicas.
          const between = withWeights(here, merged);
          branches.push({ start: between, arms: [], waiting, remembered });
          return between;
        }
        const [branch, merge] = [branches.pop(), resolved[visit.index]?.transfer];
        if (branch === undefined || merge?.kind !== 'merge') throw new Error('a merge ends a branch, and has its recipes');
        const ends = [...branch.arms, here];
        const layers = { from: ends.flatMap((end) => end.layers), destination: branch.start.layers };
        const shared = { from: ends.map((end) => end.shared), destination: [branch.start.shared] };
        return {
          layers: carriedOut(merge.layers.recipes, layers, mergeMoments, { units: visit.heads, ratio }),
          shared: onlyOf(carriedOut(merge.shared.recipes, shared, mergeMoments, { units: visit.heads, ratio })),
        };
      })
      .exhaustive();
    return here;
  });
};
