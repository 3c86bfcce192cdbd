/** Free names and their bindings: src/schedule/text/bind.ts for the compiler. */

import type { AmountRole } from '../../../src/schedule/bounds/amounts.js';
import type { growthCounts } from '../../../src/schedule/bounds/growth.js';
import type { inside } from '../../../src/schedule/sentences.js';
import type { shares } from '../../../src/schedule/text/bind.js';
import type { unboundName, unusedName } from '../../../src/schedule/text/sentences.js';
import type { AlphaFault } from '../fault/alpha-fault.js';
import type { AmountFault } from '../fault/amount-fault.js';
import type { CountFault, Least } from '../fault/count-fault.js';
import type { IsLiteralNumber } from '../number/literal.js';
import type { Training } from '../stage/training.js';
import type { Mixed } from '../stage/way-back.js';
import type { Name } from './parse-number.js';

/** The role of a count, of a number that need not be whole, or of a correction's factor. */
type Role = keyof Least | AmountRole | 'correction';

export interface Use<R extends Role = Role, N extends string = string> {
  readonly role: R;
  readonly name: N;
}

export type UseIn<R extends Role, Count> = Count extends Name<infer N> ? Use<R, N> : never;

type UsesOfOperator<Operator> = Operator extends { readonly kind: 'every'; readonly factor: infer Factor; readonly offset: infer Offset }
  ? UseIn<'factor', Factor> | UseIn<'offset', Offset>
  : Operator extends { readonly factor: infer Factor }
    ? UseIn<'factor', Factor>
    : Operator extends { readonly operators: infer Operators extends readonly unknown[] }
      ? UsesOfOperator<Operators[number]>
      : never;

type UsesOfGrowth<Growth> = Growth extends { readonly kind: 'width'; readonly factor: infer Factor }
  ? UseIn<'factor', Factor>
  : UsesOfDepthGrowth<Growth>;

type UsesOfDepthGrowth<Growth> = Growth extends { readonly kind: infer Kind extends keyof typeof growthCounts }
  ? (typeof growthCounts)[Kind] extends infer Role extends keyof Growth & keyof Least
    ? UseIn<Role, Growth[Role]>
    : never
  : never;

/** The union of the names that stages use, each with its role. */
export type Uses<Stage> = Stage extends { readonly kind: 'train'; readonly uses: infer Used }
  ? Used
  : Stage extends { readonly operator: infer Operator }
    ? UsesOfOperator<Operator>
    : Stage extends { readonly correction: infer Correction }
      ? Correction extends Mixed<infer Alpha>
        ? UseIn<'mix', Alpha>
        : UseIn<'correction', Correction>
      : Stage extends { readonly growth: infer Growth }
        ? UsesOfGrowth<Growth>
        : Stage extends { readonly times: infer Times; readonly stages: infer Inner extends readonly unknown[] }
          ? UseIn<'times', Times> | Uses<Inner[number]>
          : Stage extends {
                readonly replicas: infer Replicas;
                readonly every: infer Every;
                readonly rounds: infer Rounds;
                readonly stages: infer Inner extends readonly unknown[];
              }
            ? UseIn<'replicas', Replicas> | UseIn<'every', Every> | UseIn<'rounds', Rounds> | Uses<Inner[number]>
            : Stage extends { readonly arms: infer Arms extends readonly (readonly unknown[])[] }
              ? Uses<Arms[number][number]>
              : never;

type NumberFault<R extends Role, Numeral extends string> = R extends keyof Least
  ? CountFault<R, Numeral>
  : R extends AmountRole
    ? AmountFault<R, Numeral>
    : AlphaFault<Numeral>;

/** A sentence for each name that has no binding. */
export type Unbound<Used extends Use, Values> = string extends keyof Values ? never : UnboundOf<Used, Exclude<Used['name'], keyof Values>>;

type UnboundOf<Used extends Use, N extends string> = N extends string
  ? unboundName<N, [Extract<Used, Use<(typeof shares)[number], N>>] extends [never] ? 400 : 0.5>
  : never;

/** A sentence for each binding whose name does not occur. */
export type Vain<Used extends Use, Values> = string extends keyof Values ? never : unusedName<Exclude<keyof Values & string, Used['name']>>;

/** A sentence for each binding whose number is out of bounds in its role. */
export type Misbound<Used extends Use, Values> =
  Used extends Use<infer R, infer N>
    ? N extends keyof Values
      ? IsLiteralNumber<Values[N]> extends true
        ? inside<N, NumberFault<R, `${Values[N] & number}`>>
        : never
      : never
    : never;

type BindCount<Count, Values> = Count extends Name<infer N> ? (N extends keyof Values ? Values[N] : number) : Count;

type BindNumbers<Holder, Values> = { readonly [K in keyof Holder]: BindCount<Holder[K], Values> };

type BindOperator<Operator, Values> = Operator extends { readonly kind: 'compose'; readonly operators: infer Operators }
  ? { readonly kind: 'compose'; readonly operators: { readonly [I in keyof Operators]: BindNumbers<Operators[I], Values> } }
  : BindNumbers<Operator, Values>;

/** The length of a training stage. */
type BindLength<Length, Values> = Length extends { readonly kind: 'until'; readonly end: infer End; readonly atMost: infer AtMost }
  ? { readonly kind: 'until'; readonly end: BindEnd<End, Values>; readonly atMost: BindCount<AtMost, Values> }
  : BindCount<Length, Values>;

type BindEnd<End, Values> = { readonly [K in keyof End]: K extends 'on' ? BindNumbers<End[K], Values> : BindCount<End[K], Values> };

type BindStage<Stage, Values> = Stage extends { readonly kind: 'restrict' }
  ? { readonly [K in keyof Stage]: K extends 'operator' ? BindOperator<Stage[K], Values> : Stage[K] }
  : Stage extends { readonly kind: 'grow' }
    ? { readonly [K in keyof Stage]: K extends 'growth' ? BindNumbers<Stage[K], Values> : Stage[K] }
    : Stage extends { readonly kind: 'repeat'; readonly times: infer Times; readonly stages: infer Inner extends readonly unknown[] }
      ? { readonly kind: 'repeat'; readonly times: BindCount<Times, Values>; readonly stages: Bound<Inner, Values> }
      : Stage extends { readonly kind: 'replicas'; readonly stages: infer Inner extends readonly unknown[] }
        ? { readonly [K in keyof Stage]: K extends 'stages' ? Bound<Inner, Values> : BindCount<Stage[K], Values> }
        : Stage extends { readonly kind: 'branch'; readonly arms: infer Arms; readonly shared: infer Shared }
          ? { readonly kind: 'branch'; readonly arms: BindArms<Arms, Values>; readonly shared: Shared }
          : Stage extends {
                readonly kind: 'train';
                readonly length: infer Length;
                readonly only: infer Only;
                readonly own: infer Own;
              }
            ? Training<BindLength<Length, Values>, Only, BindNumbers<Own, Values>>
            : Stage;

type BindArms<Arms, Values> = { readonly [I in keyof Arms]: Arms[I] extends readonly unknown[] ? Bound<Arms[I], Values> : never };

/** The stages with numbers in place of names; corrections, which the fold does not need, stay. */
export type Bound<Stages extends readonly unknown[], Values> = { readonly [I in keyof Stages]: BindStage<Stages[I], Values> };
