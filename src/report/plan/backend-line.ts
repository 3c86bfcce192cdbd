/**
 * Lines that name the backend and its costs other than FLOPs. Every table has them, so that nobody mistakes a CPU for a GPU.
 */
import type { Capabilities } from '../../backend.js';
import { bytes } from '../table/format.js';

/** `onnx-cpu (CPU, 2 threads)`. */
export const backendLine = (name: string, { device }: Pick<Capabilities, 'device'>): string => `${name} (${device})`;

/** The line in place of pictures and text for a backend that computes no values. */
export const nothingComputed = (name: string): string =>
  `Nothing was computed: ${name} counts FLOPs and memory. The losses are zeros of its own; there is nothing to draw or to sample.`;

const TIMES = ['', 'once', 'twice'];

/**
 * What each step copies in addition to the computation.
 *
 * @param stateBytes parameters and moments of level 0 where the pipeline ends, bytes
 */
export const copiesLine = (
  name: string,
  { state, stateCopies }: Pick<Capabilities, 'state' | 'stateCopies'>,
  stateBytes: number,
): string => {
  if (state === 'none') return `${name} holds no values, and copies none.`;
  const small = 'batch, scalars, loss and gradient norm';
  if (stateCopies === 0) return `State stays where ${name} keeps it; a step copies ${small}.`;
  return `Each step copies the state of its level ${TIMES[stateCopies] ?? `${stateCopies} times`}, because ${name}'s runtime returns it (${bytes(stateBytes)} on level 0), and ${small}.`;
};
