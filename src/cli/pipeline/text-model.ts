/** The model of a pipeline in text form: of the family that `--model` names, by the builder of that family. Not here: the other parts of its setup. */
import * as E from 'fp-ts/lib/Either.js';
import { gpt, llama } from '../../../dsl/index.js';
import { type Fault, inputFault } from '../../fault.js';
import { given } from '../../options.js';
import type { Model } from '../../schedule/schedule.js';
import type { PipelineOptions } from '../options/pipeline-options.js';

/** What every family has. */
type Sizes = Readonly<Record<'layers' | 'width' | 'heads' | 'context', number>> & { readonly vocabulary?: number };

/** The options of each family besides, with whether they were given. */
const ownOptions = (options: PipelineOptions): Readonly<Record<Model['kind'], Readonly<Record<string, boolean>>>> => ({
  gpt: { '--no-bias': !options.bias, '--gelu': options.gelu !== undefined },
  llama: {
    '--key-value-heads': options.keyValueHeads !== undefined,
    '--hidden': options.hidden !== undefined,
    '--theta': options.theta !== undefined,
    '--norm-epsilon': options.normEpsilon !== undefined,
    '--untied': options.untied === true,
    '--query-key-norm': options.queryKeyNorm === true,
  },
});

/** Left: an option of another family. */
export const textModel = (sizes: Sizes, options: PipelineOptions): E.Either<Fault, Model> => {
  const { model: kind = 'gpt', bias, gelu, keyValueHeads, hidden, theta, normEpsilon: epsilon, untied, queryKeyNorm } = options;
  const { parametrisation, baseLayers, baseWidth } = options;
  const common = { ...sizes, ...given({ parametrisation, baseLayers, baseWidth }) };
  const other = kind === 'gpt' ? 'llama' : 'gpt';
  const foreign = Object.entries(ownOptions(options)[other]).find(([, wasGiven]) => wasGiven);
  if (foreign !== undefined) return E.left(inputFault(`${foreign[0]} goes with --model ${other}; choose that or leave it out`));
  if (kind === 'gpt') return E.right(gpt({ ...common, ...given({ bias, gelu }) }));
  const tied = untied === true ? false : undefined;
  return E.right(llama({ ...common, ...given({ keyValueHeads, hidden, theta, epsilon, tied, queryKeyNorm }) }));
};
