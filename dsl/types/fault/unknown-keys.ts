/**
 * Unknown keys of a setup, which a generic parameter accepts: the sentence about them, or never. Not here: options of builders, which TypeScript
 * checks itself.
 */

import type { unknownKeyIn } from '../../../src/schedule/json/key-sentences.js';
import type { DataSource, LearningRate, Optimizer } from '../../../src/schedule/schedule.js';
import type { SetupInput } from './setup-input.js';

/** The keys that any of the variants has. */
type KeysOf<Variants> = Variants extends unknown ? keyof Variants : never;

/** Of several variants, those of a value's kind. */
type OfKind<Variants, Value> = Value extends { readonly kind: infer Kind extends string }
  ? Extract<Variants, { readonly kind: Kind }>
  : Variants;

/** Nothing is known about a type with open keys. */
type UnknownIn<Value, Known, Place extends string> = Value extends object
  ? string extends keyof Value
    ? never
    : unknownKeyIn<Exclude<keyof Value & string, KeysOf<Known>>, Place>
  : never;

type PartOf<Value, Key extends string> = Value extends { readonly [K in Key]: infer Part } ? Part : undefined;

type UnknownAt<Value, Known, Place extends string> = UnknownIn<Value, OfKind<Known, Value>, Place>;

/** The sentence about each key of a setup that it does not have, down to its learning rate. */
export type UnknownKeys<Setup> =
  | UnknownIn<Setup, SetupInput, 'setup'>
  | UnknownAt<PartOf<Setup, 'model'>, SetupInput['model'], 'setup.model'>
  | UnknownAt<PartOf<Setup, 'data'>, DataSource, 'setup.data'>
  | UnknownAt<PartOf<Setup, 'optimizer'>, Optimizer, 'setup.optimizer'>
  | UnknownAt<PartOf<PartOf<Setup, 'optimizer'>, 'learningRate'>, LearningRate, 'setup.optimizer.learningRate'>
  | UnknownIn<PartOf<Setup, 'evaluation'>, NonNullable<SetupInput['evaluation']>, 'setup.evaluation'>;
