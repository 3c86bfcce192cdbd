/**
 * A network whose layers consist of a few numbers, one per head: the smallest object on which transfers can act. A transfer acts on these
 * numbers as a run's transfer acts on every tensor. Not here: the order of stages (`follow.ts`), tensors (`src/runner`).
 */
import { match } from 'ts-pattern';
import { RAISED } from '../transfer/blend.js';
import type { LayerEntry } from '../transfer/layer-matrix.js';
import { beginsAtZero, coefficientsOf, HALF, type MomentsTransfer } from '../transfer/moments.js';
import type { Recipe } from '../transfer/recipe.js';
import { updatesOf } from '../transfer/updates.js';
import { fillingOf, type Widening } from '../transfer/widening.js';
import { factorOf, groupedIn, type Resizing, scaleOf } from '../transfer/width.js';

/** The values of a layer, by their degree in the gradient: its weights and both moments. */
export type Degree = 0 | 1 | 2;
export type Units = readonly number[];
export interface NumberCell {
  readonly values: readonly [weights: Units, first: Units, second: Units];
  readonly updates: number;
}

export interface Sources {
  readonly from: readonly NumberCell[];
  readonly destination?: readonly NumberCell[];
  readonly restricted?: readonly NumberCell[];
}

const at = (cells: readonly NumberCell[] | undefined, layer: number): NumberCell => {
  const cell = cells?.[layer];
  if (cell === undefined) throw new Error(`a recipe reads layer ${layer}, which is not there`);
  return cell;
};

const zipped = (a: Units, b: Units, of: (a: number, b: number) => number): Units => a.map((value, unit) => of(value, b[unit] ?? 0));
const zeros = (like: Units): Units => like.map(() => 0);

/** New layers get a number derived from their index, so that no two are equal by chance. */
const initialValue = (layer: number): number => 0.01 * (layer + 1);

const ofDegree = (cell: NumberCell, degree: Degree): Units => cell.values[degree];

const sumOf = (terms: readonly LayerEntry[], coefficients: readonly number[], of: (layer: number) => Units): Units =>
  terms
    .map(({ column }, term): Units => of(column).map((value) => (coefficients[term] ?? 0) * value))
    .reduce((sum, each) => zipped(sum, each, (a, b) => a + b));

/** The number of units in a new layer, and the largest m²/v allowed after a correction. */
export interface NumbersOf {
  readonly units: number;
  readonly ratio: number;
}

/** The destination's value plus what was learnt; second moments are at least what the first ones require (`src/transfer/blend.ts`). */
const corrected = (
  { share, terms }: Recipe & { readonly kind: 'correct' },
  moments: MomentsTransfer,
  { from, destination, restricted }: Sources,
  layer: number,
  { ratio }: NumbersOf,
): ((degree: Degree) => Units) => {
  const atDestination = (degree: Degree): Units => ofDegree(at(destination, layer), degree);
  const sum = (degree: Degree): Units => {
    const coefficients = coefficientsOf(terms, degree, moments).map((coefficient) => share * coefficient);
    const learnt = sumOf(terms, coefficients, (column) =>
      zipped(ofDegree(at(from, column), degree), ofDegree(at(restricted, column), degree), (now, then) => now - then),
    );
    return zipped(atDestination(degree), learnt, (a, b) => a + b);
  };
  return (degree) => {
    if (degree !== 2) return sum(degree);
    const asked = sum(1).map((m) => m ** 2 / ratio);
    const raised = zipped(
      atDestination(2),
      zipped(sum(1), atDestination(1), (m, before) => m - before),
      (v, gained) => v + RAISED * gained ** 2,
    );
    return zipped(sum(2), zipped(asked, raised, Math.min), Math.max);
  };
};

