/** Validators by ajv, compiled at the first use, and again after a kind of model has been added. Not here: of what (`validators.ts`). */
import type { Ajv, Options, ValidateFunction } from 'ajv';
import { modelKinds } from '../model-kinds.js';

// Only the first error: collecting those of a hundred thousand wrong stages takes minutes.
export const AJV_OPTIONS = { discriminator: true, verbose: true } as const satisfies Options;

export interface Compiled<T> {
  /** The kinds of model for which it was compiled. */
  readonly kinds: string;
  readonly validate: ValidateFunction<T>;
}

export const kindsNow = (): string => [...modelKinds.keys()].join();

/**
 * @param ajv loads it.
 * @param already compiled when vcycle was built.
 */
export const compiling = <T>(schema: () => object, ajv: () => typeof Ajv, already?: Compiled<T>): (() => ValidateFunction<T>) => {
  let compiled = already;
  return () => {
    const kinds = kindsNow();
    if (compiled?.kinds !== kinds) compiled = { kinds, validate: new (ajv())(AJV_OPTIONS).compile<T>(schema()) };
    return compiled.validate;
  };
};
