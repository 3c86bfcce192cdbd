/** A consumer's own helpers, generic and exported: what the compiler defers of them is named in declarations too. */
import {
  adamw,
  average,
  branch,
  cascade,
  compose,
  even,
  every,
  gpt,
  grow,
  matrix,
  moments,
  nested,
  type Operator,
  pipeline,
  prolongate,
  repeat,
  restrict,
  type StageLike,
  sequence,
  stack,
  tokens,
  train,
  until,
  vCycle,
  weighted,
  width,
} from 'vcycle';

export const setupOf = <const L extends number>(layers: L) => ({
  model: gpt({ layers, heads: 4, width: 32, context: 16 }),
  data: tokens(65),
  optimizer: adamw(),
  batch: 4,
  seed: 1,
});
const twelve = setupOf(12);

export const visit = <const O extends Operator, const N extends number>(operator: O, steps: N) =>
  sequence(restrict(operator), train(steps), prolongate);
export const twice = <const A extends readonly StageLike[]>(...stages: A) => repeat(2, ...stages);
export const times = <const N extends number>(n: N) => repeat(n, train(n));
export const under = <const A extends readonly StageLike[]>(...stages: A) => moments({ down: 'reset', up: 'carry' }, ...stages);
export const forked = <const A extends StageLike, const B extends StageLike>(a: A, b: B) => branch(a, b);
export const merged = <const A extends readonly StageLike[]>(...arms: A) => branch(...arms, { shared: 'last' });
export const grownBy = <const N extends number>(n: N) => grow(stack(n));
export const cycled = <const O extends Operator, const N extends number>(operator: O, n: N) =>
  vCycle({ levels: n, operator, pre: n, coarse: train(n), post: n, correction: n, lineSearch: n });
export const mixed = <const O extends Operator, const N extends number>(operator: O, n: N) =>
  vCycle({ levels: 3, operator, coarse: 4, post: n, mix: n, interpolation: 'linear' });
export const cascaded = <const O extends Operator, const N extends number, const T extends boolean>(operator: O, n: N, tau: T) =>
  cascade({ levels: 3, operator, coarse: n, correction: n, lineSearch: n, tau });
export const refined = <const N extends number>(n: N) => nested({ levels: n, operator: average(n), coarse: n, pre: n, post: n });
export const deepened = <const N extends number>(n: N) => cascade({ levels: n, operator: stack(n), coarse: n, post: n });
export const operators = <const N extends number>(n: N) => [
  every(n, 0),
  width(n),
  compose(average(n), every(n, 0)),
  matrix([[n, 1]], [[1], [n]]),
];
export const weights = <const N extends number>(n: N) => weighted(n, n);
export const ended = <const N extends number>(n: N) => train(until.tokens(n, { atMost: n }), { only: [n] });
export const back = <const N extends number>(n: N) => prolongate({ correction: n, lineSearch: n });
export const learnt = <const N extends number>(n: N) => prolongate({ correction: n, fit: n });

export const byDepth = <const L extends number>(layers: L) =>
  pipeline(setupOf(layers), restrict(even), train(1), prolongate, grow(stack(2)));
export const byDepthInText = <const L extends number>(layers: L) => pipeline(setupOf(layers), 'restrict(even) >> train(1) >> prolongate');
export const bySteps = <const N extends number>(steps: N) => pipeline(twelve, restrict(even), train(steps), prolongate);
export const byOperator = <const O extends Operator>(operator: O) => pipeline(twelve, visit(operator, 3), restrict(operator), prolongate);
export const byStages = <const A extends readonly StageLike[]>(...stages: A) => pipeline(twelve, train(1), ...stages);
export const byNames = <const N extends number>(n: N) => pipeline(twelve, 'restrict(even) >> train(n) >> prolongate', { n });
export const byText = <const T extends string>(text: T) => pipeline(twelve, text);
export const bySetup = <const S extends typeof twelve>(setup: S) => pipeline(setup, restrict(even), prolongate);
export const byArm = <const A extends StageLike>(arm: A) => pipeline(twelve, branch(arm, train(1)), repeat(2, arm));
