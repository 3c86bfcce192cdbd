/** Options whose value is one of a few words: the words, and their parser. Not here: which stage has which option (`options.ts`). */
import { optionValues } from '../defaults.js';
import { mustBe } from '../sentences.js';
import { fail, type Parser, succeed } from './parser.js';
import { shown, tokenAt } from './tokens.js';

type OptionValues = typeof optionValues;

export const oneWord =
  <Name extends keyof OptionValues>(name: Name): Parser<OptionValues[Name][number]> =>
  (text, at) => {
    const token = tokenAt(text, at);
    const values: readonly OptionValues[Name][number][] = optionValues[name];
    const value = values.find((each) => each === token.word);
    return value === undefined ? fail(token, mustBe(name, values.join(' or '), shown(token))) : succeed(value, token.end);
  };