/** One degree of a layer after applying a recipe. */
const moved = (recipe: Recipe, moments: MomentsTransfer, sources: Sources, layer: number, degree: Degree, numbers: NumbersOf): Units => {
  const { from, destination } = sources;
  const averages = moments.policy === 'average' && degree > 0;
  const mixed = (share: number, arriving: Units): Units =>
    zipped(ofDegree(at(destination, layer), degree), arriving, (atDestination, comes) => atDestination + share * (comes - atDestination));
  const mean = (arriving: Units): Units => (averages ? mixed(HALF, arriving) : arriving);
  const summed = (terms: readonly LayerEntry[]): Units =>
    sumOf(terms, coefficientsOf(terms, degree, moments), (column) => ofDegree(at(from, column), degree));
  if (degree > 0 && beginsAtZero(recipe, moments)) {
    const like =
      recipe.kind === 'take' || recipe.kind === 'identity'
        ? at(from, recipe.from)
        : recipe.kind === 'combine'
          ? at(from, recipe.terms[0]?.column ?? 0)
          : at(destination, layer);
    return zeros(ofDegree(like, degree));
  }
  return match(recipe)
    .returnType<Units>()
    .with({ kind: 'keep' }, () => ofDegree(at(destination, layer), degree))
    .with({ kind: 'take' }, (take) => mean(summed([{ column: take.from, weight: 1 }])))
    .with({ kind: 'combine' }, ({ terms }) => mean(summed(terms)))
    .with({ kind: 'correct' }, (correct) => mean(corrected(correct, moments, sources, layer, numbers)(degree)))
    .with({ kind: 'mix' }, ({ share, terms }) => mixed(averages ? HALF * share : share, summed(terms)))
    .with({ kind: 'identity' }, (identity) => zeros(ofDegree(at(from, identity.from), degree)))
    .with({ kind: 'initial' }, ({ identity }) =>
      Array.from({ length: numbers.units }, () => (identity || degree > 0 ? 0 : initialValue(layer))),
    )
    .exhaustive();
};

/** The layers produced by recipes. */
export const carriedOut = (
  recipes: readonly Recipe[],
  sources: Sources,
  moments: MomentsTransfer,
  numbers: NumbersOf,
): readonly NumberCell[] =>
  recipes.map((recipe, layer): NumberCell => {
    const of = (degree: Degree): Units => moved(recipe, moments, sources, layer, degree, numbers);
    return { values: [of(0), of(1), of(2)], updates: updatesOf(recipe, moments, sources, layer) };
  });

/** Resizes a layer on its output side: narrowing merges each group of units, widening copies a unit to its group. */
export const resized = ({ values, updates }: NumberCell, resizing: Resizing): NumberCell => {
  const { groupings, direction } = resizing;
  const of = (units: Units, degree: Degree): Units => {
    const scale = scaleOf({ axes: [{ of: 'hidden', side: 'output' }], degree }, resizing);
    const [fine, coarse] =
      direction === 'widen' ? [units.length * factorOf(groupings), units.length] : [units.length, units.length / factorOf(groupings)];
    const groups = groupedIn(groupings, fine);
    if (direction === 'widen') return groups.map((group) => scale * (units[group] ?? Number.NaN));
    return Array.from(
      { length: coarse },
      (_, group) => units.filter((__, unit) => groups[unit] === group).reduce((sum, value) => sum + value, 0) * scale,
    );
  };
  return { values: [of(values[0], 0), of(values[1], 1), of(values[2], 2)], updates };
};

/** Makes a layer permanently wider on its output side: new units are copies, and their moments what the policy says. */
export const widened = ({ values, updates }: NumberCell, widening: Widening): NumberCell => {
  const { grouping } = widening;
  const of = (units: Units, degree: Degree): Units => {
    const { zeros, factor } = fillingOf({ axes: [{ of: 'hidden', side: 'output' }], degree }, widening);
    const sources = groupedIn([grouping], units.length * grouping.factor);
    return sources.map((source, unit) =>
      sources.indexOf(source) === unit || !zeros.includes('output') ? factor * (units[source] ?? Number.NaN) : 0,
    );
  };
  return { values: [of(values[0], 0), of(values[1], 1), of(values[2], 2)], updates };
};
