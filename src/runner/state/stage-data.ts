/**
 * Data of training stages that have their own: which a schedule needs, whether they were loaded and are in the setup's tokens, and what of them
 * distinguishes a run from another. Not here: reading data (`src/data/sources`).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import type { Dataset } from '../../data/dataset.js';
import { digestOfTokenizer } from '../../data/tokenizers/tokenizer.js';
import { type Fault, inputFault } from '../../fault.js';
import { type DataSource, dataKey } from '../../schedule/data-source.js';
import type { Schedule, TrainStage } from '../../schedule/schedule.js';
import { inStage, inside } from '../../schedule/sentences.js';
import { unrolled } from '../../schedule/walk/walk.js';

/** A stage's data, with the place where they are first named. */
interface Named {
  readonly at: string;
  readonly source: DataSource;
}

const named = ({ setup, stages }: Schedule): readonly Named[] => {
  const found = new Map<string, Named>();
  for (const { stage, at } of unrolled(stages)) {
    if (stage.kind !== 'train' || stage.data === undefined || dataKey(stage.data) === dataKey(setup.data)) continue;
    if (!found.has(dataKey(stage.data))) found.set(dataKey(stage.data), { at, source: stage.data });
  }
  return [...found.values()];
};

/** The data of a schedule's stages that are not the setup's, each once. */
export const stageSources = (schedule: Schedule): readonly DataSource[] => named(schedule).map(({ source }) => source);

/**
 * The setup's data, with those of the stages: each is loaded once.
 *
 * @param others schedules with the same setup's data, for whose stages the data are loaded, too.
 */
export const withStageData = async (
  schedule: Schedule,
  others: readonly Schedule[],
  load: (source: DataSource) => TaskEither<Fault, Dataset>,
): Promise<E.Either<Fault, Dataset>> => {
  const dataset = await load(schedule.setup.data)();
  if (E.isLeft(dataset)) return dataset;
  const ofStages = new Map<string, Dataset>();
  for (const { source } of [schedule, ...others].flatMap(named)) {
    if (ofStages.has(dataKey(source))) continue;
    const loaded = await load(source)();
    if (E.isLeft(loaded)) return loaded;
    ofStages.set(dataKey(source), loaded.right);
  }
  return E.right(ofStages.size === 0 ? dataset.right : { ...dataset.right, ofStages });
};

const tellsDocuments = (dataset: Dataset): boolean => dataset.kind === 'text' && dataset.training.documentStarts !== undefined;

const faultIn = (dataset: Dataset, source: DataSource): string | undefined => {
  const own = dataset.ofStages?.get(dataKey(source));
  if (own === undefined) return 'its data must be loaded with those of the setup (were not); give what loadData(schedule) gives';
  const same =
    own.vocabulary === dataset.vocabulary &&
    (own.tokenizer === undefined ||
      dataset.tokenizer === undefined ||
      digestOfTokenizer(own.tokenizer) === digestOfTokenizer(dataset.tokenizer));
  if (!same)
    return (
      `its data must be in the tokens of the setup's data (was another tokenizer, of ${own.vocabulary} tokens where there are ` +
      `${dataset.vocabulary}); name one for both that does not depend on the text, such as bytes or gpt2`
    );
  return source.kind === 'text' && source.documents === 'separate' && !tellsDocuments(own)
    ? 'its data must tell their documents apart, as the setup keeps them separate (do not); give what loadData(schedule) gives'
    : undefined;
};

/** Left: data of a stage that were not loaded, or are in other tokens than the setup's. */
export const fitsStages = (schedule: Schedule, dataset: Dataset): E.Either<Fault, void> => {
  for (const { at, source } of named(schedule)) {
    const fault = faultIn(dataset, source);
    if (fault !== undefined) return E.left(inputFault(inStage(at, inside('train', fault))));
  }
  return E.right(undefined);
};

/** What a stage trains on. */
export const datasetOf = ({ data }: TrainStage, dataset: Dataset): Dataset =>
  data === undefined ? dataset : (dataset.ofStages?.get(dataKey(data)) ?? dataset);

/** What distinguishes the texts of a run from others under the same names. */
export const digestOf = (schedule: Schedule, dataset: Dataset): { readonly dataDigest?: string } => {
  const own = named(schedule).flatMap(({ source }) => {
    const each = dataset.ofStages?.get(dataKey(source));
    return each?.kind === 'text' ? [each.digest] : [];
  });
  const all = dataset.kind === 'text' ? [dataset.digest, ...own] : own;
  const [first] = all;
  if (first === undefined) return {};
  return { dataDigest: own.length === 0 ? first : bytesToHex(sha256(utf8ToBytes(all.join(' ')))) };
};
