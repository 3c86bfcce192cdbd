/** From a text to stages, with its names bound. */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../../fault.js';
import type { Stage } from '../schedule.js';
import { type Bindings, bind } from './bind.js';
import { parse } from './parse.js';

/**
 * @example
 * read('train(10) >> train(n)', { n: 400 }) // right([{ kind: 'train', steps: 10 }, { kind: 'train', steps: 400 }])
 */
export const read = (text: string, values: Bindings = {}): E.Either<Fault, readonly Stage[]> => {
  const open = parse(text);
  return E.isLeft(open) ? open : bind(open.right, values);
};
