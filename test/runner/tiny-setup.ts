/** What small runs of the runner's tests share: a network of four layers over random tokens, and stages read from text. Not a test itself. */
import type { Setup, Stage } from '../../src/schedule/schedule.js';
import { bind, parse } from '../../src/schedule/text/index.js';
import { adamw } from '../model/tiny.js';
import { right } from './harness.js';
import { VOCABULARY } from './pipelines.js';

export const tinySetup: Setup = {
  model: { kind: 'gpt', layers: 4, heads: 2, width: 8, context: 4, bias: true },
  data: { kind: 'tokens', vocabulary: VOCABULARY },
  optimizer: adamw,
  batch: 2,
  seed: 1,
  evaluation: { every: 0, batches: 1 },
};

export const stagesOf = (text: string): readonly Stage[] => right(bind(right(parse(text)), {}));
