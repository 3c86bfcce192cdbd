/** Random operators with depths that they fit, for the laws of transfers. Not a test itself. */
import fc from 'fast-check';
import type { OperatorCase } from '../../src/laws/index.js';
import type { Averaging, LayerOperator, MatrixOperator, SimpleOperator, WidthOperator } from '../../src/schedule/schedule.js';

const factor = fc.integer({ min: 2, max: 6 });
const few = fc.integer({ min: 1, max: 6 });

export const injections = fc
  .tuple(factor, few, fc.nat())
  .map(([k, coarse, draw]) => ({ operator: { kind: 'every', factor: k, offset: draw % k } as const, layers: k * coarse }));

/** An operator by neighbours or, every other time, by halves. */
const paired = <Op extends Averaging | WidthOperator>(operator: Op, halves: boolean): Op =>
  halves ? { ...operator, pairing: 'halves' } : operator;

const averages = fc
  .tuple(factor, few, fc.boolean())
  .map(([k, coarse, halves]) => ({ operator: paired<Averaging>({ kind: 'average', factor: k }, halves), layers: k * coarse }));

/** Means of groups that follow each other, of any sizes; P repeats them: R·P = I. */
const grouping = (sizes: readonly number[]): { readonly operator: MatrixOperator; readonly layers: number } => {
  const groups = sizes.flatMap((size, group) => Array.from({ length: size }, () => group));
  return {
    operator: {
      kind: 'matrix',
      restriction: sizes.map((size, row) => groups.map((group) => (group === row ? 1 / size : 0))),
      prolongation: groups.map((group) => sizes.map((_, column) => (column === group ? 1 : 0))),
    },
    layers: groups.length,
  };
};

const matrices = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 6 }).map(grouping);

/** Each claims R·P = I. */
export const overLayers: fc.Arbitrary<OperatorCase<LayerOperator>> = fc.oneof(injections, averages, matrices);

const widths = fc
  .tuple(fc.constantFrom(2, 4), fc.boolean())
  .map(([k, halves]) => paired<WidthOperator>({ kind: 'width', factor: k }, halves));

/** None, one, or two after each other in any pairing. */
const widthsOfChains = fc.oneof(
  fc.constant([]),
  widths.map((width) => [width]),
  fc.tuple(fc.boolean(), fc.boolean()).map((halves) => halves.map((half) => paired<WidthOperator>({ kind: 'width', factor: 2 }, half))),
);

/** Depth and width, in both orders. */
export const depthAndWidth: fc.Arbitrary<OperatorCase<readonly [SimpleOperator, SimpleOperator]>> = fc
  .tuple(overLayers, widths, fc.boolean())
  .map(([{ operator, layers }, width, first]) => ({ operator: first ? [width, operator] : [operator, width], layers }));

/** Two to five operators, each of which fits what those before it leave. */
export const chains: fc.Arbitrary<OperatorCase<readonly SimpleOperator[]>> = fc
  .tuple(fc.array(factor, { minLength: 2, maxLength: 3 }), fc.nat(), widthsOfChains, fc.integer({ min: 1, max: 2 }))
  .map(([factors, draw, widths, coarsest]) => {
    const parts = factors.map(
      (k, index): SimpleOperator =>
        (draw >> index) % 2 === 0
          ? paired<Averaging>({ kind: 'average', factor: k }, (draw >> (4 + index)) % 2 === 0)
          : { kind: 'every', factor: k, offset: (draw >> 3) % k },
    );
    const layers = factors.reduce((product, k) => product * k, coarsest);
    const at = draw % (parts.length + 1);
    const [first, second] = widths;
    const narrowed = [...parts.slice(0, at), ...(first === undefined ? [] : [first]), ...parts.slice(at)];
    return { operator: second === undefined ? narrowed : [...narrowed, second], layers };
  });

/** The injections of one factor, all offsets. */
export const wholePartitions = fc.tuple(factor, few).map(([k, coarse]) => ({
  operator: Array.from({ length: k }, (_, offset) => ({ kind: 'every', factor: k, offset }) as const),
  layers: k * coarse,
}));
