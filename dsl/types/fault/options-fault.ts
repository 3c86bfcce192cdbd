/** A branch's arguments: stages, and options after them; the sentence about options before an arm. */
import type { optionsLast } from '../../../src/schedule/sentences.js';
import type { Add } from '../number/multiply.js';
import type { Judged } from './judged.js';

type BeforeLast<Given extends readonly unknown[]> = Given extends readonly [...infer Before, unknown] ? Before : [];

/** Whether it is certainly not a stage. */
type IsOptions<Given> = [Given] extends [never] ? false : [Extract<Given, { readonly kind: string }>] extends [never] ? true : false;

type OptionsFault<Given extends readonly unknown[], I> = I extends keyof BeforeLast<Given> & `${infer Index extends number}`
  ? IsOptions<Given[Index]> extends true
    ? optionsLast<Add<Index, 1>>
    : never
  : never;

export type BranchArguments<Given extends readonly unknown[]> = {
  readonly [I in keyof Given]: Judged<Given[I], OptionsFault<Given, I>>;
};
