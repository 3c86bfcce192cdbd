/**
 * 64 training steps across every kind of transfer: four schedules: of levels, of what is learnt or merged, of a width that grows, of growth. Not
 * here: what their losses were, and that no kind is missing (`test/golden`).
 */
import type { Schedule } from '../../src/schedule/schedule.js';
import { read } from '../../src/schedule/text/index.js';
import { rightOf } from '../schedule/results.js';
import { twoLevels } from './two-levels.js';

/** Injections, an average, a width, a composition, a matrix; every way back and policy; tau and a line search; a branch. */
const LEVELS = [
  'train(2) >> restrict(odd) >> train(2) >> prolongate(interpolation: repeat)',
  'restrict(average(2), moments: rescale) >> train(2) >> prolongate(correction: 0.5, interpolation: linear) >> train(1)',
  'restrict(width(2)) >> train(2) >> prolongate(mix: 0.5, moments: average) >> train(1)',
  'restrict(compose(every(4, 1), width(2)), h: keep) >> train(2) >> prolongate(moments: zero-new) >> train(1)',
  'restrict(matrix([[1, 0, 0, 0], [0, 0.5, 0.5, 0]], [[1, 0], [0, 1], [0, 1], [1, 0]])) >> train(2) >> prolongate(moments: reset) >> train(1)',
  'restrict(even, tau: true) >> train(2) >> prolongate(correction: 1, lineSearch: 2) >> train(1)',
  '( restrict(even) >> train(2) >> prolongate | restrict(odd, moments: reset) >> train(2) >> prolongate ) >> train(1)',
].join(' >> ');

const GROWTH = ['stack(2)', 'repeat(2)', 'zero(2)', 'middle(2)', 'last(2)', 'fresh(1)', 'identity(1)', 'loop(2)']
  .map((growth) => `train(2) >> grow(${growth})`)
  .concat('train(2)')
  .join(' >> ');

const WIDTH = ['width(2)', 'width(2, pairing: halves), way: zero, moments: zero-new', 'width(2), way: random, moments: rescale']
  .map((growth) => `train(1) >> grow(${growth})`)
  .concat('train(3)')
  .join(' >> ');

/** Transfers that are learnt, the other growths, and what merges networks: branches in their other ways, replicas. */
const LEARNT_AND_MERGED = [
  'restrict(average(2, pairing: halves)) >> train(2) >> prolongate(correction: 0.5, fit: 2) >> train(1)',
  '( restrict(even) >> train(1) >> prolongate | restrict(odd) >> train(1) >> prolongate, shared: weighted(0.25, 0.75) )',
  '( train(1) | train(1), shared: last )',
  'replicas(2, every: 1, outer: average, train(1)) >> replicas(2, every: 1, outer: nesterov(0.7, 0.9), train(1))',
  'grow(central(2), fit: (steps: 2, rate: 0.02)) >> train(1) >> grow(loop(2), h: keep) >> train(1)',
  'grow(width(2), way: copy) >> train(3)',
].join(' >> ');

const { setup } = twoLevels;

export const everyTransfer: readonly Schedule[] = [
  { ...twoLevels, stages: rightOf(read(LEVELS)) },
  { ...twoLevels, stages: rightOf(read(LEARNT_AND_MERGED)) },
  { ...twoLevels, setup: { ...setup, model: { ...setup.model, layers: 1 } }, stages: rightOf(read(WIDTH)) },
  { ...twoLevels, setup: { ...setup, model: { ...setup.model, layers: 1 } }, stages: rightOf(read(GROWTH)) },
];
