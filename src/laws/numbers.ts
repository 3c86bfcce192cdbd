/**
 * A network whose layers are a few numbers each, one a head: the smallest thing that transfers can act on. What a transfer does to these numbers is
 * what a run does to every tensor. Not here: the order of stages (`follow.ts`), tensors (`src/runner`).
 */
import { match } from 'ts-pattern';
import type { LayerEntry } from '../transfer/layer-matrix.js';
import { beginsAtZero, type MomentsTransfer } from '../transfer/moments.js';
import type { Recipe } from '../transfer/recipe.js';
import { updatesOf } from '../transfer/updates.js';
import { type Resizing, scaleOf } from '../transfer/width.js';

/** What a layer holds: its weights and both moments, by their degree in the gradient. */
export type Degree = 0 | 1 | 2;
export type Units = readonly number[];
export interface NumberCell {
  readonly values: readonly [weights: Units, first: Units, second: Units];
  readonly updates: number;
}

export interface Sources {
  readonly from: readonly NumberCell[];
  readonly standing?: readonly NumberCell[];
  readonly restricted?: readonly NumberCell[];
}

const at = (cells: readonly NumberCell[] | undefined, layer: number): NumberCell => {
  const cell = cells?.[layer];
  if (cell === undefined) throw new Error(`a recipe reads layer ${layer}, which is not there`);
  return cell;
};

const zipped = (a: Units, b: Units, of: (a: number, b: number) => number): Units => a.map((value, unit) => of(value, b[unit] ?? 0));
const zeros = (like: Units): Units => like.map(() => 0);

/** New layers: a number that tells their place, so that no two are alike by chance. */
const initialValue = (layer: number): number => 0.01 * (layer + 1);

const ofDegree = (cell: NumberCell, degree: Degree): Units => cell.values[degree];

const sumOf = (terms: readonly LayerEntry[], from: readonly NumberCell[], degree: Degree, factor: number): Units =>
  terms
    .map(({ column, weight }): Units => ofDegree(at(from, column), degree).map((value) => weight * factor * value))
    .reduce((sum, each) => zipped(sum, each, (a, b) => a + b));

/** Second moments stop at zero. */
const stopped = (units: Units, degree: Degree): Units => (degree === 2 ? units.map((value) => Math.max(0, value)) : units);

/** One degree of a layer after a recipe. */
const moved = (recipe: Recipe, moments: MomentsTransfer, { from, standing, restricted }: Sources, layer: number, degree: Degree): Units => {
  const { policy, gradientFactor } = moments;
  const factor = policy === 'rescale' ? gradientFactor ** degree : 1;
  const averages = policy === 'average' && degree > 0;
  const mixed = (share: number, came: Units): Units =>
    zipped(ofDegree(at(standing, layer), degree), came, (stood, comes) => stood + share * (comes - stood));
  const mean = (came: Units): Units => (averages ? mixed(0.5, came) : came);
  if (degree > 0 && beginsAtZero(recipe, moments)) {
    const like =
      recipe.kind === 'take' || recipe.kind === 'identity'
        ? at(from, recipe.from)
        : recipe.kind === 'combine'
          ? at(from, recipe.terms[0]?.column ?? 0)
          : at(standing, layer);
    return zeros(ofDegree(like, degree));
  }
  return match(recipe)
    .returnType<Units>()
    .with({ kind: 'keep' }, () => ofDegree(at(standing, layer), degree))
    .with({ kind: 'take' }, (take) => mean(ofDegree(at(from, take.from), degree).map((value) => (factor === 1 ? value : factor * value))))
    .with({ kind: 'combine' }, ({ terms }) => stopped(mean(sumOf(terms, from, degree, factor)), degree))
    .with({ kind: 'correct' }, ({ terms }) => {
      const share = averages ? 0.5 : 1;
      const learnt = terms.map(({ column, weight }) =>
        zipped(
          ofDegree(at(from, column), degree),
          ofDegree(at(restricted, column), degree),
          (now, then) => weight * factor * share * (now - then),
        ),
      );
      const corrected = learnt.reduce((sum, each) => zipped(sum, each, (a, b) => a + b), ofDegree(at(standing, layer), degree));
      return stopped(corrected, degree);
    })
    .with({ kind: 'mix' }, ({ share, terms }) => stopped(mixed(averages ? 0.5 * share : share, sumOf(terms, from, degree, factor)), degree))
    .with({ kind: 'identity' }, (identity) => zeros(ofDegree(at(from, identity.from), degree)))
    .with({ kind: 'initial' }, ({ identity }) => [identity || degree > 0 ? 0 : initialValue(layer)])
    .exhaustive();
};

/** The layers that recipes make. An initial layer has as many units as `units` says. */
export const carriedOut = (recipes: readonly Recipe[], sources: Sources, moments: MomentsTransfer, units: number): readonly NumberCell[] =>
  recipes.map((recipe, layer): NumberCell => {
    const of = (degree: Degree): Units => {
      const values = moved(recipe, moments, sources, layer, degree);
      return recipe.kind === 'initial' ? Array.from({ length: units }, () => values[0] ?? 0) : values;
    };
    return { values: [of(0), of(1), of(2)], updates: updatesOf(recipe, moments, sources, layer) };
  });

/** Groups of neighbouring units become one, and one becomes a group: the units are written, not read. */
export const resized = ({ values, updates }: NumberCell, resizing: Resizing): NumberCell => {
  const { factor, direction } = resizing;
  const of = (units: Units, degree: Degree): Units => {
    const scale = scaleOf({ axes: [{ of: 'hidden', side: 'output' }], degree }, resizing);
    if (direction === 'widen') return units.flatMap((value) => Array.from({ length: factor }, () => scale * value));
    return Array.from(
      { length: units.length / factor },
      (_, group) => units.slice(group * factor, (group + 1) * factor).reduce((sum, value) => sum + value, 0) * scale,
    );
  };
  return { values: [of(values[0], 0), of(values[1], 1), of(values[2], 2)], updates };
};
