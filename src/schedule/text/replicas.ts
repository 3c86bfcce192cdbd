/**
 * Replicas in the text form: what precedes their stages, `replicas(4, every: 50, outer: nesterov(0.7, 0.9), …`. Not here: the stages (`parse.ts`).
 */
import { defaults } from '../defaults.js';
import type { OpenReplicas, OpenStages } from '../open-stages.js';
import type { OuterOptimizer } from '../schedule.js';
import { mustBe } from '../sentences.js';
import { amountNumeral, closing, colon, comma, count, opening } from './numbers.js';
import { fail, inOrder, map, type Parser, succeed, symbol } from './parser.js';
import { expected } from './sentences.js';
import { shown, tokenAt } from './tokens.js';

/** The allowed values, for sentences. */
export const outerChoices = 'average or nesterov(0.7, 0.9)';

const nesterov: Parser<OuterOptimizer> = map(
  inOrder(opening, amountNumeral('rate'), comma, amountNumeral('momentum'), closing),
  ([, rate, , momentum]) => ({ kind: 'nesterov', rate, momentum }),
);

const outer: Parser<OuterOptimizer> = (text, at) => {
  const token = tokenAt(text, at);
  if (token.word === 'average') return succeed({ kind: token.word }, token.end);
  return token.word === 'nesterov' ? nesterov(text, token.end) : fail(token, mustBe('outer', outerChoices, shown(token)));
};

/** `name: VALUE,` */
const option = <A>(name: string, value: Parser<A>): Parser<A> =>
  map(
    inOrder(
      symbol(name, (was) => expected(`"${name}:"`, was)),
      colon,
      value,
      comma,
    ),
    ([, , given]) => given,
  );

/** The same if it is there. */
const optional = <A>(name: string, value: Parser<A>): Parser<A | undefined> => {
  const given = option(name, value);
  return (text, at) => (tokenAt(text, at).word === name ? given(text, at) : succeed(undefined, at));
};

/** `(4, every: 50,`, with `rounds: 10,` and `outer: POLICY,` if they are there; returns what the stages become once it closes. */
export const replicasHead: Parser<(stages: OpenStages) => OpenStages> = map(
  inOrder(
    opening,
    count('replicas'),
    comma,
    option('every', count('every')),
    optional('rounds', count('rounds')),
    optional('outer', outer),
  ),
  ([, replicas, , every, rounds, merged]) =>
    (stages: OpenStages): OpenStages => {
      const stage: OpenReplicas = {
        kind: 'replicas',
        replicas,
        every,
        ...(rounds === undefined ? {} : { rounds }),
        outer: merged ?? defaults.replicas.outer,
        stages,
      };
      return [stage];
    },
);
