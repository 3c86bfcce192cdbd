/**
 * Lists of options, `name: value`, each of a given set and at most once. Not here: the values (`options.ts`; of operators, which are values
 * themselves, `operators.ts`), which options there are (`option-tables.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { nearestTo } from '../../nearest.js';
import { growthHasNoTau, mixAndCorrection } from '../sentences.js';
import { colon } from './numbers.js';
import { type Given, type Optioned, otherWay, stageOptions } from './option-tables.js';
import { oneWord } from './option-words.js';
import { fail, map, type Parser, succeed } from './parser.js';
import { expected, optionTwice, unknownOption } from './sentences.js';
import { isWord, shown, tokenAt } from './tokens.js';

/** The parser of an option's value, which adds it to the options parsed so far. */
export type OptionValue = (stage: Optioned, name: keyof Given, given: Given) => Parser<Given>;

/** The only option of operators. */
export const pairingValue = (given: Given): Parser<Given> => map(oneWord('pairing'), (pairing) => ({ ...given, pairing }));

/** One `name: value`, added to the options parsed so far. */
const option =
  (value: OptionValue, stage: Optioned, given: Given): Parser<Given> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('an option', shown(token)));
    const known: readonly (keyof Given)[] = stageOptions[stage];
    const name = known.find((each) => each === token.word);
    if (name === undefined && stage === 'grow' && token.word === 'tau') return fail(token, growthHasNoTau());
    if (name === undefined) return fail(token, unknownOption(stage, token.word) + nearestTo(token.word, known));
    if (given[name] !== undefined) return fail(token, optionTwice(stage, name));
    if ((name === 'correction' || name === 'mix') && given[otherWay[name]] !== undefined) return fail(token, mixAndCorrection());
    return E.chain(([, next]: readonly [string, number]) => value(stage, name, given)(text, next))(colon(text, token.end));
  };

/** Any number of `, name: value`. */
export const moreIn =
  (value: OptionValue, stage: Optioned, given: Given): Parser<Given> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (token.word !== ',') return succeed(given, at);
    return E.chain(([more, next]: readonly [Given, number]) => moreIn(value, stage, more)(text, next))(
      option(value, stage, given)(text, token.end),
    );
  };

/** `name: value`, once or more, with commas between. */
export const someIn =
  (value: OptionValue, stage: Optioned): Parser<Given> =>
  (text, at) =>
    E.chain(([given, next]: readonly [Given, number]) => moreIn(value, stage, given)(text, next))(option(value, stage, {})(text, at));
