/**
 * The text form, written: canonical, so that equal stages print alike and `parse(print(stages))` gives the stages back. Defaults are
 * left out; `every(2, 0)` is `even` and `every(2, 1)` is `odd`.
 */
import { match } from 'ts-pattern';
import { optionValues, stageOptions } from './grammar.js';
import type { OpenCount, OpenInjection, OpenStage, OpenStages } from './open.js';

const printCount = (count: OpenCount): string => (typeof count === 'number' ? String(count) : count.name);

/** An operator's text, such as `even` or `every(3, 1)`. */
export const printOperator = ({ factor, offset }: OpenInjection): string => {
  if (factor === 2 && offset === 0) return 'even';
  if (factor === 2 && offset === 1) return 'odd';
  return `every(${printCount(factor)}, ${printCount(offset)})`;
};

const printOptions = (
  names: readonly (keyof typeof optionValues)[],
  given: { readonly h?: string; readonly moments?: string },
): readonly string[] =>
  names.flatMap((name) => (given[name] === undefined || given[name] === optionValues[name][0] ? [] : [`${name}: ${given[name]}`]));

/** One stage's canonical text, such as `restrict(even, h: keep)`. */
export const printStage = (stage: OpenStage): string =>
  match(stage)
    .with({ kind: 'train' }, ({ steps }) => `train(${printCount(steps)})`)
    .with(
      { kind: 'restrict' },
      (restrict) => `restrict(${[printOperator(restrict.operator), ...printOptions(stageOptions.restrict, restrict)].join(', ')})`,
    )
    .with({ kind: 'prolongate' }, (prolongate) => {
      const options = printOptions(stageOptions.prolongate, prolongate);
      return options.length === 0 ? 'prolongate' : `prolongate(${options.join(', ')})`;
    })
    .with({ kind: 'repeat' }, ({ times, stages }) => `repeat(${printCount(times)}, ${print(stages)})`)
    .exhaustive();

/**
 * @example
 * print([{ kind: 'train', steps: 400 }, { kind: 'prolongate', moments: 'reset' }]) // 'train(400) >> prolongate(moments: reset)'
 */
export const print = (stages: OpenStages): string => stages.map(printStage).join(' >> ');
