/**
 * Turns a pipeline in text form and its options into a schedule that is not yet checked. The DSL's own builders make the setup, so that defaults are the
 * same on the command line as in a file. Not here: the options' syntax (`../options/pipeline-options.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { match } from 'ts-pattern';
import { adamw, checkpoint, constant, cosine, muon, pipeline, sgd, text, tokens, wsd } from '../../../dsl/index.js';
import { type Fault, inputFault } from '../../fault.js';
import { given } from '../../options.js';
import type { DataSource, LearningRate, Optimizer } from '../../schedule/schedule.js';
import type { PipelineOptions } from '../options/pipeline-options.js';
import { inFlags, textFlags } from '../options/text-flags.js';
import { textModel } from './text-model.js';

/** A fixed seed, so that the same command gives the same run. */
const DEFAULT_SEED = 1;

/** The flags of the text form that were given. */
export const textOptionsGiven = (options: PipelineOptions): readonly string[] => {
  const names = Object.keys(given(options));
  return [
    ...[...textFlags].flatMap(([name, flag]) => (names.includes(name) ? [flag] : [])),
    ...(options.bias ? [] : ['--no-bias']),
    ...(options.untied === true ? ['--untied'] : []),
    ...(options.queryKeyNorm === true ? ['--query-key-norm'] : []),
    ...(Object.keys(options.set).length === 0 ? [] : ['--set']),
  ];
};

/** The work, with faults that name options if the pipeline is text; a file has none. */
export const namingFlags =
  (options: PipelineOptions) =>
  <A>(work: TE.TaskEither<Fault, A>): TE.TaskEither<Fault, A> =>
    textOptionsGiven(options).length === 0 ? work : TE.mapLeft(inFlags)(work);

type Options = PipelineOptions;

const refuse = (message: string): E.Either<Fault, never> => E.left(inputFault(message));

/** Options without a default: the user must choose the transformer's size. */
const REQUIRED = ['layers', 'width', 'heads', 'context', 'batch'] as const;
type Sizes = Readonly<Record<(typeof REQUIRED)[number], number>>;

const sizesOf = ({ layers, width, heads, context, batch }: Options): E.Either<Fault, Sizes> => {
  if (layers === undefined || width === undefined || heads === undefined || context === undefined || batch === undefined) {
    const sizes = { layers, width, heads, context, batch };
    const missing = REQUIRED.filter((name) => sizes[name] === undefined).map((name) => `--${name}`);
    return refuse(`a pipeline in text form needs ${missing.join(', ')}`);
  }
  return E.right({ layers, width, heads, context, batch });
};

const dataOf = ({ data, heldOut, tokenizer, textField: field, documents, vocabulary }: Options): E.Either<Fault, DataSource> => {
  if (data !== undefined) return E.right(text(data, given({ heldOut, tokenizer, field, documents })));
  if (field !== undefined) return refuse('--text-field goes with --data; give a text or leave it out');
  if (documents !== undefined) return refuse('--documents goes with --data; give a text or leave it out');
  if (tokenizer !== undefined) return refuse('--tokenizer goes with --data; give a text or leave it out');
  if (heldOut !== undefined) return refuse('--held-out goes with --data; give a text or leave it out');
  if (vocabulary === undefined) return refuse('a pipeline in text form needs --data FILE (or npm:NAME), or --vocabulary for random tokens');
  return E.right(tokens(vocabulary));
};

/** Values that were not given are those of the optimizer's default; of another shape, those of that shape. */
const rateOf = (options: Options, base: LearningRate): E.Either<Fault, LearningRate> => {
  const { floor } = options;
  const kind = options.learningRateShape ?? base.kind;
  const peak = options.learningRate ?? base.peak;
  const own: Partial<LearningRate> = kind === base.kind ? base : {};
  const { warmup = own.warmup, clock = own.clock, rewarm } = options;
  const common = given({ warmup, clock, rewarm });
  if (kind === 'constant' && floor !== undefined)
    return refuse('--floor goes with --learning-rate-shape cosine or wsd; choose one of these or leave it out');
  // A given peak gets the builder's floor for that peak, not the floor of the default.
  const ended = given({ ...common, floor });
  return E.right(
    match(kind)
      .returnType<LearningRate>()
      .with('constant', () => constant(peak, common))
      .with('cosine', () => cosine(peak, ended))
      .with('wsd', () => wsd(peak, ended))
      .exhaustive(),
  );
};

const optimizerOf = (options: Options): E.Either<Fault, Optimizer> => {
  const { clip, weightDecay, momentum, shapeFactor, restRate, optimizer = 'adamw' } = options;
  const base = { adamw, muon, sgd }[optimizer]();
  if (optimizer === 'adamw' && momentum !== undefined)
    return refuse('--momentum goes with --optimizer sgd or muon; choose one of these or leave it out');
  if (optimizer !== 'muon' && shapeFactor !== undefined)
    return refuse('--shape-factor goes with --optimizer muon; choose that or leave it out');
  if (optimizer !== 'muon' && restRate !== undefined) return refuse('--rest-rate goes with --optimizer muon; choose that or leave it out');
  const rate = rateOf(options, base.learningRate);
  if (E.isLeft(rate)) return rate;
  const common = given({ clip, weightDecay, learningRate: rate.right });
  return E.right(
    match(optimizer)
      .returnType<Optimizer>()
      .with('adamw', () => adamw(common))
      .with('sgd', () => sgd({ ...common, ...given({ momentum }) }))
      .with('muon', () => muon({ ...common, ...given({ momentum, shapeFactor }), rest: given({ rate: restRate }) }))
      .exhaustive(),
  );
};

/**
 * The schedule that stages in text form and their options mean, unverified; stages that do not parse or bind are kept in it as data, with their message.
 * Left: an option is missing, or needs another one.
 */
export const textPipeline = (stages: string, options: Options): E.Either<Fault, unknown> => {
  const sizes = sizesOf(options);
  if (E.isLeft(sizes)) return sizes;
  const data = dataOf(options);
  if (E.isLeft(data)) return data;
  const optimizer = optimizerOf(options);
  if (E.isLeft(optimizer)) return optimizer;
  const { batch, ...size } = sizes.right;
  const vocabulary = data.right.kind === 'text' && options.vocabulary !== undefined ? { vocabulary: options.vocabulary } : {};
  const model = textModel({ ...size, ...vocabulary }, options);
  if (E.isLeft(model)) return model;
  const { accumulate, recompute, seed = DEFAULT_SEED, evaluateEvery: every, evaluationBatches: batches } = options;
  const setup = {
    model: model.right,
    data: data.right,
    optimizer: optimizer.right,
    batch,
    seed,
    evaluation: given({ every, batches }),
  };
  const spikes = given({ factor: options.spikeFactor, window: options.spikeWindow, back: options.spikeBack });
  const onSpike = Object.keys(spikes).length === 0 ? undefined : spikes;
  const initial = options.initial === undefined ? undefined : checkpoint(options.initial);
  return E.right(pipeline({ ...setup, ...given({ accumulate, recompute, onSpike, initial }) }, stages, options.set));
};
