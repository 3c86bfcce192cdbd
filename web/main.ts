/** The page: input is verified immediately, planned after a pause, and trained on request. */
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../src/fault.js';
import { counted } from '../src/report/table/format.js';
import type { Schedule } from '../src/schedule/schedule.js';
import { walk } from '../src/schedule/walk/walk.js';
import { element } from './dom.js';
import { chosenBackend, chosenText, readSettings, showVerdict, startForm } from './form.js';
import { commandOf, scheduleOf } from './form-schedule.js';
import type { NamedText } from './messages.js';
import { showNoPlan, showPlan, showPlanning, showStale } from './plan-view.js';
import { showEnded, showEndedAtOnce, showEvent, showRefused, showSampling, showStarting, showStopping } from './run-view.js';
import { createRuns } from './run-workers.js';
import { GENESIS, readTextFile } from './text.js';

const form = element('form', HTMLFormElement);
const runButton = element('run', HTMLButtonElement);
const stopButton = element('stop', HTMLButtonElement);
const device = element('device', HTMLParagraphElement);
const command = element('command', HTMLElement);
const commandText = element('command-text', HTMLSpanElement);
const commandLine = element('command-line', HTMLParagraphElement);
const fileField = element('file', HTMLInputElement);
const fileLabel = element('file-label', HTMLLabelElement);
const textFault = element('text-fault', HTMLParagraphElement);
const runTitle = element('run-title', HTMLHeadingElement);
const runSection = element('run-section', HTMLElement);
/** The same breakpoint as in `style.css`. */
const beside = matchMedia('(min-width: 60rem)');

/** Milliseconds without input after which a plan is made. */
const PAUSE = 200;

/** The text to train on. Left: why there is none. */
let text: E.Either<Fault, NamedText> = E.right(GENESIS);
let textsAsked = 0;
/** The schedule of the form; undefined while the form is invalid. */
let schedule: Schedule | undefined;
/** The schedule cannot be planned, and therefore not be run. */
let planRefused = false;
let running = false;
let stopping = false;
let planning: ReturnType<typeof setTimeout> | undefined;

const showButtons = (): void => {
  runButton.disabled = running || planRefused || schedule === undefined;
  stopButton.disabled = !running;
};

const setRunning = (now: boolean): void => {
  // If the button that had the focus is disabled, the focus moves to the other one.
  const hadFocus = document.activeElement === runButton || document.activeElement === stopButton;
  running = now;
  stopping = false;
  showButtons();
  if (hadFocus) (now ? stopButton : runButton).focus();
};

const runs = createRuns({
  planned: (planned) => {
    showPlan(planned);
    device.textContent = `On ${planned.device}.`;
  },
  planRefused: (message) => {
    planRefused = true;
    showButtons();
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

const sentenceAbout = (sound: Schedule): string => {
  const visits = walk(sound);
  const training = visits.flatMap(({ stage }) => (stage.kind === 'train' ? [stage] : []));
  const steps = training.reduce((sum, stage) => sum + stage.steps, 0);
  const most = training.some(({ until }) => until !== undefined) ? 'at most ' : '';
  return `Sound: ${counted(visits.length, 'stage')}, ${most}${counted(steps, 'training step')}.`;
};

/** The schedule of the form, whose faults are shown in the form. */
const readSchedule = (): Schedule | undefined => {
  const settings = readSettings(E.isRight(text) ? text.right.name : 'none');
  const verified = scheduleOf(settings);
  showVerdict(E.isLeft(verified) ? verified.left : undefined, E.isRight(verified) ? sentenceAbout(verified.right) : '');
  const sound = E.isRight(text) && E.isRight(verified) ? verified.right : undefined;
  commandLine.hidden = sound === undefined;
  command.textContent = sound === undefined ? '' : commandOf(settings, chosenBackend());
  commandText.hidden = chosenText() === 'file';
  return sound;
};

const planSoon = (sound: Schedule): void => {
  showStale();
  planning = setTimeout(() => {
    showPlanning(chosenBackend());
    runs.plan(sound, chosenBackend());
  }, PAUSE);
};

const read = (): void => {
  clearTimeout(planning);
  runs.forgetPlan();
  planRefused = false;
  schedule = undefined;
  // Even after a bug, no schedule may remain that differs from the form.
  try {
    schedule = readSchedule();
  } finally {
    showButtons();
    if (schedule === undefined)
      showNoPlan(`There is no plan ${E.isLeft(text) ? 'without a text' : 'of a faulty pipeline'}.`, { wrong: false });
    else planSoon(schedule);
  }
};

const useText = (next: E.Either<Fault, NamedText>): void => {
  const known = E.isRight(next) && E.isRight(text) && next.right === text.right;
  text = next;
  textFault.hidden = E.isRight(next);
  textFault.textContent = E.isLeft(next) ? next.left.message : '';
  textFault.classList.toggle('wrong', E.isLeft(next));
  if (E.isRight(next) && !known) runs.useText(next.right);
};

/** Reads the text, then the form; a file that is read slowly does not replace one that was chosen later. */
const readAll = async (): Promise<void> => {
  textsAsked += 1;
  const asked = textsAsked;
  const own = chosenText() === 'file';
  fileLabel.hidden = !own;
  // A run must not start on a text that is no longer selected.
  schedule = undefined;
  showButtons();
  const found = own ? await readTextFile(fileField.files?.[0]) : E.right(GENESIS);
  if (asked !== textsAsked) return;
  useText(found);
  read();
};

startForm(() => {
  void readAll();
});
form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (schedule === undefined || planRefused || running) return;
  setRunning(true);
  showStarting(chosenBackend());
  runs.run(schedule, chosenBackend());
  // If the run is below the form, the page scrolls to it; beside the form, it only has to be visible.
  if (beside.matches) runTitle.scrollIntoView({ block: 'nearest' });
  else runSection.scrollIntoView({ block: 'start' });
});
/** Like Ctrl-C on the command line: the first call requests a clean stop, the second one ends the run. */
const stop = (): void => {
  if (stopping) {
    runs.end();
    setRunning(false);
    showEndedAtOnce();
    return;
  }
  stopping = true;
  runs.stop();
  showStopping();
};
stopButton.addEventListener('click', ({ detail }) => {
  // A double click counts as one.
  if (detail < 2) stop();
});
runs.useText(GENESIS);
void readAll();
