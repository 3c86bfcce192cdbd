/** Strings of the text form: src/schedule/text/sources.ts for the compiler. Not here: the sources (`parse-options.ts`). */
import type { mustBe } from '../../../src/schedule/sentences.js';
import type { aString } from '../../../src/schedule/text/sources.js';
import type { Deferred } from '../fold/state.js';
import type { Parsed, Unparsed } from './parse-number.js';
import type { After, Shown, Token } from './words.js';

/** A string in double quotes; one with escapes is left to the verifier. */
export type Quoted<Name extends string, Rest extends string> =
  Token<Rest> extends infer Taken extends string
    ? Taken extends `"${string}\\${string}`
      ? Deferred
      : Taken extends `"${infer Text}"`
        ? Text extends ''
          ? Unparsed<mustBe<Name, typeof aString, Taken>, Rest>
          : Parsed<Text, After<Rest, Taken>>
        : Unparsed<mustBe<Name, typeof aString, Shown<Taken>>, Rest>
    : never;
