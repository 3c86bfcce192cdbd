/**
 * The page's script: receives runs from the server and shows them, all curves in one chart, and a card with stages for each run. Names and
 * sentences of runs are inserted as text, never as HTML.
 */
import type { Point, Progress, WatchedRun, WatchMessage } from '../messages.js';
import { card } from './card.js';
import { type Curve, createChart } from './chart.js';

interface Seen {
  readonly run: WatchedRun;
  readonly training: Point[];
  readonly validation: Point[];
  progress: Progress;
  readonly element: HTMLElement;
  readonly show: (progress: Progress, last: Point | undefined) => void;
}

/** Okabe and Ito's palette, which colour-blind readers can distinguish; dashes distinguish the curves in print. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#777777'] as const;
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3]] as const;

const element = <T extends HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page lacks #${id}`);
  return found as T;
};

const runs = new Map<number, Seen>();
const chart = createChart(element('chart'));
let stale = false;

const axis = (): 'steps' | 'flops' =>
  document.querySelector<HTMLInputElement>('input[name=axis]:checked')?.value === 'flops' ? 'flops' : 'steps';

const curveOf = ({ run, training, validation, progress }: Seen, index: number): Curve => ({
  name: run.name,
  colour: COLOURS[index % COLOURS.length] ?? '#000000',
  dash: DASHES[Math.floor(index / COLOURS.length) % DASHES.length] ?? [],
  training,
  validation,
  // Changes of level: the first stage needs no mark.
  boundaries: progress.stages
    .filter((stage, at) => at > 0 && stage.steps === 0)
    .map(({ firstStep, firstFlops }) => [firstStep, firstFlops]),
});

const draw = (): void => {
  stale = false;
  chart.draw([...runs.values()].map(curveOf), axis(), Number(element<HTMLInputElement>('smoothing').value));
};

/** Redraws at most once per frame, however many messages arrive. */
const redraw = (): void => {
  if (stale) return;
  stale = true;
  requestAnimationFrame(draw);
};

const cards = element('runs');
/** The notes on runs that cannot be read, until they can. */
const notes = new Map<number, HTMLElement>();

const see = (run: WatchedRun, progress: Progress): void => {
  const before = runs.get(run.id);
  const index = before === undefined ? runs.size : [...runs.keys()].indexOf(run.id);
  const made = card(run, COLOURS[index % COLOURS.length] ?? '#000000');
  made.element.addEventListener('pointerenter', () => chart.focus(index));
  made.element.addEventListener('pointerleave', () => chart.focus(undefined));
  if (before === undefined) cards.append(made.element);
  else before.element.replaceWith(made.element);
  runs.set(run.id, { run, training: [...progress.training], validation: [...progress.validation], progress, ...made });
  document.getElementById('empty')?.remove();
};

const showCard = (id: number): void => {
  const seen = runs.get(id);
  seen?.show(seen.progress, seen.training.at(-1));
};

const idOf = (message: WatchMessage): number => {
  if (message.kind === 'unreadable') return message.id;
  return message.kind === 'run' ? message.run.id : message.progress.id;
};

const receive = (message: WatchMessage): void => {
  notes.get(idOf(message))?.remove();
  if (message.kind === 'unreadable') {
    const said = document.createElement('p');
    said.className = 'note';
    said.textContent = `${message.name} cannot be read: ${message.reason}`;
    cards.append(said);
    notes.set(message.id, said);
    document.getElementById('empty')?.remove();
    return;
  }
  if (message.kind === 'run') see(message.run, message.progress);
  else {
    const seen = runs.get(message.progress.id);
    if (seen === undefined) return;
    for (const point of message.progress.training) seen.training.push(point);
    for (const point of message.progress.validation) seen.validation.push(point);
    seen.progress = message.progress;
  }
  showCard(message.progress.id);
  redraw();
};

const connection = element('connection');
const source = new EventSource('/events');
source.onopen = () => {
  connection.textContent = 'live';
};
source.onerror = () => {
  connection.textContent = 'the server has gone; what is here is what there was';
};
source.onmessage = ({ data }) => receive(JSON.parse(data));
for (const input of document.querySelectorAll('header input')) input.addEventListener('input', redraw);
addEventListener('resize', redraw);
