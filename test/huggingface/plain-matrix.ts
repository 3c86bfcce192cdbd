/** Vectors and matrices as lists of numbers, for forward passes as one would write them on paper. */
import type { Parameters } from '../../src/model/hugging-face.js';

export type Matrix = readonly (readonly number[])[];

export const vectorIn = (parameters: Parameters, name: string): readonly number[] => [...(parameters.get(name)?.data ?? [])];

export const matrixIn = (parameters: Parameters, name: string): Matrix => {
  const parameter = parameters.get(name);
  const [rows = 0, columns = 0] = parameter?.shape ?? [];
  return Array.from({ length: rows }, (_, row) => [...(parameter?.data.subarray(row * columns, (row + 1) * columns) ?? [])]);
};

export const at = <A>(values: readonly A[], index: number): A => {
  const value = values[index];
  if (value === undefined) throw new RangeError(`no element ${index} among ${values.length}`);
  return value;
};

export const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

export const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => at(b, 0).map((_, column) => row.reduce((total, value, i) => total + value * at(at(b, i), column), 0)));

export const softmax = (scores: readonly number[]): readonly number[] => {
  const exponentials = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return exponentials.map((value) => value / sum(exponentials));
};
