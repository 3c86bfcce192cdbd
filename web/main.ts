/** The page: what is typed is verified at once, planned a moment later, and trained when asked. */
import * as E from 'fp-ts/lib/Either.js';
import { counted } from '../src/report/format.js';
import type { Schedule } from '../src/schedule/schedule.js';
import { walk } from '../src/schedule/walk.js';
import { element } from './dom.js';
import { chosenBackend, chosenText, readSettings, showVerdict, startForm } from './form.js';
import type { NamedText } from './messages.js';
import { showNoPlan, showPlan, showPlanning } from './plan-view.js';
import { showEnded, showEvent, showRefused, showSampling, showStarting } from './run-view.js';
import { createRuns } from './runs.js';
import { commandOf, scheduleOf } from './settings.js';
import { GENESIS, readTextFile } from './text.js';

const form = element('form', HTMLFormElement);
const runButton = element('run', HTMLButtonElement);
const stopButton = element('stop', HTMLButtonElement);
const device = element('device', HTMLParagraphElement);
const command = element('command', HTMLElement);
const commandLine = element('command-line', HTMLParagraphElement);
const fileField = element('file', HTMLInputElement);
const fileLabel = element('file-label', HTMLLabelElement);
const textFault = element('text-fault', HTMLParagraphElement);
const runTitle = element('run-title', HTMLHeadingElement);

/** Milliseconds of silence after which a plan is made. */
const PAUSE = 200;

let text: NamedText = GENESIS;
/** What the form means, once it means something. */
let schedule: Schedule | undefined;
let running = false;
let planning: ReturnType<typeof setTimeout> | undefined;

const showButtons = (): void => {
  runButton.disabled = running || schedule === undefined;
  stopButton.disabled = !running;
};

const setRunning = (now: boolean): void => {
  // A button that goes away under the finger must not take the focus with it.
  const hadFocus = document.activeElement === runButton || document.activeElement === stopButton;
  running = now;
  showButtons();
  if (hadFocus) (now ? stopButton : runButton).focus();
};

const runs = createRuns({
  planned: (planned) => {
    showPlan(planned);
    device.textContent = `On ${planned.device}.`;
  },
  planRefused: (message) => {
    showNoPlan(message, { wrong: true });
    device.textContent = '';
  },
  event: showEvent,
  sampling: showSampling,
  ended: (ended) => {
    setRunning(false);
    showEnded(ended);
  },
  runRefused: (message) => {
    setRunning(false);
    showRefused(message);
  },
});

const soundWords = (sound: Schedule): string => {
  const visits = walk(sound);
  const training = visits.flatMap(({ stage }) => (stage.kind === 'train' ? [stage] : []));
  const steps = training.reduce((sum, stage) => sum + stage.steps, 0);
  const most = training.some(({ until }) => until !== undefined) ? 'at most ' : '';
  return `Sound: ${counted(visits.length, 'stage')}, ${most}${counted(steps, 'training step')}.`;
};

/** The schedule that the form means; what is wrong with it is said there. */
const readSchedule = (): Schedule | undefined => {
  const settings = readSettings(text.name);
  const verified = scheduleOf(settings);
  showVerdict(E.isLeft(verified) ? verified.left : undefined, E.isRight(verified) ? soundWords(verified.right) : '');
  commandLine.hidden = E.isLeft(verified);
  command.textContent = E.isRight(verified) ? commandOf(settings) : '';
  return E.isRight(verified) ? verified.right : undefined;
};

const planSoon = (sound: Schedule): void => {
  planning = setTimeout(() => {
    showPlanning(chosenBackend());
    runs.plan(sound, chosenBackend());
  }, PAUSE);
};

const read = (): void => {
  clearTimeout(planning);
  schedule = undefined;
  // Even a bug must not leave a schedule that the form no longer shows.
  try {
    schedule = readSchedule();
  } finally {
    showButtons();
    if (schedule === undefined) showNoPlan('There is no plan of a faulty pipeline.', { wrong: false });
    else planSoon(schedule);
  }
};

const useText = (next: NamedText): void => {
  text = next;
  runs.useText(next);
};

const readText = async (): Promise<void> => {
  const own = chosenText() === 'file';
  fileLabel.hidden = !own;
  const [file] = own ? (fileField.files ?? []) : [];
  const found = file === undefined ? E.right(GENESIS) : await readTextFile(file);
  textFault.hidden = E.isRight(found);
  textFault.textContent = E.isLeft(found) ? `${found.left.message}; until then the text is ${text.name}` : '';
  textFault.classList.toggle('wrong', E.isLeft(found));
  if (E.isRight(found) && found.right !== text) useText(found.right);
};

startForm(() => {
  void readText().then(read);
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (schedule === undefined || running) return;
  setRunning(true);
  showStarting(chosenBackend());
  runs.run(schedule, chosenBackend());
  runTitle.scrollIntoView({ block: 'nearest' });
});
stopButton.addEventListener('click', () => runs.stop());
useText(GENESIS);
read();
