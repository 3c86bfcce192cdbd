/**
 * The oracle of the verifier: plays the unrolled stages on a stack of levels, in other words than the verifier's own. Not a test itself, and not
 * here: what training stages ask of their place (`training.ts`).
 */
import { grownLayers } from '../../src/schedule/bounds/growth.js';
import type {
  Growth,
  LayerOperator,
  MatrixOperator,
  Operator,
  ProlongateStage,
  RestrictStage,
  Stage,
} from '../../src/schedule/schedule.js';
import { unrolled } from '../../src/schedule/walk/walk.js';
import { replicasFit } from './in-replicas.js';

const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;

/** R·P, in full. */
const product = ({ restriction, prolongation }: MatrixOperator): readonly (readonly number[])[] =>
  restriction.map((row) =>
    restriction.map((_, column) => row.reduce((sum, entry, k) => sum + entry * (prolongation[k]?.[column] ?? 0), 0)),
  );

/** Where each layer of the coarsest grid is on the finest, followed as (place, mass) from grid to grid. */
const ascends = (parts: readonly LayerOperator[], fine: number): boolean => {
  let grid = Array.from({ length: fine }, (_, layer) => ({ moment: layer, mass: 1 }));
  for (const part of parts) {
    const rows =
      part.kind === 'matrix'
        ? part.restriction
        : Array.from({ length: grid.length / part.factor }, (_, row) =>
            grid.map((__, column) => {
              const coarse = grid.length / part.factor;
              const isHalf = part.kind === 'average' && part.pairing === 'halves';
              if ((isHalf ? column % coarse : Math.floor(column / part.factor)) !== row) return 0;
              if (part.kind === 'average') return 1 / part.factor;
              return column % part.factor === part.offset ? 1 : 0;
            }),
          );
    const before = grid;
    grid = rows.map((row) =>
      row.reduce(
        ({ moment, mass }, entry, column) => ({
          moment: moment + entry * (before[column]?.moment ?? 0),
          mass: mass + entry * (before[column]?.mass ?? 0),
        }),
        { moment: 0, mass: 0 },
      ),
    );
  }
  return grid
    .map(({ moment, mass }) => moment / mass)
    .every((place, index, places) => Number.isFinite(place) && (index === 0 || place > (places[index - 1] ?? 0)));
};

/** Whether a prolongation may ask of an operator what it asks: of compositions, of each of their matrices. */
const answers = (operator: Operator | undefined, { correction, interpolation }: ProlongateStage, layers: number): boolean => {
  const parts = operator?.kind === 'compose' ? operator.operators : operator === undefined ? [] : [operator];
  if (interpolation !== 'own' && parts.every(({ kind }) => kind === 'width')) return false;
  const matrices = parts.flatMap((part) => (part.kind === 'matrix' ? [part] : []));
  if (matrices.length === 0) return true;
  if (interpolation === 'linear')
    return ascends(
      parts.flatMap((part) => (part.kind === 'width' ? [] : [part])),
      layers,
    );
  return (
    interpolation === 'repeat' ||
    correction.kind === 'correction' ||
    matrices.every((matrix) => product(matrix).every((row, i) => row.every((entry, j) => near(entry, i === j ? 1 : 0))))
  );
};

const parts = (operator: Operator) => (operator.kind === 'compose' ? operator.operators : [operator]);
const narrows = (operator: Operator): boolean => parts(operator).some(({ kind }) => kind === 'width');

/** Whether a way back fits a level with tau, a line search has something to shorten, and a fit P to itself. */
const consistent = ({ operator, tau }: Pick<RestrictStage, 'operator' | 'tau'>, stage: ProlongateStage): boolean => {
  if (stage.lineSearch !== undefined && (stage.correction.kind !== 'correction' || narrows(operator))) return false;
  if (stage.fit !== undefined && (tau !== undefined || stage.lineSearch !== undefined || narrows(operator))) return false;
  if (tau === undefined) return true;
  const whole = stage.correction.kind === 'correction' || parts(operator).every(({ kind }) => kind === 'every');
  return whole && stage.interpolation === 'own' && stage.moments !== 'rescale';
};

/** Whether τ exists: no rescaled moments, one width, and P with something in each column. */
const corrects = ({ operator, tau, moments }: RestrictStage): boolean =>
  tau === undefined ||
  (moments !== 'rescale' &&
    !narrows(operator) &&
    parts(operator).every(
      (part) => part.kind !== 'matrix' || part.restriction.every((_, column) => part.prolongation.some((row) => row[column] !== 0)),
    ));

/** Whether there is what a growth copies. */
const grows = (growth: Growth, layers: number): boolean => {
  if (growth.kind === 'width') return true;
  if ('layers' in growth) return true;
  if ('factor' in growth || 'times' in growth) return layers > 0;
  if (growth.kind !== 'middle') return layers > 0 && growth.block <= layers;
  return layers > 0 && Number.isInteger(layers / growth.block);
};

/** Whether nothing breaks on the way, every arm comes back and one level is left. */
export const makesSense = (depth: number, all: readonly Stage[]): boolean => {
  if (!replicasFit(all)) return false;
  const stack: { layers: number; heads: number; by?: RestrictStage }[] = [{ layers: depth, heads: 4 }];
  let loops = 1;
  /** How many levels each open branch began with. */
  const bases: number[] = [];
  for (const { stage } of unrolled(all)) {
    const top = stack.at(-1) ?? { layers: 0, heads: 0 };
    if (stage.kind === 'restrict') {
      const { operator } = stage;
      let { layers, heads } = top;
      for (const part of operator.kind === 'compose' ? operator.operators : [operator]) {
        if (part.kind === 'width') heads /= part.factor;
        else if (layers === 0 || (part.kind === 'matrix' && part.prolongation.length !== layers)) return false;
        else layers = part.kind === 'matrix' ? part.restriction.length : layers / part.factor;
        if (!Number.isInteger(layers) || !Number.isInteger(heads)) return false;
      }
      if (!corrects(stage)) return false;
      stack.push({ layers, heads, by: stage });
    }
    if (stage.kind === 'prolongate') {
      if (stack.length === (bases.at(-1) ?? 1) || !answers(top.by?.operator, stage, stack.at(-2)?.layers ?? 0)) return false;
      if (top.by !== undefined && !consistent(top.by, stage)) return false;
      stack.pop();
    }
    if (stage.kind === 'grow') {
      if (stack.length > 1 || bases.length > 0 || !grows(stage.growth, top.layers)) return false;
      if (stage.fit !== undefined && !('block' in stage.growth || ['stack', 'repeat'].includes(stage.growth.kind))) return false;
      if (stage.growth.kind === 'width') top.heads *= stage.growth.factor;
      else top.layers = grownLayers(stage.growth, top.layers);
      if ('times' in stage.growth) loops *= stage.growth.times;
      if (top.layers * loops > 1024) return false;
    }
    if (stage.kind === 'arm') {
      if (stage.arm === 1 && (stage.round?.round ?? 1) === 1) bases.push(stack.length);
      if (stage.shared.kind === 'weighted' && stage.shared.weights.length !== stage.arms) return false;
    }
    if ((stage.kind === 'arm' || stage.kind === 'merge') && stack.length !== bases.at(-1)) return false;
    if (stage.kind === 'merge' && stage.round?.round === stage.round?.rounds) bases.pop();
  }
  return stack.length === 1;
};
