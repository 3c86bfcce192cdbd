/** What a test takes for granted. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';

/** The value of a right; a left fails the test with its sentence. */
export const right = <A>(result: E.Either<{ readonly message: string }, A>): A =>
  E.isLeft(result) ? assert.fail(result.left.message) : result.right;

/** The sentence of a left. */
export const sentence = (result: E.Either<{ readonly message: string }, unknown>): string =>
  E.isLeft(result) ? result.left.message : assert.fail('this must be refused');
