/** Cycles of the text form: src/schedule/text/cycles.ts for the compiler. */

import type { GrowthKind } from '../../../src/schedule/bounds/growth.js';
import type { CycleName } from '../../../src/schedule/cycles.js';
import type { growthHasNoTau } from '../../../src/schedule/sentences.js';
import type { requiredOptions, returnOptions } from '../../../src/schedule/text/cycles.js';
import type { growthHasNoReturn, missingOption } from '../../../src/schedule/text/sentences.js';
import type { TupleOf } from '../number/tuple.js';
import type { CycleStages, PartsOf } from '../stage/cycle.js';
import type { Closed, Missing, Open, Parsed, Unparsed } from './parse-number.js';
import type { SomeOptions } from './parse-options.js';

/** The first of some options that is given, or never. */
type Present<Names extends readonly string[], Given> = Names extends readonly [infer First, ...infer Rest extends readonly string[]]
  ? First extends keyof Given
    ? First
    : Present<Rest, Given>
  : never;

type UnusedOption<Given> = Given extends { readonly operator: { readonly kind: GrowthKind } }
  ? Present<typeof returnOptions, Given>
  : never;

/** A growth has no coarse problem. */
type HasUnusedTau<Given> = Given extends { readonly operator: { readonly kind: GrowthKind }; readonly tau: unknown } ? true : false;

type Of<Given, Option extends string> = Option extends keyof Given ? Given[Option] : never;

type StagesOf<Name extends CycleName, Given> = CycleStages<
  Name,
  PartsOf<Given & { readonly operator: Of<Given, 'operator'> }, Of<Given, 'pre'>, Of<Given, 'coarse'>, Of<Given, 'post'>>,
  TupleOf<`${Of<Given, 'levels'> & number}`>
>;

type Complete<Name extends CycleName, Given, Rest extends string> = [Missing<typeof requiredOptions, Given>] extends [never]
  ? [UnusedOption<Given>] extends [never]
    ? HasUnusedTau<Given> extends true
      ? Unparsed<growthHasNoTau, Rest>
      : Closed<StagesOf<Name, Given>, Rest>
    : Unparsed<growthHasNoReturn<UnusedOption<Given> & string>, Rest>
  : Unparsed<missingOption<Name, Missing<typeof requiredOptions, Given> & string>, Rest>;

/** What follows a cycle's name, as a tuple of stages; never for any other name. */
export type CycleText<Word extends string, Rest extends string> = Word extends CycleName
  ? Open<Rest> extends infer O
    ? O extends Parsed<unknown, infer First>
      ? SomeOptions<Word, First> extends infer S
        ? S extends Parsed<infer Given, infer Next>
          ? Complete<Word, Given, Next>
          : S
        : never
      : O
    : never
  : never;
