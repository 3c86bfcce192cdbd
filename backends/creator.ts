/**
 * Functions that create a backend check their options: each unknown one is reported to a program without a type check, and none is dropped. Not here:
 * the command line's options (`src/cli/backends/registry.ts`).
 */
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { BackendError } from '../src/backend.js';
import { type Rule, rulesFault } from '../src/option-rules.js';

/**
 * @param of its name in a program, `createOnnxCpu`.
 * @param rules of its options, if it has any.
 */
export const creator = <Create extends (...given: never[]) => TE.TaskEither<BackendError, unknown>>(
  backend: string,
  of: string,
  create: Create,
  rules: Readonly<Record<string, Rule>> = {},
): Create => {
  const held = (...given: never[]): TE.TaskEither<BackendError, unknown> => {
    const [options, ...more] = given;
    const fault = more.some((each) => each !== undefined)
      ? `${of} takes at most one argument (was given ${given.length}); remove the others`
      : options === undefined
        ? undefined
        : rulesFault(of, rules, options);
    return fault === undefined ? create(...given) : TE.left({ kind: 'unsupported', backend, message: fault });
  };
  return held as Create;
};
