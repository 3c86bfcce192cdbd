/** Transformers.js as npm has it, asked in a process of its own. Not a test itself. */
import { askWorker } from './ask-worker.js';

export interface Asked {
  /** What was exported. */
  readonly folder: string;
  readonly prompts: readonly string[];
  /** How many to continue each by, the likeliest each time. */
  readonly tokens: number;
}

/** A prompt with what the model adds to it. */
export interface Generated {
  readonly text: string;
  readonly ids: readonly number[];
}

/** Rejects with its own words where it does not open the folder. */
export const askTransformersJs = (asked: Asked): Promise<readonly Generated[]> =>
  askWorker('transformers-js-worker.js', 'Transformers.js', asked);
