/** The text to train on: the page's own, or a user's file. It never leaves the browser. */

import genesis from 'virtual:genesis';
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../src/fault.js';
import { messageOf } from '../src/thrown.js';
import { GENESIS_NAME } from './form-schedule.js';
import type { NamedText } from './messages.js';

export const GENESIS: NamedText = { name: GENESIS_NAME, text: genesis };

/** A cache of files that were read: the form is read at every key, a file once. */
const known = new WeakMap<File, Promise<E.Either<Fault, NamedText>>>();

/** The file as text. Left: no file was chosen, it is not UTF-8, it is empty, or the browser cannot read it. */
export const readTextFile = async (file: File | undefined): Promise<E.Either<Fault, NamedText>> => {
  if (file === undefined) return E.left(inputFault('there is no text to train on; choose a UTF-8 text file'));
  const text = known.get(file) ?? decoded(file);
  known.set(file, text);
  return text;
};

const decoded = async (file: File): Promise<E.Either<Fault, NamedText>> => {
  const refuse = (what: string): E.Either<Fault, never> => E.left(inputFault(`${file.name}: ${what}`));
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.arrayBuffer());
    return text === '' ? refuse('the file is empty; choose one that holds text') : E.right({ name: file.name, text });
  } catch (error) {
    return error instanceof TypeError
      ? refuse('the text must be UTF-8, and its bytes are not; convert it or choose another file')
      : refuse(`the file cannot be read (${messageOf(error)}); choose another one`);
  }
};
