/**
 * A backend whose outputs are a deterministic mixture of the program and of every bit of its inputs: whatever differs in a run's state shows in all
 * that follows, at a hundredth of the cost of computing a network. Not a test itself.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import { nullCapabilities } from '../../backends/null/null.js';
import type { Backend, DeviceTensor, HostTensor, TensorData } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { type TensorType, typeIn } from '../../src/program/program.js';
import { zeroArray } from '../../src/program/types/host-array.js';

const NAME = 'mixing';

class Mixture implements DeviceTensor {
  readonly backend = NAME;
  constructor(
    readonly type: TensorType,
    readonly data: TensorData,
  ) {}
}

/** One round of FNV-1a over a word. */
const mixed = (state: number, word: number): number => Math.imul(state ^ word, 0x01000193);

const mixedWith = (state: number, { data }: { readonly data: TensorData }): number =>
  new Int32Array(Float32Array.from(data).buffer).reduce(mixed, mixed(state, data.length));

/** Values in [0.5, 1.5), from a state that is not 0 (xorshift). */
const drawn = (type: TensorType, seed: number): Mixture => {
  const data = zeroArray(type);
  let state = seed | 1;
  for (let index = 0; index < data.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    data[index] = 0.5 + (state >>> 8) / 2 ** 24;
  }
  return new Mixture(type, data);
};

const dataOf = (tensor: DeviceTensor | HostTensor): { readonly data: TensorData } => {
  if ('data' in tensor) return tensor;
  if (tensor instanceof Mixture) return tensor;
  throw new Error(`a tensor of backend ${tensor.backend} was given to ${NAME}`);
};

export const createMixing = (): Backend => ({
  name: NAME,
  capabilities: { ...nullCapabilities, state: 'host', device: 'none: mixes bits' },
  compile: (program) =>
    TE.right({
      program,
      flops: flopsOf(program),
      run: (inputs) =>
        TE.fromIO(() => {
          const state = inputs.map(dataOf).reduce(mixedWith, mixed(program.nodes.length, program.outputs.length));
          return program.outputs.map(({ value }, index) => drawn(typeIn(program, value), mixed(state, index)));
        }),
      dispose: () => undefined,
    }),
  upload: ({ type, data }) => TE.right(new Mixture(type, data.slice())),
  download: (tensor) => TE.right({ type: tensor.type, data: dataOf(tensor).data.slice() }),
  release: () => undefined,
  memory: () => ({ held: 0, pooled: 0 }),
  close: () => TE.right(undefined),
});
