/** A bar of FLOPs for each stage that trains, against all of it on the finest level. Not here: the table of the plan. */
import { counted, percent, quantity } from '../src/report/format.js';
import type { Plan, PlannedStage } from '../src/schedule/plan.js';

/** More bars than these say less. */
const MOST_BARS = 24;

interface Bar {
  readonly label: string;
  readonly flops: number;
  readonly kind: 'stage' | 'rest' | 'total' | 'fine';
  readonly level: number;
}

const barOfStage = ({ op, level, layers, flops }: PlannedStage): Bar => ({
  label: `${op}, level ${level}, ${counted(layers, 'layer')}`,
  flops: flops.matmul,
  kind: 'stage',
  level,
});

const barsOf = ({ stages, total, allFine }: Plan): readonly Bar[] => {
  const trained = stages.filter(({ kind }) => kind === 'train');
  const shown = trained.length > MOST_BARS ? trained.slice(0, MOST_BARS - 1) : trained;
  const rest = trained.slice(shown.length);
  const flopsOfRest = rest.reduce((sum, { flops }) => sum + flops.matmul, 0);
  return [
    ...shown.map(barOfStage),
    ...(rest.length === 0 ? [] : [{ label: counted(rest.length, 'more stage'), flops: flopsOfRest, kind: 'rest' as const, level: 0 }]),
    { label: 'the pipeline', flops: total.matmul, kind: 'total', level: 0 },
    { label: 'as many steps, all fine', flops: allFine.matmul, kind: 'fine', level: 0 },
  ];
};

/** A list: what a screen reader says of a bar is its label and its number. */
export const barsView = (plan: Plan): HTMLElement => {
  const list = document.createElement('ul');
  list.setAttribute('aria-label', 'FLOPs by stage');
  const bars = barsOf(plan);
  const most = Math.max(1, ...bars.map(({ flops }) => flops));
  for (const { label, flops, kind, level } of bars) {
    const item = document.createElement('li');
    item.className = kind;
    const name = Object.assign(document.createElement('span'), { className: 'label', textContent: label });
    const share = plan.allFine.matmul === 0 ? '' : ` (${percent(flops / plan.allFine.matmul)})`;
    const value = Object.assign(document.createElement('span'), {
      className: 'value',
      textContent: `${quantity(flops, 'FLOP')}${kind === 'fine' ? '' : share}`,
    });
    const track = Object.assign(document.createElement('span'), { className: 'track' });
    track.setAttribute('aria-hidden', 'true');
    const bar = Object.assign(document.createElement('span'), { className: `bar level-${Math.min(level, 3)}` });
    bar.style.width = `${(100 * flops) / most}%`;
    track.append(bar);
    item.append(name, track, value);
    list.append(item);
  }
  return list;
};
