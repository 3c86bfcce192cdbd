/**
 * Policies for both directions at once, `moments: (down: reset, up: carry)` in a cycle, and `moments(down: reset, up: carry, a >> b)` for a group of
 * stages. As with a cycle, only the group's stages remain in a schedule.
 */
import type { ByDirection, Directions } from '../moment-policies.js';
import { usualCounters } from '../moment-policies.js';
import type { OpenStage, OpenStages } from '../open-stages.js';
import type { MomentsPolicy } from '../schedule.js';
import { closing, colon, comma, opening } from './numbers.js';
import { oneWord } from './option-words.js';
import { inOrder, map, type Parser, symbol } from './parser.js';
import { expected } from './sentences.js';
import { tokenAt } from './tokens.js';

const word = (wanted: string): Parser<string> => symbol(wanted, (was) => expected(`"${wanted}"`, was));

/** `down: A, up: B` */
const directions = <A>(value: Parser<A>): Parser<Directions<A>> =>
  map(inOrder(word('down'), colon, value, comma, word('up'), colon, value), ([, , down, , , , up]) => ({ down, up }));

/** One policy, or `(down: A, up: B)`. */
export const byDirection =
  <Name extends 'moments' | 'counters'>(
    name: Name,
  ): Parser<ByDirection<ReturnType<typeof oneWord<Name>> extends Parser<infer A> ? A : never>> =>
  (text, at) =>
    tokenAt(text, at).word === '('
      ? map(inOrder(opening, directions(oneWord(name)), closing), ([, both]) => both)(text, at)
      : oneWord(name)(text, at);

/** `(down: A, up: B,`, before the stages of a group. */
export const groupPolicies: Parser<Directions<MomentsPolicy>> = map(
  inOrder(opening, directions(oneWord('moments')), comma),
  ([, both]) => both,
);

/** The stages with those policies for all their transfers: `down` for restrictions, `up` for prolongations and growths. */
export const withMoments = ({ down, up }: Directions<MomentsPolicy>, stages: OpenStages): OpenStages =>
  stages.map((stage): OpenStage => {
    // In plain JavaScript anything may be among the stages; the verifier says what is wrong with it.
    switch (stage?.kind) {
      case 'restrict':
        return { ...stage, moments: down, counters: usualCounters(down) };
      case 'prolongate':
      case 'grow':
        return { ...stage, moments: up, counters: usualCounters(up) };
      case 'repeat':
      case 'replicas':
        return { ...stage, stages: withMoments({ down, up }, stage.stages) };
      case 'branch':
        return { ...stage, arms: stage.arms.map((arm) => withMoments({ down, up }, arm)) };
      default:
        return stage;
    }
  });
