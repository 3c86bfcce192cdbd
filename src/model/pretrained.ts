/**
 * A saved model as the initial weights of a run: its values at the run's first step size, and whether it is the model of the schedule. Pure. Not here: the files of
 * one (`model-folder.ts`), reading them and their digest (`src/runner`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Tokenizer } from '../data/tokenizers/tokenizer.js';
import { type Fault, inputFault } from '../fault.js';
import { firstGrid } from '../schedule/grid.js';
import { modelKinds } from '../schedule/model-kinds.js';
import type { Model } from '../schedule/schedule.js';
import { shownValue } from '../shown-value.js';
import type { SizedModel } from './family.js';
import { fromHuggingFace, type Parameters, toHuggingFace } from './hugging-face.js';
import type { SavedModel } from './model-folder.js';
import { namingOf } from './naming.js';
import { sharedParameters } from './parameters.js';

export interface Pretrained {
  readonly model: SizedModel;
  /** At the step size with which a run begins, by their full names. */
  readonly parameters: Parameters;
  /** Undefined where nothing describes its tokens. */
  readonly tokenizer: Tokenizer | undefined;
}

/** A run begins at the step size of its first grid: any other is folded into the branches, as in the file. */
export const pretrainedOf = ({ model, h, parameters, tokenizer }: SavedModel): E.Either<Fault, Pretrained> => {
  const first = firstGrid(model).h;
  const folded = h === first ? E.right(parameters) : fromHuggingFace(toHuggingFace(parameters, namingOf(model, h)), namingOf(model, first));
  return E.map((parameters: Parameters): Pretrained => ({ model, parameters, tokenizer }))(folded);
};

type Values = Readonly<Record<string, unknown>>;

/** The defaults. */
const usual = ({ kind }: Model, key: string): unknown => {
  if (key === 'parametrisation') return 'standard';
  const schema = modelKinds.get(kind)?.[key];
  return schema !== undefined && 'default' in schema ? schema.default : undefined;
};

const shownOf = (model: Model, keys: readonly string[]): string => {
  const values: Values = { ...model };
  return keys.map((key) => `${key} ${String(values[key] ?? usual(model, key) ?? 'left out')}`).join(', ');
};

/** Whether its weights are the same with any context, as with rotary positions: then a pipeline may train on shorter sequences. */
const hasNoPositions = (model: SizedModel): boolean => {
  const shapes = (context: number): string => JSON.stringify(sharedParameters({ ...model, context }).map(({ shape }) => shape));
  return shapes(1) === shapes(2);
};

/**
 * Left: the checkpoint is of another model.
 *
 * @param wanted the schedule's; a vocabulary that only its data determine is not compared.
 */
export const sameModel = ({ model: found }: Pick<Pretrained, 'model'>, wanted: Model): E.Either<Fault, void> => {
  const [has, asked]: readonly [Values, Values] = [{ ...found }, { ...wanted }];
  const keys = found.kind === wanted.kind ? [...new Set([...Object.keys(asked), ...Object.keys(has)])] : ['kind'];
  const isLess = (key: string): boolean => key === 'context' && wanted.context < found.context && hasNoPositions(found);
  const other = keys.filter((key) => has[key] !== asked[key] && !(key === 'vocabulary' && asked[key] === undefined) && !isLess(key));
  if (other.length === 0) return E.right(undefined);
  return E.left(
    inputFault(
      `the model must be the pipeline's, with ${shownOf(wanted, other)} (was with ${shownOf(found, other)}); ` +
        `give the pipeline's model ${other.length === 1 ? 'that value' : 'those values'}, or name another checkpoint`,
    ),
  );
};

/** Left: the first token that stands for one text in the checkpoint and another in the data. */
export const sameTokens = ({ tokenizer: known }: Pretrained, used: Tokenizer | undefined): E.Either<Fault, void> => {
  if (known === undefined || used === undefined) return E.right(undefined);
  for (let token = 0; token < Math.min(known.vocabulary, used.vocabulary); token++) {
    const [was, is] = [known.decode([token]), used.decode([token])];
    if (was !== is)
      return E.left(
        inputFault(
          `the data's tokens must be those that the model was trained with: token ${token} must be ${shownValue(was)} (was ${shownValue(is)}); ` +
            'take the data or the tokenizer that it was trained with (its folder has it as tokenizer.json)',
        ),
      );
  }
  return E.right(undefined);
};
