/**
 * Packages that only some tokenizers need, loaded when the first of these is made: synchronously, since a model's folder is read by a pure function.
 * A browser has no such loader, so there they are not available.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { firstLineOf } from '../../thrown.js';

/** Left: no package of that name where vcycle is installed, or no Node. */
export const onDemand = <Package>(name: string): E.Either<Fault, Package> =>
  E.tryCatch(
    () => {
      const { createRequire } = process.getBuiltinModule('node:module');
      return createRequire(import.meta.url)(name) as Package;
    },
    (error) =>
      inputFault(`a tokenizer needs the package ${name}, which cannot be loaded (${firstLineOf(error)}); in Node run: npm i vcycle`),
  );
