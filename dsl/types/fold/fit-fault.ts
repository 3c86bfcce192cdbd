/** Where a transfer can be learnt: src/schedule/verify/fit-faults.ts for the compiler. */
import type { fitHasNoSearch, fitHasNoTau, fitNeedsCopies, fitNeedsWidth } from '../../../src/schedule/sentences.js';
import type { Has, PartsOf } from './certainly.js';
import type { OperatorText } from './operator-text.js';

/** Whether a transfer certainly changes the width. */
export type Narrows<Operator> = [Extract<PartsOf<Operator>, { readonly kind: 'width' }>] extends [never] ? false : true;

/** The text of a growth that certainly has no copies, or never. */
export type GivenGrowth<Growth> = [Growth] extends [
  { readonly kind: infer Kind extends 'zero' | 'width'; readonly factor: infer N extends number },
]
  ? Growth extends { readonly pairing: 'halves' }
    ? `${Kind}(${N}, pairing: halves)`
    : `${Kind}(${N})`
  : [Growth] extends [{ readonly kind: infer Kind extends 'fresh' | 'identity'; readonly layers: infer N extends number }]
    ? `${Kind}(${N})`
    : [Growth] extends [{ readonly kind: 'loop'; readonly times: infer N extends number }]
      ? `loop(${N})`
      : never;

/** The sentence about a growth of which nothing can be learnt, or never. */
export type GrowthFitFault<Stage, Growth> =
  Has<Stage, 'fit'> extends true ? ([GivenGrowth<Growth>] extends [never] ? never : fitNeedsCopies<GivenGrowth<Growth>>) : never;

/** The sentence about a prolongation that cannot be learnt, or never. */
export type ReturnFitFault<Prolongation, Restriction, Operator> =
  Has<Prolongation, 'fit'> extends true
    ? Has<Prolongation, 'lineSearch'> extends true
      ? fitHasNoSearch
      : Narrows<Operator> extends true
        ? fitNeedsWidth<OperatorText<Operator>>
        : Has<Restriction, 'tau'> extends true
          ? fitHasNoTau
          : never
    : never;
