/**
 * A bar of FLOPs for each stage that trains, relative to the complete run on the finest level. For a stage with a conditional end, the bar
 * is filled up to the fewest steps and outlined from there to the most. Levels differ in pattern as well as in colour. Not here: the table
 * of the plan.
 */

import type { Plan, PlannedStage } from '../src/plan/plan.js';
import { indented } from '../src/report/table/arms.js';
import { counted, percent, quantity } from '../src/report/table/format.js';
import { layersPhrase } from '../src/report/table/layers.js';
import { stageLabel } from '../src/report/table/stage-label.js';
import { scrollable } from './sheet-view.js';

/** Further bars are combined into one, since nobody reads more. */
const MOST_BARS = 200;
/** The number of patterns; coarser levels share the last. */
const PATTERNS = 4;

interface Bar {
  readonly label: string;
  readonly flops: number;
  /** The fewest possible. */
  readonly least: number;
  readonly kind: 'stage' | 'rest' | 'total' | 'fine';
  readonly level: number;
}

const leastOf = ({ flopsPerStep, least }: PlannedStage): number => flopsPerStep.matmul * least.steps;

const barOfStage = (stage: PlannedStage): Bar => ({
  label: `${indented(stageLabel(stage.op), stage).trim()}, level ${stage.level}, ${layersPhrase(stage)}`,
  flops: stage.flops.matmul,
  least: leastOf(stage),
  kind: 'stage',
  level: stage.level,
});

const stageBars = ({ stages }: Plan): readonly Bar[] => {
  const trained = stages.filter(({ kind }) => kind === 'train');
  const shown = trained.length > MOST_BARS ? trained.slice(0, MOST_BARS - 1) : trained;
  const rest = trained.slice(shown.length);
  const sum = (of: (stage: PlannedStage) => number): number => rest.reduce((total, stage) => total + of(stage), 0);
  const more: Bar = {
    label: counted(rest.length, 'more stage'),
    flops: sum(({ flops }) => flops.matmul),
    least: sum(leastOf),
    kind: 'rest',
    level: 0,
  };
  return [...shown.map(barOfStage), ...(rest.length === 0 ? [] : [more])];
};

const totalBars = ({ total, training, allFine, least }: Plan): readonly Bar[] => [
  {
    label: 'the pipeline',
    flops: total.matmul,
    least: total.matmul - training.matmul + least.training.matmul,
    kind: 'total',
    level: 0,
  },
  { label: 'as many steps, all fine', flops: allFine.matmul, least: allFine.matmul, kind: 'fine', level: 0 },
];

const span = (className: string, textContent = ''): HTMLSpanElement =>
  Object.assign(document.createElement('span'), { className, textContent });

/** A list, so that a screen reader announces each bar by its label and its number. */
const list = (bars: readonly Bar[], name: string, most: number, whole: number): HTMLUListElement => {
  const made = document.createElement('ul');
  made.setAttribute('aria-label', name);
  const shareOf = (flops: number): string => (whole === 0 ? '' : percent(flops / whole));
  for (const { label, flops, least, kind, level } of bars) {
    const item = document.createElement('li');
    item.className = kind;
    const range = (said: (flops: number) => string): string => (least < flops ? `${said(least)} to ${said(flops)}` : said(flops));
    const share = kind === 'fine' || whole === 0 ? '' : ` (${range(shareOf)})`;
    const track = span('track');
    track.setAttribute('aria-hidden', 'true');
    const width = (part: number): string => `${(100 * part) / most}%`;
    const bar = span(`bar level-${Math.min(level, PATTERNS - 1)}`);
    bar.style.width = width(least);
    track.append(bar);
    if (least < flops) {
      const open = span('bar open');
      open.style.width = width(flops - least);
      track.append(open);
    }
    item.append(span('label', label), track, span('value', `${range((part) => quantity(part, 'FLOP'))}${share}`));
    made.append(item);
  }
  return made;
};

/** Fills `place`, which must be on the page already: the stages' bars in a section that scrolls, those of the complete run below it. */
export const showBars = (place: HTMLElement, plan: Plan): void => {
  const [stages, totals] = [stageBars(plan), totalBars(plan)];
  const most = Math.max(1, ...[...stages, ...totals].map(({ flops }) => flops));
  const scroll = document.createElement('section');
  scroll.className = 'scroll';
  scroll.setAttribute('aria-label', 'Bars of the stages');
  scroll.append(list(stages, 'FLOPs by stage', most, plan.allFine.matmul));
  place.replaceChildren(scroll, list(totals, 'FLOPs in all', most, plan.allFine.matmul));
  scrollable(scroll);
};
