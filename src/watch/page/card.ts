/**
 * A run's card: its status, its progress, its losses, and a strip of its stages. Not here: curves (`chart.ts`).
 */
import { count, counted, loss, lossInBoth } from '../../report/table/format.js';
import type { Point, Progress, WatchedCycle, WatchedFigure, WatchedRun, WatchedStage } from '../messages.js';

const make = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  ...inside: readonly (string | Node)[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...inside);
  return made;
};

const figure = (name: string, value: string): HTMLElement => make('span', '', make('b', '', `${name} `), value);

/** States the network of the loss, since a transfer leads to another network without a step. */
const validationPhrase = (found: WatchedFigure | undefined): readonly string[] => {
  if (found?.validation !== undefined)
    return [
      `${lossInBoth(found.validation, found.bitsPerByte)} at step ${found.step}, level ${found.level}, ${counted(found.layers, 'layer')}`,
    ];
  return found?.missing === undefined ? [] : [`none: ${found.missing}`];
};

/** Completed steps of the stage, when the run is at `step`. */
const doneOf = ({ done, steps, firstStep, thrownSteps }: WatchedStage, step: number): number =>
  done ? 1 : steps === 0 ? 0 : (step - firstStep - thrownSteps) / steps;

const SVG = 'http://www.w3.org/2000/svg';

/** The run's cycle, and what moves the line for its place. The text is the server's own picture, in which names are escaped. */
const cyclePicture = ({
  svg,
  left,
  width,
  top,
  bottom,
}: WatchedCycle): { readonly element: Element; readonly at: (place: number) => void } => {
  const element = document.importNode(new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement, true);
  const line = document.createElementNS(SVG, 'path');
  line.setAttribute('class', 'place');
  element.append(line);
  return { element, at: (place) => line.setAttribute('d', `M${left + width * place} ${top}V${bottom}`) };
};

const stageStrip = (stages: readonly WatchedStage[], step: number): HTMLElement => {
  const list = make('ol', 'stages');
  for (const stage of stages) {
    const item = make('li', '', stage.op);
    item.title = `${stage.op}: level ${stage.level}, ${counted(stage.layers, 'layer')}`;
    if (stage.steps > 0) {
      const bar = make('progress', '');
      bar.max = 1;
      bar.value = doneOf(stage, step);
      item.append(bar);
    }
    list.append(item);
  }
  return list;
};

export const card = (
  run: WatchedRun,
  colour: string,
): {
  readonly element: HTMLElement;
  readonly show: (progress: Progress, last: Point | undefined) => void;
} => {
  const line = make('i', '');
  line.style.borderTopColor = colour;
  const status = make('span', 'status');
  const figures = make('div', 'figures');
  const strip = make('div', '');
  const cycle = run.cycle === undefined ? undefined : cyclePicture(run.cycle);
  const element = make('article', 'run', make('h2', '', line, run.name, status), make('code', '', run.pipeline), figures, strip);
  if (cycle !== undefined) element.insertBefore(make('div', 'cycle', cycle.element), strip);
  return {
    element,
    show: ({ status: said, place, stages, figure: validation, resumes, returns, thrownSteps, tokensPerSecond }, last) => {
      const step = last?.[0] ?? 0;
      const stage = stages.at(-1);
      status.textContent = said;
      figures.replaceChildren(
        figure('step', `${step - thrownSteps} of ${run.steps}`),
        figure('stage', `${stages.length} of ${run.stageCount}`),
        ...(stage === undefined ? [] : [figure('level', `${stage.level}, ${counted(stage.layers, 'layer')}`)]),
        ...(last === undefined ? [] : [figure('training loss', loss(last[2])), figure('FLOPs', count(last[1]))]),
        ...validationPhrase(validation).map((words) => figure('validation loss', words)),
        ...(said === 'running' ? [figure('tokens/s', count(Math.round(tokensPerSecond)))] : []),
        ...(resumes === 0 ? [] : [figure('resumed', resumes === 1 ? 'once' : `${resumes} times`)]),
        ...(returns === 0 ? [] : [figure('spikes', `${returns}, ${counted(thrownSteps, 'step')} thrown away`)]),
        figure('on', run.backend),
      );
      if (place !== undefined) cycle?.at(place);
      strip.replaceChildren(stageStrip(stages, step));
    },
  };
};
