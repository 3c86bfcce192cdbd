/**
 * Learning rates in the text form: the rate that a name, its peak and its options give. `dsl/setup.ts` makes the same in code. Not here: parsing them
 * (`options.ts`), the rate at a step (`../walk/learning-rate.ts`).
 */
import { match } from 'ts-pattern';
import { given } from '../../options.js';
import { cosineFloor, rateDefaults } from '../defaults.js';
import type { LearningRate } from '../schedule.js';
import type { Given } from './option-tables.js';

export type RateKind = LearningRate['kind'];

export const isRate = (word: string): word is RateKind => Object.hasOwn(rateDefaults, word);

export const rateOf = (kind: RateKind, peak: number, { floor, decay, warmup, clock, rewarm }: Given): LearningRate => {
  const common = given({ warmup, clock, rewarm });
  return match(kind)
    .returnType<LearningRate>()
    .with('constant', (constant) => ({ kind: constant, peak, ...rateDefaults.constant, ...common }))
    .with('cosine', (cosine) => ({ kind: cosine, peak, floor: floor ?? cosineFloor(peak), ...rateDefaults.cosine, ...common }))
    .with('wsd', (wsd) => ({ kind: wsd, peak, ...rateDefaults.wsd, ...given({ floor, decay }), ...common }))
    .exhaustive();
};
