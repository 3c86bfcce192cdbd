/**
 * The grammar of the text form, as tables: what may stand after each stage's name. A new stage is one more row of `stageParsers`
 * (or of `openerParsers`, if it holds stages). Not here: how stages are joined and nested (`parse.ts`), what they mean.
 *
 * | stage | written |
 * |---|---|
 * | train | `train(N)` |
 * | restrict | `restrict(even)`, `restrict(odd)`, `restrict(every(K, OFFSET))`, then options: `restrict(even, h: keep, moments: reset)` |
 * | prolongate | `prolongate`, `prolongate(moments: reset)` |
 * | repeat | `repeat(N, a >> b)` |
 *
 * Each N, K and OFFSET is a numeral or a free name.
 */

import { closest } from 'fastest-levenshtein';
import * as E from 'fp-ts/lib/Either.js';
import { type CountRole, countFault, isNumeral } from '../counts.js';
import type { MomentsPolicy, StepSizePolicy } from '../schedule.js';
import { expected, missingParenthesis, mustBe, nearestWord, optionTwice, unknownOperator, unknownOption } from '../sentences.js';
import type { OpenCount, OpenInjection, OpenStage } from './open.js';
import { fail, inOrder, map, type Parser, succeed, symbol } from './parser.js';
import { isWord, shown, tokenAt } from './tokens.js';

/** The values of each option; the first is the default, and is not printed. */
export const optionValues = { h: ['scale', 'keep'], moments: ['carry', 'reset'] } as const;

/** The options of each stage that has any, in the order in which they are printed. */
export const stageOptions = { restrict: ['h', 'moments'], prolongate: ['moments'] } as const;

type Option = keyof typeof optionValues;
type Options = { readonly [name in Option]?: string };

const opening = symbol('(', (was) => missingParenthesis('(', was));
const closing = symbol(')', (was) => missingParenthesis(')', was));
const comma = symbol(',', (was) => expected('","', was));
const colon = symbol(':', (was) => expected('":"', was));

/** A count as written: a numeral within its bounds, or a free name. */
const count =
  (role: CountRole): Parser<OpenCount> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('a number or a name', shown(token)));
    if (!isNumeral(token.word)) return succeed({ name: token.word }, token.end);
    const fault = countFault(role, token.word);
    return fault === undefined ? succeed(Number(token.word), token.end) : fail(token, fault);
  };

const every: Parser<OpenInjection> = map(
  inOrder(opening, count('factor'), comma, count('offset'), closing),
  ([, factor, , offset]): OpenInjection => ({ kind: 'every', factor, offset }),
);

const injection =
  (offset: number): Parser<OpenInjection> =>
  (_text, at) =>
    succeed({ kind: 'every', factor: 2, offset }, at);

const operatorParsers: ReadonlyMap<string, Parser<OpenInjection>> = new Map([
  ['even', injection(0)],
  ['odd', injection(1)],
  ['every', every],
]);

const operator: Parser<OpenInjection> = (text, at) => {
  const token = tokenAt(text, at);
  if (!isWord(token)) return fail(token, expected('an operator', shown(token)));
  const parser = operatorParsers.get(token.word);
  if (parser !== undefined) return parser(text, token.end);
  return fail(token, unknownOperator(token.word) + nearestWord(closest(token.word, [...operatorParsers.keys()])));
};

/** One `name: value`, added to the options that already stand. */
const option =
  (stage: keyof typeof stageOptions, given: Options): Parser<Options> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (!isWord(token)) return fail(token, expected('an option', shown(token)));
    const known: readonly Option[] = stageOptions[stage];
    const name = known.find((each) => each === token.word);
    if (name === undefined) return fail(token, unknownOption(stage, token.word) + nearestWord(closest(token.word, known)));
    if (given[name] !== undefined) return fail(token, optionTwice(stage, name));
    return E.chain(([, next]: readonly [string, number]) => optionValue(name, given)(text, next))(colon(text, token.end));
  };

const optionValue =
  (name: Option, given: Options): Parser<Options> =>
  (text, at) => {
    const token = tokenAt(text, at);
    const values: readonly string[] = optionValues[name];
    return values.includes(token.word)
      ? succeed({ ...given, [name]: token.word }, token.end)
      : fail(token, mustBe(name, values.join(' or '), shown(token)));
  };

/** Any number of `, name: value`. */
const options =
  (stage: keyof typeof stageOptions, given: Options): Parser<Options> =>
  (text, at) => {
    const token = tokenAt(text, at);
    if (token.word !== ',') return succeed(given, at);
    return E.chain(([more, next]: readonly [Options, number]) => options(stage, more)(text, next))(option(stage, given)(text, token.end));
  };

const stepSize = (given: Options): StepSizePolicy => (given.h === 'keep' ? 'keep' : 'scale');
const moments = (given: Options): MomentsPolicy => (given.moments === 'reset' ? 'reset' : 'carry');

const train: Parser<OpenStage> = map(inOrder(opening, count('steps'), closing), ([, steps]): OpenStage => ({ kind: 'train', steps }));

const restrict: Parser<OpenStage> = map(
  inOrder(opening, operator, options('restrict', {}), closing),
  ([, chosen, given]): OpenStage => ({ kind: 'restrict', operator: chosen, h: stepSize(given), moments: moments(given) }),
);

const prolongateOptions: Parser<Options> = (text, at) =>
  E.chain(([given, next]: readonly [Options, number]) => options('prolongate', given)(text, next))(option('prolongate', {})(text, at));

const prolongateWith: Parser<OpenStage> = map(
  inOrder(opening, prolongateOptions, closing),
  ([, given]): OpenStage => ({ kind: 'prolongate', moments: moments(given) }),
);

const prolongate: Parser<OpenStage> = (text, at) =>
  tokenAt(text, at).word === '(' ? prolongateWith(text, at) : succeed({ kind: 'prolongate', moments: 'carry' }, at);

/** What stands after the name of each stage that holds no stages. */
export const stageParsers: ReadonlyMap<string, Parser<OpenStage>> = new Map([
  ['train', train],
  ['restrict', restrict],
  ['prolongate', prolongate],
]);

/** What stands between the name of a stage that holds stages and its first stage; gives what closes it into one stage. */
export const openerParsers: ReadonlyMap<string, Parser<(stages: readonly OpenStage[]) => OpenStage>> = new Map([
  [
    'repeat',
    map(
      inOrder(opening, count('times'), comma),
      ([, times]) =>
        (stages: readonly OpenStage[]): OpenStage => ({ kind: 'repeat', times, stages }),
    ),
  ],
]);
