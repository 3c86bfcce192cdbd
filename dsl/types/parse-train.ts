/** `train` of the text form: src/schedule/text/train.ts for the compiler. */
import type { AmountRole } from '../../src/schedule/amounts.js';
import type { missingEndOption, sharedLayersWithoutOnly, unknownEnd } from '../../src/schedule/sentences.js';
import type { endOptions } from '../../src/schedule/text/train.js';
import type { UseIn } from './names.js';
import type { Missing } from './parse-cycle.js';
import type { Closed, Count, Open, Parsed, Unparsed } from './parse-number.js';
import type { MoreOptions, SomeOptions } from './parse-options.js';
import type { Amount } from './parse-train-values.js';
import type { After, Token } from './words.js';

type EndKind = keyof typeof endOptions;

/** The names in the options of a stage or of an end. */
type UsesOfOptions<Given> =
  | (Given extends { readonly on: { readonly window: infer Window } } ? UseIn<'window', Window> : never)
  | {
      [Role in 'patience' | 'atMost' | 'minDelta' | 'ratio' | 'stochasticDepth']: Role extends keyof Given
        ? UseIn<Role, Given[Role]>
        : never;
    }['patience' | 'atMost' | 'minDelta' | 'ratio' | 'stochasticDepth'];

/** The end's own number, if it has one, as the names in it. */
type FirstNumber<Kind extends EndKind, Rest extends string> = Kind extends AmountRole
  ? Amount<Kind, Rest> extends infer A
    ? A extends Parsed<infer Value, infer Next>
      ? Parsed<UseIn<Kind, Value>, Next>
      : A
    : never
  : Parsed<never, Rest>;

/** After a number options begin with a comma. */
type EndOptions<Kind extends EndKind, Rest extends string> = Kind extends AmountRole
  ? MoreOptions<`until.${Kind}`, unknown, Rest>
  : SomeOptions<`until.${Kind}`, Rest>;

type Complete<Kind extends EndKind, Uses, Given, Rest extends string> = [Missing<(typeof endOptions)[Kind], Given>] extends [never]
  ? Closed<Uses | UsesOfOptions<Given>, Rest>
  : Unparsed<missingEndOption<Kind, Missing<(typeof endOptions)[Kind], Given> & string>, Rest>;

/** What stands after an end's name, as the names in it. */
type EndText<Kind extends EndKind, Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? FirstNumber<Kind, First> extends infer F
        ? F extends Parsed<infer Uses, infer Next>
          ? EndOptions<Kind, Next> extends infer S
            ? S extends Parsed<infer Given, infer Last>
              ? Complete<Kind, Uses, Given, Last>
              : S
            : never
          : F
        : never
      : O
    : never;

/** A number of steps, or an end; as the names in it. */
type Length<Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends `until.${infer Kind}`
      ? Kind extends EndKind
        ? EndText<Kind, After<Rest, Taken>>
        : Unparsed<unknownEnd<Taken>, Rest>
      : Count<'steps', Rest> extends infer C
        ? C extends Parsed<infer Steps, infer Next>
          ? Parsed<UseIn<'steps', Steps>, Next>
          : C
        : never
    : never;

/** A training stage as the compiler remembers it: no more than the names in it. */
interface TrainOf<Uses> {
  readonly kind: 'train';
  readonly uses: Uses;
}

type ClosedTrain<Uses, Given, Rest extends string> = 'sharedLayers' extends keyof Given
  ? 'only' extends keyof Given
    ? Closed<TrainOf<Uses | UsesOfOptions<Given>>, Rest>
    : Unparsed<sharedLayersWithoutOnly, Rest>
  : Closed<TrainOf<Uses | UsesOfOptions<Given>>, Rest>;

export type TrainText<Rest extends string> =
  Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? Length<First> extends infer L
        ? L extends Parsed<infer Uses, infer Next>
          ? MoreOptions<'train', unknown, Next> extends infer M
            ? M extends Parsed<infer Given, infer Last>
              ? ClosedTrain<Uses, Given, Last>
              : M
            : never
          : L
        : never
      : O
    : never;
