/**
 * The grammar of the text form, as tables: what may follow each stage's name. A new stage is one more row of `stageParsers` (or of `openerParsers`,
 * if it holds stages). Not here: how stages are joined and nested (`parse.ts`), what they mean.
 *
 * | stage | written |
 * |---|---|
 * | train | `train(N)` or `train(END)`, then options: `train(N, only: LAYERS, sharedLayers: train, stochasticDepth: X, accumulate: K, batch: K, context: K, learningRate: RATE, data: DATA)`, `train(N, layers: random, keep: X, h: scale)` |
 * | evaluate | `evaluate`, or `evaluate()` |
 * | restrict | `restrict(OPERATOR)`, then options: `restrict(even, h: keep, moments: reset, tau: 1)` |
 * | prolongate | `prolongate`, `prolongate()`, `prolongate(correction: 0.5, interpolation: linear, moments: reset, lineSearch: 4)`, `prolongate(mix: 0.5)`, `prolongate(fit: 100)` |
 * | grow | `grow(GROWTH)`, then options: `grow(stack(2), h: scale, moments: reset, fit: 100)`, `grow(width(2), way: zero)` |
 * | repeat | `repeat(N, a >> b)` |
 * | replicas | `replicas(N, every: N, a >> b)`, with `rounds: N,` and `outer: OUTER,` after `every` if they are there (`replicas.ts`) |
 * | moments | `moments(down: reset, up: carry, a >> b)`: the stages, with those policies |
 * | branch | `( a | b )`, then options: `( a | b, shared: last )`; with an option one arm is enough (`branch.ts`) |
 * | vCycle, wCycle, fCycle, nested, cascade | `vCycle(levels: 3, operator: OPERATOR, pre: PART, coarse: PART, post: PART)`, then options of the transfers |
 *
 * An OPERATOR is `even`, `odd`, `every(K, OFFSET)`, `average(K)`, `matrix([[1, 0], [0, 1]], [[1, 0], [0, 1]])`, `width(K)`, or `compose(OPERATOR,
 * OPERATOR)` of those; a GROWTH is `stack(K)`, `repeat(K)` (or `interleave(K)`), `zero(K)`, `middle(B)`, `central(B)`, `last(B)`, `fresh(N)`, `identity(N)`,
 * `loop(K)` or `width(K)`; a cascade's operator may be any operator or a growth of the depth. Each N, K, B, OFFSET, correction and mix is a numeral or
 * a free name; levels, LAYERS and matrices are numerals.
 *
 * An OUTER is `average` or `nesterov(X, X)`, with numerals: the outer optimizer's rate and momentum.
 *
 * An END is `until.plateau(on: LOSS, patience: N, minDelta: X, atMost: N)`, `until.loss(X, on: LOSS, atMost: N)`, `until.tokens(X, atMost: N)`,
 * `until.flops(X, atMost: N)` or `until.slopeBelow(on: LOSS, ratio: X, atMost: N)`; a LOSS `training(N)` or `heldOut`; LAYERS are `new` or such as
 * `[0, 4..7]`. A RATE is X, `constant(X)`, `cosine(X)` or `wsd(X)`, the latter three with options; DATA
 * `text("corpus.txt")`, with options, or `tokens(V)`. A PART is N, END or a whole `train(…)`.
 */

import { usualStep } from '../bounds/growth.js';
import { defaults } from '../defaults.js';
import type { OpenStage, OpenStages } from '../open-stages.js';
import { fitGiven } from './fit.js';
import { groupPolicies, withMoments } from './moments.js';
import { closing, comma, count, opening } from './numbers.js';
import { growthOf, operator } from './operators.js';
import { correctionGiven, policiesDown, policiesUp, wayGiven } from './option-tables.js';
import { moreOptions, someOptions, train } from './options.js';
import { inOrder, map, type Parser, succeed } from './parser.js';
import { replicasHead } from './replicas.js';
import { tauGiven } from './tau.js';
import { tokenAt } from './tokens.js';

const restrict: Parser<OpenStage> = map(
  inOrder(opening, operator('restrict'), moreOptions('restrict', {}), closing),
  ([, chosen, { h, tau, ...policies }]): OpenStage => ({
    kind: 'restrict',
    operator: chosen,
    h: h ?? defaults.restrict.h,
    ...policiesDown(policies),
    ...tauGiven(tau),
  }),
);

const prolongateWith: Parser<OpenStage> = map(
  inOrder(opening, someOptions('prolongate'), closing),
  ([, { interpolation, lineSearch, fit, ...others }]): OpenStage => ({
    kind: 'prolongate',
    correction: correctionGiven(others),
    interpolation: interpolation ?? defaults.prolongate.interpolation,
    ...policiesUp(others),
    ...(lineSearch === undefined ? {} : { lineSearch }),
    ...fitGiven(fit),
  }),
);

/** Where `()` ends that says as much as nothing; the same place where nothing follows, undefined before options. */
const endOfNothing = (text: string, at: number): number | undefined => {
  const open = tokenAt(text, at);
  if (open.word !== '(') return at;
  const close = tokenAt(text, open.end);
  return close.word === ')' ? close.end : undefined;
};

const prolongate: Parser<OpenStage> = (text, at) => {
  const end = endOfNothing(text, at);
  return end === undefined ? prolongateWith(text, at) : succeed({ kind: 'prolongate', ...defaults.prolongate }, end);
};

const grow: Parser<OpenStage> = map(
  inOrder(opening, growthOf('grow'), moreOptions('grow', {}), closing),
  ([, growth, { way, h, fit, ...policies }]): OpenStage => ({
    kind: 'grow',
    growth,
    ...wayGiven(way),
    h: h ?? usualStep(growth.kind),
    ...policiesUp(policies),
    ...fitGiven(fit),
  }),
);

const evaluate: Parser<OpenStage> = (text, at) => {
  const end = endOfNothing(text, at);
  const stage: OpenStage = { kind: 'evaluate' };
  return end === undefined ? map(inOrder(opening, closing), () => stage)(text, at) : succeed(stage, end);
};

/** What follows the name of each stage that contains no stages. */
export const stageParsers: ReadonlyMap<string, Parser<OpenStage>> = new Map([
  ['train', train],
  ['evaluate', evaluate],
  ['restrict', restrict],
  ['prolongate', prolongate],
  ['grow', grow],
]);

/** What follows the name of a stage that contains stages, up to its first stage; returns what the stages become once it closes. */
export const openerParsers: ReadonlyMap<string, Parser<(stages: OpenStages) => OpenStages>> = new Map([
  [
    'repeat',
    map(
      inOrder(opening, count('times'), comma),
      ([, times]) =>
        (stages: OpenStages): OpenStages => [{ kind: 'repeat', times, stages }],
    ),
  ],
  ['replicas', replicasHead],
  [
    'moments',
    map(
      groupPolicies,
      (policies) =>
        (stages: OpenStages): OpenStages =>
          withMoments(policies, stages),
    ),
  ],
]);
