/** Training stages and their ends from options: `trainOf` and `endOf` of src/schedule/text/train.ts for the compiler. */
import type { AmountRole } from '../../../src/schedule/bounds/amounts.js';
import type { subnetworkHasNo } from '../../../src/schedule/sentences.js';
import type {
  keepWithoutLayers,
  layersWithoutKeep,
  missingEndOption,
  sharedLayersWithoutOnly,
} from '../../../src/schedule/text/sentences.js';
import type { endOptions } from '../../../src/schedule/text/train.js';
import type { NoSizes, Sizes, Training } from '../stage/training.js';
import type { UseIn } from './names.js';
import type { Closed, Missing, Parsed, Unparsed } from './parse-number.js';

export type EndKind = keyof typeof endOptions;

type NumberOfEnd = 'patience' | 'atMost' | 'minDelta' | 'ratio';

/** The sizes of a step. */
type SizeOf = keyof Sizes;

type UsesOfOptions<Given, Role extends NumberOfEnd | AmountRole | SizeOf> = {
  [R in Role]: R extends keyof Given ? UseIn<R, Given[R]> : never;
}[Role];

/** The names in an end. */
type UsesOfEnd<Given, Kind extends EndKind> =
  | (Given extends { readonly on: { readonly window: infer Window } } ? UseIn<'window', Window> : never)
  | UsesOfOptions<Given, NumberOfEnd | (Kind & AmountRole)>;

/** A number of steps or an end, with the names in it. */
export interface Lasting<Length, Uses> {
  readonly length: Length;
  readonly uses: Uses;
}

/** The end that options give, if none is missing. An end's own number is among them, under the end's name. */
export type EndOf<Kind extends EndKind, Given, Rest extends string> = [Missing<(typeof endOptions)[Kind], Given>] extends [never]
  ? Closed<
      Lasting<
        {
          readonly kind: 'until';
          readonly end: Given & { readonly kind: Kind };
          readonly atMost: Given extends { readonly atMost: infer AtMost } ? AtMost : never;
        },
        UsesOfEnd<Given, Kind>
      >,
      Rest
    >
  : Unparsed<missingEndOption<Kind, Missing<(typeof endOptions)[Kind], Given> & string>, Rest>;

/** A training stage of the text form: what the fold reads, and the names in it. */
export interface TrainOf<Length, Only, Own, Uses> extends Training<Length, Only, Own> {
  readonly uses: Uses;
}

type OptionOf<Given, Option extends string> = Option extends keyof Given ? Given[Option] : undefined;

/** The sizes that options give. */
type OwnOf<Given> = Sizes<OptionOf<Given, 'accumulate'>, OptionOf<Given, 'batch'>, OptionOf<Given, 'context'>>;

type UsesOfTrain<Given> =
  | UsesOfOptions<Given, 'stochasticDepth' | 'keep' | SizeOf>
  | (Given extends { readonly learningRate: infer Rate } ? UseIn<'learningRate', Rate> : never);

/** The sentence about options of a random subnetwork without each other, or beside what they exclude, or never. */
type SubnetworkFault<Given> = 'layers' extends keyof Given
  ? 'keep' extends keyof Given
    ? 'only' extends keyof Given
      ? subnetworkHasNo<'only'>
      : 'stochasticDepth' extends keyof Given
        ? subnetworkHasNo<'stochasticDepth'>
        : never
    : layersWithoutKeep
  : 'keep' extends keyof Given
    ? keepWithoutLayers<'keep'>
    : 'h' extends keyof Given
      ? keepWithoutLayers<'h'>
      : never;

/** The stage that an end and options give, or the sentence about an option that needs another. */
export type ClosedTrain<L, Given, Rest extends string> = 'sharedLayers' extends keyof Given
  ? 'only' extends keyof Given
    ? ClosedSubnetwork<L, Given, Rest>
    : Unparsed<sharedLayersWithoutOnly, Rest>
  : ClosedSubnetwork<L, Given, Rest>;

type ClosedSubnetwork<L, Given, Rest extends string> = [SubnetworkFault<Given>] extends [never]
  ? ClosedWhole<L, Given, Rest>
  : Unparsed<SubnetworkFault<Given>, Rest>;

type ClosedWhole<L, Given, Rest extends string> =
  L extends Lasting<infer Length, infer Uses>
    ? 'only' extends keyof Given
      ? Closed<TrainOf<Length, Given['only'], OwnOf<Given>, Uses | UsesOfTrain<Given>>, Rest>
      : Closed<TrainOf<Length, undefined, OwnOf<Given>, Uses | UsesOfTrain<Given>>, Rest>
    : never;

/** A number of steps, as `Count` parses it. */
export type LastingSteps<C> = C extends Parsed<infer Steps, infer Next> ? Parsed<Lasting<Steps, UseIn<'steps', Steps>>, Next> : C;

/** The part of a cycle with this training. */
export type PartOf<L> =
  L extends Parsed<Lasting<infer Length, infer Uses>, infer Next> ? Parsed<TrainOf<Length, undefined, NoSizes, Uses>, Next> : L;
