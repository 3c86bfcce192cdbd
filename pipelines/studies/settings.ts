/**
 * The settings of the studies: model, data and optimizer as functions of the number of layers and the seed. Not here: the text of composed
 * tables (`composed-tables.ts`), what is run in a setting (`studies.ts`).
 */
import { adamw, cosine, gpt, type SetupInput, sgd, text } from 'vcycle';

/** The file to which `write-text.ts` writes the text of composed tables, relative to the working folder. */
export const TABLES = 'runs/studies/composed-tables.txt';

const SHAKESPEARE = '../shared/data/tinyshakespeare.txt';

export interface Setting {
  readonly fineLayers: number;
  /** The training text, relative to the working folder, and how to obtain it. */
  readonly text: { readonly file: string; readonly remedy: string };
  readonly setup: (layers: number, seed: number) => SetupInput;
}

const tablesWith = (optimizer: SetupInput['optimizer']): Setting => ({
  fineLayers: 2,
  text: { file: TABLES, remedy: 'node dist/pipelines/studies/write-text.js makes it' },
  setup: (layers, seed) => ({
    model: gpt({ layers, heads: 1, width: 8, context: 16 }),
    data: text(TABLES, { heldOut: 0.05 }),
    optimizer,
    batch: 32,
    seed,
    evaluation: { every: 400, batches: 32 },
  }),
});

/**
 * A setting in which depth pays off: width 8 cannot replace depth, and the text is unlimited. The learning rate is the best of a small grid
 * for one, two and four layers alike (README.md, "Learning rates"). There is no weight decay, since a solved table requires large logits.
 */
export const tables: Setting = tablesWith(adamw({ learningRate: cosine(2e-2, { floor: 1e-3, warmup: 100 }), weightDecay: 0 }));

/** The same with SGD; 0.02, 0.15 and 0.5 end higher for one and for two layers (seed 1). */
export const tablesSgd: Setting = tablesWith(sgd({ learningRate: cosine(0.05, { floor: 2.5e-3, warmup: 100 }) }));

/** The peak learning rate, of which the study of the best rates tries multiples. */
export const ONE_RATE_PEAK = 8e-3;

/**
 * Networks of several depths under a parametrisation, for the study of their best rates: width 16, for 300 steps each. Two layers are the base, where
 * completeP is the standard parametrisation.
 */
const depthsWith = (parametrisation: 'standard' | 'completeP'): Setting => ({
  fineLayers: 16,
  text: { file: TABLES, remedy: 'node dist/pipelines/studies/write-text.js makes it' },
  setup: (layers, seed) => {
    const sizes = { layers, heads: 2, width: 16, context: 16 };
    return {
      model: gpt(parametrisation === 'standard' ? sizes : { ...sizes, parametrisation, baseLayers: 2, baseWidth: 16 }),
      data: text(TABLES, { heldOut: 0.05 }),
      optimizer: adamw({ learningRate: cosine(ONE_RATE_PEAK, { floor: ONE_RATE_PEAK / 10, warmup: 30 }), weightDecay: 0 }),
      batch: 16,
      seed,
      evaluation: { every: 0, batches: 16 },
    };
  },
});

export const depthsStandard: Setting = depthsWith('standard');
export const depthsCompleteP: Setting = depthsWith('completeP');

const shakespeareWith = (optimizer: SetupInput['optimizer']): Setting => ({
  fineLayers: 4,
  text: { file: SHAKESPEARE, remedy: "it is the text that nanoGPT's data/shakespeare_char/prepare.py fetches" },
  setup: (layers, seed) => ({
    model: gpt({ layers, heads: 2, width: 32, context: 32 }),
    data: text(SHAKESPEARE, { heldOut: 0.1 }),
    optimizer,
    batch: 16,
    seed,
    evaluation: { every: 50, batches: 64 },
  }),
});

/** Characters of Shakespeare (nanoGPT's `shakespeare_char`), four layers of width 32. */
export const shakespeare: Setting = shakespeareWith(adamw({ learningRate: cosine(5e-3, { floor: 5e-4, warmup: 50 }) }));

/** The same with SGD and momentum, as in the method's paper. */
export const shakespeareSgd: Setting = shakespeareWith(sgd({ learningRate: cosine(0.5, { floor: 0.05, warmup: 50 }) }));
