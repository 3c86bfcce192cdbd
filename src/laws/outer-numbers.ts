/**
 * The outer step of replicas on a network of numbers (`number-network.ts`), written apart from the program that runs (`src/transfer/outer.ts`), which it
 * checks.
 */
import type { Round } from '../schedule/walk/replicas.js';
import type { NumberCell, Units } from './number-network.js';

/** The state of a level. */
interface Network {
  readonly shared: NumberCell;
  readonly layers: readonly NumberCell[];
}

/** What the outer optimizer remembers: for the shared layers and each layer, a number for each of its weights. */
export type Remembered = readonly Units[];

const cellsOf = ({ shared, layers }: Network): readonly NumberCell[] => [shared, ...layers];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const weightsOf = ({ values: [weights] }: NumberCell): Units => weights;

/** With the weights of another network. */
export const withWeights = (network: Network, from: Network): Network => {
  const [shared, ...layers] = cellsOf(network).map((cell, place): NumberCell => {
    const source = cellsOf(from)[place] ?? cell;
    return { ...cell, values: [weightsOf(source), cell.values[1], cell.values[2]] };
  });
  return { shared: shared ?? network.shared, layers };
};

/** The merge of the replicas' ends, and what is remembered for the next one. */
export const outerStepped = (
  start: Network,
  ends: readonly Network[],
  before: Remembered | undefined,
  { outer }: Round,
): { readonly merged: Network; readonly remembered: Remembered } => {
  const { rate, momentum } = outer.kind === 'average' ? { rate: 1, momentum: 0 } : outer;
  const remembered: Units[] = [];
  const [shared, ...layers] = cellsOf(start).map((cell, place): NumberCell => {
    const others = ends.map((end) => cellsOf(end)[place] ?? cell);
    const difference = weightsOf(cell).map((weight, unit) => weight - mean(others.map((other) => weightsOf(other)[unit] ?? weight)));
    const kept = difference.map((each, unit) => momentum * (before?.[place]?.[unit] ?? 0) + each);
    remembered.push(kept);
    const weights = weightsOf(cell).map((weight, unit) => weight - rate * ((difference[unit] ?? 0) + momentum * (kept[unit] ?? 0)));
    const moment = (which: 1 | 2): Units => cell.values[which].map((_, unit) => mean(others.map(({ values }) => values[which][unit] ?? 0)));
    return { values: [weights, moment(1), moment(2)], updates: Math.max(...others.map(({ updates }) => updates)) };
  });
  return { merged: { shared: shared ?? start.shared, layers }, remembered };
};
