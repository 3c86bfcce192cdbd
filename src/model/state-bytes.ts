/** The size of the training state. */

import { momentsOf } from '../optimizer/index.js';
import { bytesOf } from '../program/program.js';
import type { Optimizer } from '../schedule/schedule.js';
import type { SizedModel } from './family.js';
import { levelParameters } from './parameters.js';

/** Bytes of the model's parameters and their moments on level 0. */
export const stateBytes = (model: SizedModel, optimizer: Optimizer): number =>
  levelParameters(model, { layers: model.layers, h: 1 }).reduce(
    (sum, { spec: { role, shape } }) => sum + (1 + momentsOf(optimizer, role).length) * bytesOf({ dtype: 'f32', shape }),
    0,
  );
