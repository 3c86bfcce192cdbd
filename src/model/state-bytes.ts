/** What the state of training weighs. */

import { momentNames } from '../optimizer/update.js';
import { bytesOf } from '../program/program.js';
import type { Optimizer } from '../schedule/schedule.js';
import { parameterCount, type SizedModel } from './parameters.js';

/** Bytes of the model's parameters and their moments: those of level 0. */
export const stateBytes = (model: SizedModel, optimizer: Optimizer): number =>
  bytesOf({ dtype: 'f32', shape: [parameterCount(model), 1 + momentNames(optimizer).length] });
