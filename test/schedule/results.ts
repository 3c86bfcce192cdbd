/** What a test asks of an Either: its value, or its message. */
import assert from 'node:assert/strict';
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../src/fault.js';

export const rightOf = <A>(result: E.Either<Fault, A>): A => {
  if (E.isLeft(result)) assert.fail(`expected a value, got: ${result.left.message}`);
  return result.right;
};

/** The message of an input fault. */
export const messageOf = <A>(result: E.Either<Fault, A>): string => {
  if (E.isRight(result)) assert.fail(`expected a fault, got: ${JSON.stringify(result.right)}`);
  assert.equal(result.left.kind, 'input');
  return result.left.message;
};
