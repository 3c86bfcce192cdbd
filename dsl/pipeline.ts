/**
 * `pipeline`: from stages, as values or as text, to the schedule that they mean. The compiler refuses what it can see to be wrong; the rest is
 * checked by `verify` (src/schedule), which every command calls. Nothing here throws because of a user's mistake.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../src/fault.js';
import { type Invalid, invalid } from '../src/invalid.js';
import { firstInvalid } from '../src/schedule/json/first-invalid.js';
import { SCHEDULE_VERSION, type Schedule, type Stage } from '../src/schedule/schedule.js';
import { type Bindings, bind, type OpenForm, parse, withOpenForm } from '../src/schedule/text/index.js';
import { misplacedFault } from './misplaced.js';
import { plain } from './plain.js';
import { fillSetup } from './setup.js';
import type { StageLike } from './stages.js';
import type { SetupInput } from './types/fault/setup-input.js';
import type { IsLiteralText } from './types/number/literal.js';
import type { Check, CheckSetup, DepthAfter, SetupTypes } from './types/pipeline-arguments.js';

/** What may follow the setup: stages; or one text, and the numbers of its free names. */
export type Argument = StageLike | string | Bindings;

declare const layersAtEnd: unique symbol;

/** A schedule whose type contains the final number of layers. The key exists only for the compiler: no schedule has it. */
export interface Deep<Layers = number> extends Schedule {
  readonly [layersAtEnd]?: Layers;
}

/**
 * A condition that stays open while the depth is generic: declarations then contain this name instead of the whole fold of the stages, which can take
 * all memory.
 */
export type DeepAfter<Given extends SetupTypes, Arguments extends readonly unknown[]> = [DepthAfter<Given, Arguments>] extends [
  infer Layers,
]
  ? Deep<Layers>
  : never;

/** A text that the compiler could not read may not parse. */
export type Pipeline<Arguments extends readonly unknown[], Given extends SetupTypes = SetupTypes> = Arguments extends readonly [
  infer Text extends string,
  ...unknown[],
]
  ? IsLiteralText<Text> extends true
    ? DeepAfter<Given, Arguments>
    : Schedule | Invalid
  : DeepAfter<Given, Arguments>;

/**
 * The number of layers with which a pipeline ends: more than it began with if it grows. `number` where the compiler cannot know.
 *
 * @example
 * const p = pipeline(setup, train(100), grow(stack(2)), train(100)) // setup: 6 layers
 * const depth: DepthOf<typeof p> = 12
 */
export type DepthOf<P> = P extends { readonly [layersAtEnd]?: infer Layers extends number } ? Layers : number;

/** Stages, and what they were before the names of a text got their numbers. */
interface Read {
  readonly stages: readonly Stage[];
  readonly form?: OpenForm;
}

const stagesOf = (parts: readonly unknown[]): E.Either<Invalid, Read> => {
  const misplaced = misplacedFault(parts);
  if (misplaced !== undefined) return E.left(invalid(misplaced));
  const [text, given] = parts;
  if (typeof text !== 'string') return E.right({ stages: plain(parts as readonly StageLike[]) });
  const values = (given === undefined ? {} : given) as Bindings;
  const open = parse(text);
  if (E.isLeft(open)) return E.left(invalid(open.left.message));
  return E.bimap(
    ({ message }: Fault) => invalid(message),
    (bound: readonly Stage[]): Read => ({ stages: bound, form: { stages: open.right, values } }),
  )(bind(open.right, values));
};

/**
 * A pipeline: the setup, then stages as values or as one text; equal stages give equal schedules. Counts in the text may be names, which a third
 * argument binds.
 *
 * The result is plain data that is not yet verified: where depth is only `number`, levels may not fit, which `verify` reports. A text that is not a
 * literal and does not parse gives `{ kind: 'invalid', message }`, which `verify` turns into the same sentence.
 *
 * @example
 * const setup = { model: gpt({ layers: 12, heads: 8, width: 256, context: 256 }), data: text('corpus.txt'), optimizer: adamw(), batch: 16, seed: 1 }
 * pipeline(setup, restrict(even), train(4000), prolongate, train(800))
 * pipeline(setup, 'restrict(even) >> train(4000) >> prolongate >> train(800)')
 * pipeline(setup, 'restrict(even) >> train(n) >> prolongate >> train(m)', { n: 4000, m: 800 })
 */
export const pipeline = <const Given extends SetupInput, const Arguments extends readonly Argument[]>(
  setup: CheckSetup<Given, Arguments>,
  ...parts: Check<Given, Arguments>
): Pipeline<Arguments, Given> => {
  const read = stagesOf(parts);
  if (E.isLeft(read)) return read.left as Pipeline<Arguments, Given>;
  const { stages, form } = read.right;
  const schedule: Schedule = { version: SCHEDULE_VERSION, setup: fillSetup(setup as Given), stages };
  return (firstInvalid(schedule) ?? withOpenForm(schedule, form)) as Pipeline<Arguments, Given>;
};
