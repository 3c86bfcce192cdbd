/**
 * Parsing the text form: stages joined by `>>`, with parentheses for groups (which mean nothing), for the arms of a branch, and for stages that
 * contain stages. A machine with its own stack of open parentheses. Not here: what is inside one stage (`grammar.ts`), free names (`bind.ts`),
 * whether the stages make sense (`../verify/verify.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { nearestTo } from '../../nearest.js';
import { shownValue } from '../../shown-value.js';
import { MOST_NESTED } from '../bounds/counts.js';
import type { OpenStage, OpenStages } from '../open-stages.js';
import { emptyPipeline, mustBe, nestedTooDeep } from '../sentences.js';
import { branchOf, branchOptions } from './branch.js';
import { cycleParsers } from './cycles.js';
import { openerParsers, stageParsers } from './grammar.js';
import { fail, map, type Parser, succeed } from './parser.js';
import { armsInParentheses, expected, missingParenthesis, unknownStage, unopenedParenthesis, wordTooLong } from './sentences.js';
import { isWord, shown, type Token, tokenAt } from './tokens.js';

/** The longest word, in characters. Longer ones are not copied into sentences. */
export const MOST_LETTERS = 200;

/** Strings, which may be longer, are passed over as wholes. */
const overlong = new RegExp(`"(?:[^"\\\\\\r\\n]|\\\\.)*"|[^ \\t\\r\\n()[\\],:|>]{${MOST_LETTERS + 1},}`, 'g');

/** The first word that is too long, or nothing. */
const overlongWord = (text: string): Token | undefined => {
  for (const found of text.matchAll(overlong)) if (!/^".*"$/.test(found[0])) return tokenAt(text, found.index);
  return undefined;
};

/** An open parenthesis (or the text itself): its stages so far, and what they become once it closes. */
interface Frame {
  stages: OpenStage[];
  /** The arms that have ended; undefined where there can be none. */
  readonly arms?: OpenStages[];
  readonly close: (stages: OpenStages) => OpenStages;
}

const inOrderAlone = (stages: OpenStages): OpenStages => stages;

const parentheses = (): Frame => {
  const arms: OpenStages[] = [];
  return { stages: [], arms, close: (stages) => (arms.length === 0 ? stages : [branchOf([...arms, stages], {})]) };
};

/** What was found where a stage is expected: a stage (or a cycle's stages), or something that opens a frame. */
type Found = { readonly kind: 'stages'; readonly stages: OpenStages } | { readonly kind: 'frame'; readonly frame: Frame };

/** Every word that a stage may begin with. */
const words = [...stageParsers.keys(), ...openerParsers.keys(), ...cycleParsers.keys()];

const stageAt: Parser<Found> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === '(') return succeed({ kind: 'frame', frame: parentheses() }, token.end);
  if (!isWord(token)) return fail(token, expected('a stage', shown(token)));
  const stage = stageParsers.get(token.word);
  if (stage !== undefined) return map(stage, (found): Found => ({ kind: 'stages', stages: [found] }))(text, token.end);
  const cycle = cycleParsers.get(token.word);
  if (cycle !== undefined) return map(cycle, (stages): Found => ({ kind: 'stages', stages }))(text, token.end);
  const opener = openerParsers.get(token.word);
  if (opener !== undefined) {
    return map(opener, (close): Found => ({ kind: 'frame', frame: { stages: [], close } }))(text, token.end);
  }
  return fail(token, unknownStage(token.word) + nearestTo(token.word, words));
};

/**
 * Parses the text form. Counts may be free names.
 *
 * @returns the stages, groups dissolved; or the fault of the first token that does not fit, with its 1-based column.
 * @example
 * parse('train(10) >> repeat(2, train(n))')
 * // right([{ kind: 'train', steps: 10 }, { kind: 'repeat', times: 2, stages: [{ kind: 'train', steps: { name: 'n' } }] }])
 */
export const parse = (text: string): E.Either<Fault, OpenStages> => {
  // In plain JavaScript the argument may be anything.
  if (typeof text !== 'string') return E.left(inputFault(mustBe('the pipeline', 'a text or stages', shownValue(text))));
  if (tokenAt(text, 0).word === '') return E.left(inputFault(emptyPipeline()));
  const long = overlongWord(text);
  if (long !== undefined) return fail(long, wordTooLong(MOST_LETTERS, long.word.length, shownValue(long.word)));
  const enclosing: Frame[] = [];
  let frame: Frame = { stages: [], close: inOrderAlone };
  let place = 0;
  for (;;) {
    const found = stageAt(text, place);
    if (E.isLeft(found)) return found;
    const [value, next] = found.right;
    place = next;
    if (value.kind === 'frame') {
      if (enclosing.length === MOST_NESTED) return fail(tokenAt(text, place), nestedTooDeep(MOST_NESTED));
      enclosing.push(frame);
      frame = value.frame;
      continue;
    }
    frame.stages.push(...value.stages);
    // After a stage: any parentheses that close, then `>>`, the next arm or the end.
    let token = tokenAt(text, place);
    while (token.word === ')' || (token.word === ',' && frame.arms !== undefined)) {
      const arms: readonly OpenStages[] = [...(frame.arms ?? []), frame.stages];
      const said = token.word === ',' ? branchOptions(arms)(text, token.start) : succeed(frame.close(frame.stages), token.end);
      if (E.isLeft(said)) return said;
      const [stages, after] = said.right;
      const outer = enclosing.pop();
      if (outer === undefined) return fail(token, unopenedParenthesis());
      for (const stage of stages) outer.stages.push(stage);
      frame = outer;
      token = tokenAt(text, after);
    }
    if (token.word === '|') {
      if (frame.arms === undefined) return fail(token, armsInParentheses());
      frame.arms.push(frame.stages);
      frame.stages = [];
      place = token.end;
      continue;
    }
    if (token.word === '') return enclosing.length === 0 ? E.right(frame.stages) : fail(token, missingParenthesis(')', shown(token)));
    if (token.word !== '>>') return fail(token, expected('">>"', shown(token)));
    place = token.end;
  }
};
