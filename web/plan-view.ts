/** The plan as the page shows it: a line about the model, bars, the table. Not here: planning (the worker does it). */
import { count, counted, percent, quantity } from '../src/report/format.js';
import { planSheet } from '../src/report/plan-sheet.js';
import type { Plan } from '../src/schedule/plan.js';
import { barsView } from './bars-view.js';
import { element } from './dom.js';
import type { Planned } from './messages.js';
import { showSheet } from './sheet-view.js';

const section = element('plan-section', HTMLElement);
const note = element('plan-note', HTMLParagraphElement);
const bars = element('bars', HTMLDivElement);
const table = element('plan-table', HTMLElement);
const details = element('plan-details', HTMLDetailsElement);

const show = (words: string, wrong: boolean): void => {
  if (note.textContent !== words) note.textContent = words;
  note.classList.toggle('wrong', wrong);
};

export const showPlanning = (backend: string): void => {
  section.setAttribute('aria-busy', 'true');
  show(`planning on ${backend} …`, false);
};

/** Tau and line searches may cost more than coarse steps save. */
const savingWords = ({ steps, saving }: Plan): string => {
  if (steps === 0) return '';
  const words = saving < 0 ? `; takes ${percent(-saving)} more than` : `; saves ${percent(saving)} of`;
  return `${words} the training FLOPs of as many fine steps`;
};

export const showPlan = ({ plan, model, parameters }: Planned): void => {
  section.setAttribute('aria-busy', 'false');
  show(
    `${count(parameters)} parameters, vocabulary ${model.vocabulary}: ${quantity(plan.total.matmul, 'FLOP')} over ${counted(plan.steps, 'step')}${savingWords(plan)}.`,
    false,
  );
  bars.replaceChildren(barsView(plan));
  showSheet(table, planSheet(plan), 'Cost of each stage, before anything runs');
  details.hidden = false;
};

/** Nothing to show: the pipeline is faulty, or the backend cannot be had. */
export const showNoPlan = (why: string): void => {
  section.setAttribute('aria-busy', 'false');
  show(why, why.startsWith('backend'));
  bars.replaceChildren();
  table.replaceChildren();
  details.hidden = true;
};
