/** Free names and what they are bound to: src/schedule/text/bind.ts for the compiler. */
import type { boundInVain, inside, unboundName } from '../../src/schedule/sentences.js';
import type { CountFault, Least } from './count-fault.js';
import type { IsLiteralNumber } from './literal.js';
import type { Name } from './parse-stage.js';

export interface Use<Role extends keyof Least = keyof Least, N extends string = string> {
  readonly role: Role;
  readonly name: N;
}

type UseIn<Role extends keyof Least, Count> = Count extends Name<infer N> ? Use<Role, N> : never;

/** The union of the names that stages use, each with its role. */
export type Uses<Stage> = Stage extends { readonly steps: infer Steps }
  ? UseIn<'steps', Steps>
  : Stage extends { readonly operator: { readonly factor: infer Factor; readonly offset: infer Offset } }
    ? UseIn<'factor', Factor> | UseIn<'offset', Offset>
    : Stage extends { readonly times: infer Times; readonly stages: infer Inner extends readonly unknown[] }
      ? UseIn<'times', Times> | Uses<Inner[number]>
      : never;

/** A sentence for each name that has no binding. */
export type Unbound<Used extends Use, Values> = string extends keyof Values ? never : unboundName<Exclude<Used['name'], keyof Values>>;

/** A sentence for each binding that has no name. */
export type Vain<Used extends Use, Values> = string extends keyof Values
  ? never
  : boundInVain<Exclude<keyof Values & string, Used['name']>>;

/** A sentence for each binding whose number is out of bounds where it is used. */
export type Misbound<Used extends Use, Values> =
  Used extends Use<infer Role, infer N>
    ? N extends keyof Values
      ? IsLiteralNumber<Values[N]> extends true
        ? inside<N, CountFault<Role, `${Values[N] & number}`>>
        : never
      : never
    : never;

type BindCount<Count, Values> = Count extends Name<infer N> ? (N extends keyof Values ? Values[N] : number) : Count;

type BindStage<Stage, Values> = Stage extends {
  readonly kind: 'restrict';
  readonly operator: { readonly factor: infer Factor; readonly offset: infer Offset };
}
  ? {
      readonly kind: 'restrict';
      readonly operator: { readonly factor: BindCount<Factor, Values>; readonly offset: BindCount<Offset, Values> };
    }
  : Stage extends { readonly kind: 'repeat'; readonly times: infer Times; readonly stages: infer Inner extends readonly unknown[] }
    ? { readonly kind: 'repeat'; readonly times: BindCount<Times, Values>; readonly stages: Bound<Inner, Values> }
    : Stage;

/** The stages with numbers for names; a training stage's steps do not matter to the fold and stay. */
export type Bound<Stages extends readonly unknown[], Values> = { readonly [I in keyof Stages]: BindStage<Stages[I], Values> };
