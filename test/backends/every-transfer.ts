/** 48 training steps across every kind of transfer: three schedules, of levels, of growth, and of a width that grows. Not here: what their losses were (`test/golden`). */
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

const { setup } = twoLevels;

export const everyTransfer: readonly Schedule[] = [
  { ...twoLevels, stages: rightOf(read(LEVELS)) },
  { ...twoLevels, setup: { ...setup, model: { ...setup.model, layers: 1 } }, stages: rightOf(read(GROWTH)) },
  { ...twoLevels, setup: { ...setup, model: { ...setup.model, layers: 1 } }, stages: rightOf(read(WIDTH)) },
];
