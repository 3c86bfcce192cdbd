/**
 * The initial weights that a schedule names: read by a caller with a disk, compared with the schedule, identified by their digest from then on. Not
 * here: reading them (`read-pretrained.ts`), what a saved model is (`src/model`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Dataset } from '../data/dataset.js';
import { type Fault, inputFault } from '../fault.js';
import type { SizedModel } from '../model/family.js';
import { type Pretrained, sameModel, sameTokens } from '../model/pretrained.js';
import type { InitialCheckpoint, Schedule } from '../schedule/schedule.js';

export interface ReadPretrained extends Pretrained {
  /** SHA-256 of the files that were read. */
  readonly digest: string;
}

/** Reads the model under a path. */
export type PretrainedReader = (path: string) => E.Either<Fault, ReadPretrained>;

/** What one has read, the next one who asks for it gets; then it is let go. */
export const onceForTwo = (read: PretrainedReader): PretrainedReader => {
  let kept: { readonly path: string; readonly found: ReturnType<PretrainedReader> } | undefined;
  return (path) => {
    const before = kept?.path === path ? kept.found : undefined;
    const found = before ?? read(path);
    kept = before === undefined ? { path, found } : undefined;
    return found;
  };
};

const ABOUT = 'setup.initial';

const of =
  ({ path }: InitialCheckpoint) =>
  ({ kind, message }: Fault): Fault => ({
    kind,
    message: `${ABOUT} ${message.startsWith(path) ? '' : `${path}: `}${message}`,
    about: ABOUT,
  });

const sameDigest = ({ digest: wanted }: InitialCheckpoint, { digest }: ReadPretrained): E.Either<Fault, void> =>
  wanted === undefined || wanted === digest
    ? E.right(undefined)
    : E.left(
        inputFault(
          `the weights are not the ones that the schedule was made with; put those back, or write the schedule again (their SHA-256 must be ${wanted}, was ${digest})`,
        ),
      );

/** A schedule that names its initial weights, and these weights. */
export interface Begun {
  readonly schedule: Schedule;
  readonly pretrained?: ReadPretrained;
}

/** Left: they cannot be read, have changed, or are of another model than the schedule's. */
export const pinInitial = (schedule: Schedule, read: PretrainedReader | undefined): E.Either<Fault, Begun> => {
  const { setup } = schedule;
  const { initial } = setup;
  if (initial === undefined) return E.right({ schedule });
  const refuse = E.mapLeft(of(initial));
  if (read === undefined) return refuse(E.left(inputFault('there is no disk here that a model could be read from; leave it out')));
  const pretrained = read(initial.path);
  if (E.isLeft(pretrained)) return refuse(pretrained);
  const same = sameDigest(initial, pretrained.right);
  if (E.isLeft(same)) return refuse(same);
  const fits = sameModel(pretrained.right, setup.model);
  if (E.isLeft(fits)) return refuse(fits);
  const { digest } = pretrained.right;
  return E.right({ schedule: { ...schedule, setup: { ...setup, initial: { ...initial, digest } } }, pretrained: pretrained.right });
};

/** Left: the vocabulary, which may be known only from the data, differs. */
export const fitsVocabulary = (
  { setup: { initial } }: Schedule,
  found: Pick<Pretrained, 'model'> | undefined,
  model: SizedModel,
): E.Either<Fault, void> =>
  initial === undefined || found === undefined ? E.right(undefined) : E.mapLeft(of(initial))(sameModel(found, model));

/** Left: what only the data show, a different vocabulary or different tokens. */
export const fitsData = ({ schedule, pretrained }: Begun, model: SizedModel, { tokenizer }: Dataset): E.Either<Fault, void> => {
  const { initial } = schedule.setup;
  const fits = fitsVocabulary(schedule, pretrained, model);
  if (initial === undefined || pretrained === undefined || E.isLeft(fits)) return fits;
  return E.mapLeft(of(initial))(sameTokens(pretrained, tokenizer));
};
