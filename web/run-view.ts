/** A run on the page: its progress, its curves, its end. Stages are announced to a screen reader, steps are not. */
import { match } from 'ts-pattern';
import { cyclePath } from '../src/report/cycle/cycle-path.js';
import { createMeter } from '../src/report/run/meter.js';
import { endPhrase, runSheet } from '../src/report/run/run-sheet.js';
import { layersPhrase } from '../src/report/table/layers.js';
import { stageLabel } from '../src/report/table/stage-label.js';
import type { RunEvent, RunOutcome, StageRecord } from '../src/runner/events/events.js';
import { createCurves } from './curves-view.js';
import { type ShownCycle, showCycle } from './cycle-view.js';
import { element } from './dom.js';
import type { Ended } from './messages.js';
import { pace } from './motion.js';
import { showSheet } from './sheet-view.js';

const status = element('status', HTMLParagraphElement);
const progress = element('progress', HTMLProgressElement);
const words = element('words', HTMLParagraphElement);
const fault = element('fault', HTMLParagraphElement);
const ends = element('ends', HTMLUListElement);
const cyclePlace = element('run-cycle', HTMLElement);
const charts = element('charts', HTMLDivElement);
const ended = element('ended', HTMLDivElement);
const kept = element('kept', HTMLDivElement);
const save = element('save', HTMLAnchorElement);
const sample = element('sample', HTMLPreElement);
const sampleSection = element('sample-section', HTMLElement);
const table = element('run-table', HTMLElement);

const meter = createMeter();
const curves = createCurves();
let cycle: ShownCycle | undefined;
/** Milliseconds between two updates of the meter: numbers that change with every step are unreadable. */
const INTERVAL = 150;
const CALM_INTERVAL = 2000;
let shownAt = 0;
let stages = 0;
/** Of the present stage. */
let stageSteps = 1;

const showMeter = (): void => {
  progress.value = meter.share();
  const parts = meter.words().map(({ text }) => Object.assign(document.createElement('span'), { textContent: text }));
  words.replaceChildren(...parts);
  words.hidden = parts.length === 0;
  shownAt = performance.now();
};

const sayFault = (message: string | undefined): void => {
  fault.hidden = message === undefined;
  fault.textContent = message ?? '';
};

/** Shows how a stage with a conditional end ended. */
const showEnd = (record: StageRecord): void => {
  if (record.endedBy === undefined) return;
  const textContent = `Stage ${record.index + 1}, ${stageLabel(record.op)}: ${endPhrase(record)}`;
  ends.append(Object.assign(document.createElement('li'), { textContent }));
  ends.hidden = false;
};

export const showStarting = (backend: string): void => {
  status.textContent = `starting ${backend} …`;
  sayFault(undefined);
  ended.hidden = true;
  charts.hidden = true;
  cyclePlace.hidden = true;
  words.hidden = true;
  ends.hidden = true;
  ends.replaceChildren();
  progress.hidden = false;
  progress.value = 0;
};

export const showEvent = (event: RunEvent): void => {
  meter.observe(event);
  curves.add(event);
  match(event)
    .with({ kind: 'run-started' }, ({ stages: all, schedule, work = [] }) => {
      stages = all.length;
      cyclePlace.hidden = false;
      cycle = showCycle(cyclePlace, cyclePath('', schedule, work));
    })
    .with({ kind: 'stage-started' }, ({ stage }) => {
      const { index, op, level, steps } = stage;
      stageSteps = steps;
      cycle?.at({ stage: index, share: 0 });
      status.textContent = `Stage ${index + 1} of ${stages}: ${stageLabel(op)}, on level ${level} with ${layersPhrase(stage)}`;
    })
    .with({ kind: 'stage-ended' }, ({ record }) => showEnd(record))
    .with({ kind: 'step' }, ({ stage, stageStep }) => {
      if (performance.now() - shownAt <= pace(INTERVAL, CALM_INTERVAL)) return;
      showMeter();
      cycle?.at({ stage, share: stageStep / stageSteps });
    })
    .with({ kind: 'run-ended' }, ({ outcome }) => {
      showMeter();
      // After early ends, steps of the plan remain that will never be run.
      if (outcome.kind === 'finished') {
        progress.value = 1;
        cycle?.at({ stage: stages, share: 0 });
      }
      void curves.draw();
    })
    .otherwise(() => undefined);
};

export const showSampling = (): void => {
  status.textContent = 'Trained; sampling a text …';
};

export const showStopping = (): void => {
  status.textContent = 'Stopping after this step and keeping what it has; press Stop again to end at once, which keeps nothing.';
};

export const showEndedAtOnce = (): void => {
  status.textContent = 'Ended at once; nothing of this run is kept.';
  progress.hidden = true;
  void curves.draw();
};

export const showRefused = (message: string): void => {
  status.textContent = 'Not run.';
  progress.hidden = true;
  sayFault(message);
};

const sentenceOf = (outcome: RunOutcome): string =>
  match(outcome)
    .with({ kind: 'finished' }, () => 'Finished.')
    .with(
      { kind: 'interrupted' },
      ({ step, stage }) => `Stopped at step ${step}, in stage ${stage + 1}; the model is what was learnt so far.`,
    )
    .with({ kind: 'diverged' }, () => 'Diverged; the model is the last good one.')
    .with({ kind: 'failed' }, () => 'Failed.')
    .exhaustive();

/** What went wrong, with the remedy in terms of the page's form. */
const faultOf = (outcome: RunOutcome, stages: readonly StageRecord[]): string | undefined =>
  match(outcome)
    .with({ kind: 'diverged' }, ({ found, stage }) =>
      stages.some(({ index, kind }) => index === stage && kind !== 'train')
        ? `${found}; take smaller numbers in its transfers`
        : `${found}; lower the learning rate or take more warm-up steps`,
    )
    .with({ kind: 'failed' }, ({ message }) => message)
    .with({ kind: 'finished' }, { kind: 'interrupted' }, () => undefined)
    .exhaustive();

const showFile = (file: Uint8Array<ArrayBuffer> | undefined): void => {
  if (save.href.startsWith('blob:')) URL.revokeObjectURL(save.href);
  kept.hidden = file === undefined;
  if (file !== undefined) save.href = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }));
};

export const showEnded = ({ outcome, stages: records, plan, bytesPerToken, file, sample: text, trouble }: Ended): void => {
  status.textContent = sentenceOf(outcome);
  sayFault(faultOf(outcome, records) ?? trouble);
  showFile(file);
  sampleSection.hidden = text === undefined;
  sample.textContent = text?.trim() ?? '';
  ended.hidden = false;
  showSheet(table, runSheet(records, plan, bytesPerToken), 'What each stage cost and learnt');
};
