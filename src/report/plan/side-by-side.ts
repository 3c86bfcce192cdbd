/**
 * Plans side by side, before anything runs: the levels on which each pipeline trains, its cost relative to all fine, and what each transfer moves.
 * Not here: one plan stage by stage (`plan-sheet.ts`).
 */

import type { Plan } from '../../plan/plan.js';
import { gridKey } from '../../schedule/grid.js';
import { usualCounters } from '../../schedule/moment-policies.js';
import type { Move, Moved } from '../../transfer/moves.js';
import { percent } from '../table/format.js';
import { layersCell, loopsSentence } from '../table/layers.js';
import type { Column, Row, Sheet } from '../table/sheet.js';

export interface Compared {
  readonly name: string;
  readonly plan: Plan;
  readonly moves: readonly Move[];
}

const COLUMNS: readonly Column[] = [
  { head: ['pipeline'], align: 'left' },
  { head: ['level:', 'layers', '(visits)'], align: 'left' },
  { head: ['steps'], align: 'right' },
  { head: ['of all', 'fine'], align: 'right' },
  { head: ['what moves'], align: 'left', shrinks: true },
];

const times = (count: number): string => (count === 1 ? '' : ` ×${count}`);

/** One line for each grid in the order of their first visits; with the width if it varies. */
const levelsOf = ({ levels, stages }: Plan): string => {
  const varies = new Set(levels.map(({ width }) => width)).size > 1;
  const order = distinct(stages.flatMap((stage) => (stage.kind === 'train' ? [`${stage.level} ${gridKey(stage)}`] : [])));
  return [...levels]
    .sort((a, b) => order.indexOf(`${a.level} ${gridKey(a)}`) - order.indexOf(`${b.level} ${gridKey(b)}`))
    .map((grid) => `${grid.level}: ${layersCell(grid)}${varies ? `×${grid.width}` : ''}${grid.visits === 1 ? '' : ` (${grid.visits})`}`)
    .join('\n');
};

const words: readonly (readonly [way: keyof Moved, word: string])[] = [
  ['taken', 'taken'],
  ['copied', 'copied'],
  ['combined', 'combined'],
  ['corrected', 'corrected'],
  ['mixed', 'mixed'],
  ['kept', 'kept'],
  ['widened', 'widened'],
  ['identity', 'identities'],
  ['initial', 'initial'],
];

/** For example `6 taken, 6 kept`. */
const layersText = ({ layers, shared }: Move): string => {
  const parts = words.filter(([way]) => layers[way] > 0).map(([way, word]) => `${layers[way]} ${word}`);
  return [parts.length === 0 ? 'no layer' : parts.join(', '), ...(shared ? ['shared layers'] : [])].join(' + ');
};

/** Counters are reported only if they are not the usual ones for the moments. */
const policiesText = ({ policies }: Move): string | undefined =>
  policies === undefined
    ? undefined
    : `moments ${policies.moments}${policies.counters === usualCounters(policies.moments) ? '' : `, counters ${policies.counters}`}`;

const distinct = (texts: readonly (string | undefined)[]): readonly string[] => [
  ...new Set(texts.filter((text): text is string => text !== undefined)),
];

/** One line for each kind of transfer, with the number of times that it occurs; a policy for moments that all share comes last. */
const movesText = (moves: readonly Move[]): string => {
  const policies = distinct(moves.map(policiesText));
  const lines = distinct(moves.map(({ what }) => what)).map((what) => {
    const those = moves.filter((move) => move.what === what);
    const text = `${what}${times(those.length)}: ${distinct(those.map(layersText)).join(' / ')}`;
    return policies.length === 1 ? text : [text, ...distinct(those.map(policiesText))].join('; ');
  });
  return [...lines, ...(policies.length === 1 ? policies : [])].join('\n');
};

const rowOf = ({ name, plan, moves }: Compared): Row => {
  const share = (flops: number): string => (plan.allFine.matmul === 0 ? '' : percent(flops / plan.allFine.matmul));
  const [steps, shares] = [String(plan.steps), share(plan.total.matmul)];
  const open = plan.least.steps < plan.steps;
  const least = share(plan.least.training.matmul + plan.transfer.matmul);
  return [
    name,
    levelsOf(plan),
    open ? `${steps}\n≥ ${plan.least.steps}` : steps,
    open ? `${shares}\n≥ ${least}` : shares,
    movesText(moves),
  ];
};

const SHARE =
  'Of all fine: FLOPs of training and transfers, relative to the same number of steps on the finest level at the final depth of the pipeline.';
const LEAST = '≥: with the minimum number of steps, where stages have conditional ends.';

export const sideBySideSheet = (all: readonly Compared[]): Sheet => ({
  columns: COLUMNS,
  rows: all.map(rowOf),
  sentences: [
    SHARE,
    ...loopsSentence(all.flatMap(({ plan }) => plan.levels)),
    ...(all.some(({ plan }) => plan.least.steps < plan.steps) ? [LEAST] : []),
  ],
});
