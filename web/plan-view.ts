/** The plan on the page: a line about the model, bars, the table. Not here: planning (in the worker). */

import type { Plan } from '../src/plan/plan.js';
import { plannedWork } from '../src/plan/planned-work.js';
import { cyclePath } from '../src/report/cycle/cycle-path.js';
import { planSheet } from '../src/report/plan/plan-sheet.js';
import { count, counted, percent, quantity } from '../src/report/table/format.js';
import { showBars } from './bars-view.js';
import { showCycle } from './cycle-view.js';
import { element } from './dom.js';
import type { Planned } from './messages.js';
import { showSheet } from './sheet-view.js';

const section = element('plan-section', HTMLElement);
const note = element('plan-note', HTMLParagraphElement);
const cycle = element('cycle', HTMLElement);
const bars = element('bars', HTMLDivElement);
const table = element('plan-table', HTMLElement);
const details = element('plan-details', HTMLDetailsElement);

const show = (words: string, wrong: boolean): void => {
  if (note.textContent !== words) note.textContent = words;
  note.classList.toggle('wrong', wrong);
};

/** Marks the plan shown as out of date. */
export const showStale = (): void => section.setAttribute('aria-busy', 'true');

export const showPlanning = (backend: string): void => {
  showStale();
  show(`planning on ${backend} …`, false);
};

/** Tau and line searches may cost more than coarse steps save. */
const savingWords = ({ steps, saving, least }: Plan): string => {
  if (steps === 0) return '';
  const most = least.steps < steps ? ', if no end is met' : '';
  const words = saving < 0 ? `; takes ${percent(-saving)} more than` : `; saves ${percent(saving)} of`;
  return `${words} the training FLOPs of as many fine steps${most}`;
};

const stepsWords = ({ steps, least }: Plan): string =>
  least.steps < steps ? `${least.steps} to ${counted(steps, 'step')}` : counted(steps, 'step');

export const showPlan = ({ schedule, plan, model, parameters, costs }: Planned): void => {
  section.setAttribute('aria-busy', 'false');
  show(
    `${count(parameters)} parameters, vocabulary ${model.vocabulary}: ${quantity(plan.total.matmul, 'FLOP')} over ${stepsWords(plan)}${savingWords(plan)}.`,
    false,
  );
  details.hidden = false;
  showCycle(cycle, cyclePath('', schedule, plannedWork(plan)));
  showBars(bars, plan);
  const sheet = planSheet(plan);
  showSheet(table, { ...sheet, sentences: [...sheet.sentences, ...costs] }, 'Cost of each stage, before anything runs');
};

/** Shows no plan: the pipeline is invalid, which its own message reports, or it cannot be planned, which is `wrong` here. */
export const showNoPlan = (why: string, { wrong }: { readonly wrong: boolean }): void => {
  section.setAttribute('aria-busy', 'false');
  show(why, wrong);
  cycle.replaceChildren();
  bars.replaceChildren();
  table.replaceChildren();
  details.hidden = true;
};
