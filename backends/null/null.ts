/**
 * `null`: computes nothing, and counts. Every operation is "supported" at its nominal cost; tensors have a type but no values, and read as zeros. For
 * plans, for timing what happens outside a backend, and for tests of the runner.
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend, BackendError, Capabilities, DeviceTensor } from '../../src/backend.js';
import { flopsOf } from '../../src/program/cost.js';
import { operationNames } from '../../src/program/operations/index.js';
import { bytesOf, type TensorType, typeIn } from '../../src/program/program.js';
import { portableRewrites } from '../../src/program/rewrite/index.js';
import { zeroArray } from '../../src/program/types/host-array.js';
import { creator } from '../creator.js';

const NAME = 'null';

export const nullCapabilities: Capabilities = {
  precision: 'f32',
  operations: new Set(operationNames),
  rewrites: portableRewrites,
  state: 'none',
  stateCopies: 0,
  device: 'none: computes nothing',
  versions: {},
};

const create = (): TE.TaskEither<BackendError, Backend> =>
  TE.fromIO(() => {
    let held = 0;
    const make = (type: TensorType): DeviceTensor => {
      held += bytesOf(type);
      return { type, backend: NAME };
    };
    return {
      name: NAME,
      capabilities: nullCapabilities,
      compile: (program) =>
        TE.right({
          program,
          flops: flopsOf(program),
          run: () => TE.fromIO(() => program.outputs.map(({ value }) => make(typeIn(program, value)))),
          dispose: () => undefined,
        }),
      upload: ({ type }) => TE.fromIO(() => make(type)),
      download: ({ type }) => TE.right({ type, data: zeroArray(type) }),
      release: ({ type }) => {
        held -= bytesOf(type);
      },
      memory: () => ({ held, pooled: 0 }),
      close: () =>
        TE.fromIO(() => {
          held = 0;
        }),
    };
  });

export const createNull = creator(NAME, 'createNull', create);
