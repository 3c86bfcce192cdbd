/**
 * Continuing a run that was ended by a crash, a signal or a full disk, from its newest intact checkpoint: on the same backend to the same bits as an
 * uninterrupted run, on another to the same losses within its precision. Not here: the run itself (`stage-machine.ts`).
 */

import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { arithmeticOf, type Backend, type Capabilities, faultOf } from '../backend.js';
import { joined } from '../byte-pieces.js';
import type { Dataset } from '../data/dataset.js';
import { type Fault, inputFault } from '../fault.js';
import type { SizedModel } from '../model/family.js';
import { notFinite } from '../model/finite.js';
import { planVerified, sizedModel } from '../plan/plan-schedule.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';
import { verify } from '../schedule/verify/verify.js';
import { resolve } from '../transfer/resolve.js';
import { openArms } from './arms/arms-at-once.js';
import { decodeCheckpoint, weightsOf } from './checkpoints/checkpoint.js';
import { fitted } from './checkpoints/fits.js';
import type { Checkpoint, CheckpointPlace } from './checkpoints/saved-state.js';
import type { RunEvent } from './events/events.js';
import { type ReopenedFolder, RUN_FILES, type Unfinished } from './folder/run-folder.js';
import { unchanged } from './folder/unfinished.js';
import { type Begun, pinInitial } from './initial-weights.js';
import { keepsDocuments } from './keeps-documents.js';
import { LevelStack } from './levels/level-stack.js';
import { RunMemory } from './levels/run-memory.js';
import { historyUpTo, type RunHistory, resumesIn } from './run-history.js';
import { DEFAULT_CHECKPOINTS, type ResumeOptions, resumeFaultOf } from './run-rules.js';
import { begin, carryOut, type RunSummary } from './stage-machine.js';
import { conditionsOf } from './state/kept-states.js';
import { conditionsFor } from './state/run-inputs.js';
import { RunState } from './state/run-state.js';
import { digestOf, fitsStages } from './state/stage-data.js';
import type { Stop } from './state/stop.js';

interface Found {
  readonly file: string;
  readonly checkpoint: Checkpoint;
  readonly history: RunHistory;
}

type PassedOver = Extract<RunEvent, { kind: 'run-resumed' }>['passedOver'];

/** The history before a checkpoint. Left: why it is not there. */
const stepsBefore = (events: Uint8Array, { events: count, step }: CheckpointPlace): E.Either<string, RunHistory> => {
  const history = historyUpTo(events, count);
  if (E.isLeft(history)) return E.left(history.left.message);
  const { steps } = history.right;
  return steps === step ? history : E.left(`${RUN_FILES.events} tells of ${steps} steps before it, and it is of step ${step}`);
};

/** A checkpoint of this schedule, with the history before it. Left: why a run cannot continue from it. */
const usable = (read: Checkpoint, schedule: Schedule, model: SizedModel, events: Uint8Array): E.Either<string, Omit<Found, 'file'>> => {
  const checkpoint = fitted(read, schedule, model);
  if (E.isLeft(checkpoint)) return checkpoint;
  const history = stepsBefore(events, read.place);
  return E.isLeft(history) ? history : E.right({ checkpoint: checkpoint.right, history: history.right });
};

/**
 * The newest checkpoint that is intact, a state of this schedule with finite weights, and whose events are there. One of another version, or
 * schedule, is a fault.
 */
const findCheckpoint = (
  folder: ReopenedFolder,
  schedule: Schedule,
  model: SizedModel,
  events: Uint8Array,
): E.Either<Fault, { readonly found: Found | undefined; readonly passedOver: PassedOver }> => {
  const passedOver: { file: string; reason: string }[] = [];
  const files = folder.checkpoints();
  if (E.isLeft(files)) return files;
  for (const file of files.right) {
    const bytes = folder.read(file);
    const read = E.isLeft(bytes) ? bytes : decodeCheckpoint(bytes.right);
    if (E.isLeft(read)) {
      if (read.left.kind === 'input') return E.left(inputFault(`${folder.path}/${file}: ${read.left.message}`));
      passedOver.push({ file, reason: read.left.message });
      continue;
    }
    const unfit = notFinite(weightsOf(read.right));
    if (unfit !== undefined) {
      passedOver.push({ file, reason: unfit.message });
      continue;
    }
    if (read.right.place.scheduleHash !== scheduleHash(schedule))
      return E.left(inputFault(`${folder.path}/${file} is of another schedule than ${RUN_FILES.schedule}; put back the one that was run`));
    const found = usable(read.right, schedule, model, events);
    if (E.isRight(found)) return E.right({ found: { file, ...found.right }, passedOver });
    passedOver.push({ file, reason: found.left });
  }
  return E.right({ found: undefined, passedOver });
};

/** What must be unchanged for the run to be the same run. */
const sameConditions = ({ folder, schedule, started, damage, summary }: Unfinished, dataset: Dataset): E.Either<Fault, void> => {
  if (damage !== undefined) return E.left(inputFault(`${folder}: ${damage}; put back a copy of it`));
  const outcome = summary?.outcome.kind;
  if (outcome === 'finished') return E.left(inputFault(`${folder} has finished; there is nothing to resume`));
  if (outcome === 'diverged')
    return E.left(
      inputFault(`${folder} diverged, and would do so again; change the schedule (a lower learning rate, a clip) and start again`),
    );
  const { dataDigest } = digestOf(schedule, dataset);
  return started !== undefined && started.dataDigest !== dataDigest
    ? E.left(
        inputFault(`${folder}: the text is not the one that the run began with; put that one back (its SHA-256 is ${started.dataDigest})`),
      )
    : E.right(undefined);
};

const arithmeticPhrase = ({ precision, compiled }: Pick<Capabilities, 'precision' | 'compiled'>): string =>
  `${precision}, ${compiled === true ? 'compiled' : 'not compiled'}`;

/** Products in bf16, and compiled programs, are not mere rounding: they would make it a different run. */
const sameArithmetic = ({ folder, started }: Unfinished, { name, capabilities }: Backend): E.Either<Fault, void> => {
  const began = {
    precision: started?.precision ?? 'f32',
    ...(started?.compiled === undefined ? {} : { compiled: started.compiled }),
  } as const;
  const same =
    (began.precision === 'bf16') === (capabilities.precision === 'bf16') && (began.compiled === true) === (capabilities.compiled === true);
  return started === undefined || same
    ? E.right(undefined)
    : E.left(
        inputFault(
          `${folder} began in ${arithmeticPhrase(began)}, and ${name} would continue in ${arithmeticPhrase(capabilities)}: another run; resume it as it began`,
        ),
      );
};

/** The stack and the memory of the checkpoint; initial ones where there is none. */
const restored = async (
  { backend, initial }: ResumeOptions,
  model: SizedModel,
  schedule: Schedule,
  checkpoint: Checkpoint | undefined,
): Promise<E.Either<Fault, { readonly stack: LevelStack; readonly memory: RunMemory }>> => {
  const { optimizer, seed } = schedule.setup;
  if (checkpoint !== undefined) return E.mapLeft(faultOf)(await LevelStack.restore(backend, model, optimizer, seed, checkpoint));
  const begun = pinInitial(schedule, initial);
  if (E.isLeft(begun)) return begun;
  const stack = await LevelStack.create(backend, model, optimizer, seed, begun.right.pretrained?.parameters);
  return E.bimap(faultOf, (stack: LevelStack) => ({ stack, memory: new RunMemory(stack.store) }))(stack);
};

/** Where the run continues: the checkpoint, if there was a usable one, and the newer unusable ones. */
interface Resumption {
  readonly found: Found | undefined;
  readonly passedOver: PassedOver;
  readonly resumes: number;
}

interface Ready extends Resumption {
  readonly state: RunState;
}

/** The schedule that the caller expects, with the digest of its initial weights added where it is missing. */
const pinnedSchedule = ({ schedule, initial }: ResumeOptions): E.Either<Fault, Schedule | undefined> => {
  if (schedule?.setup.initial === undefined || schedule.setup.initial.digest !== undefined) return E.right(schedule);
  return E.map((begun: Begun) => begun.schedule)(pinInitial(schedule, initial));
};

/** Everything except the training, in a folder that this process has locked. */
const prepare = async (folder: ReopenedFolder, dataset: Dataset, options: ResumeOptions): Promise<E.Either<Fault, Ready>> => {
  const { backend } = options;
  const read = options.folder.unfinished();
  if (E.isLeft(read)) return read;
  const { schedule, started } = read.right;
  const pinned = pinnedSchedule(options);
  if (E.isLeft(pinned)) return pinned;
  const expected = unchanged(read.right, pinned.right);
  if (E.isLeft(expected)) return expected;
  const same = sameConditions(read.right, dataset);
  if (E.isLeft(same)) return same;
  const alike = sameArithmetic(read.right, backend);
  if (E.isLeft(alike)) return alike;
  const kept = keepsDocuments(schedule, dataset);
  if (E.isLeft(kept)) return kept;
  const stageData = fitsStages(schedule, dataset);
  if (E.isLeft(stageData)) return stageData;
  const model = sizedModel(schedule, dataset.vocabulary);
  if (E.isLeft(model)) return model;
  const plan = planVerified(schedule, { vocabulary: dataset.vocabulary, capabilities: backend.capabilities });
  if (E.isLeft(plan)) return plan;
  const armed = await openArms(backend, resolve(schedule));
  if (E.isLeft(armed)) return armed;
  const bytes = E.map(joined)(folder.read(RUN_FILES.events));
  if (E.isLeft(bytes)) return bytes;
  const chosen = findCheckpoint(folder, schedule, model.right, bytes.right);
  if (E.isLeft(chosen)) return chosen;
  const { found, passedOver } = chosen.right;
  options.planned?.(plan.right);
  const held = await restored(options, model.right, schedule, found?.checkpoint);
  if (E.isLeft(held)) return held;
  const { stack, memory } = held.right;
  const cleared = clear(folder, found, passedOver);
  if (E.isLeft(cleared)) {
    memory.forget('');
    stack.release();
    return cleared;
  }
  const resumes = resumesIn(bytes.right) + 1;
  const state = new RunState(
    {
      schedule,
      ...(started?.named === undefined ? {} : { named: started.named }),
      model: model.right,
      dataset,
      plan: plan.right,
      backend,
      folder,
      stack,
      memory,
      checkpoints: options.checkpoints ?? started?.checkpoints ?? DEFAULT_CHECKPOINTS,
      listeners: options.listeners ?? [],
      signal: options.signal,
      ...(options.states === undefined ? {} : { states: options.states }),
      ...(isMixed(options, found) ? { mixed: true } : {}),
      // Without a checkpoint it begins again, and trains everything.
      ...(found === undefined || started?.reused === undefined ? {} : { reused: started.reused }),
    },
    found === undefined ? undefined : continuation(folder, found),
  );
  return E.right({ state, found, passedOver, resumes });
};

/** Whether some of the run so far was computed under other conditions than those of the states that are to be kept. */
const isMixed = ({ states, backend }: ResumeOptions, found: Found | undefined): boolean => {
  if (states === undefined || found === undefined) return false;
  const now = conditionsOf({ backend }, states.facts);
  return found.history.conditions.some((conditions) => conditions !== now);
};

const continuation = (folder: ReopenedFolder, { file, checkpoint, history }: Found) => {
  const { good } = checkpoint.place;
  // The checkpoint to fall back on may be the damaged one.
  const there = good !== undefined && E.exists((files: readonly string[]) => files.includes(good))(folder.checkpoints());
  const place = { ...checkpoint.place, good: there ? good : undefined };
  return { place, file, records: history.records, progress: history.progress, earlierSeconds: history.seconds };
};

/** Removes what the ended run left after its checkpoint: its last events, its summary, unusable checkpoints. */
const clear = (folder: ReopenedFolder, found: Found | undefined, passedOver: PassedOver): E.Either<Fault, void> => {
  const summary = folder.remove(RUN_FILES.summary);
  if (E.isLeft(summary)) return summary;
  for (const { file } of passedOver) {
    const aside = folder.setAside(file);
    if (E.isLeft(aside)) return aside;
  }
  return folder.cutEvents(found?.history.bytes ?? 0);
};

/** Reports where the run continues. Listeners did not receive the first event, so they get it again. */
const reopen = async (run: RunState, { found, passedOver, resumes }: Resumption): Promise<Stop | undefined> => {
  const { backend } = run.given;
  const { device, versions } = backend.capabilities;
  const stopped = found === undefined ? await begin(run) : undefined;
  if (found !== undefined) {
    run.tell(found.history.started);
    if (found.history.stage !== undefined) run.tell(found.history.stage);
  }
  run.emit({
    kind: 'run-resumed',
    backend: backend.name,
    device,
    versions,
    ...arithmeticOf(backend.capabilities),
    ...conditionsFor(run.given),
    ...(found === undefined ? {} : { checkpoint: found.file }),
    passedOver,
    stage: found?.checkpoint.place.stage ?? 0,
    step: run.step,
    flops: run.flops.matmul,
    resumes,
  });
  if (run.given.mixed === true)
    run.given.states?.tell(
      'no state of this run is kept from here on: it was begun without keeping any, or on another backend or machine, in other versions, or with another number of threads',
    );
  // The checkpoint of a step whose evaluation is pending is written again with it.
  if (found !== undefined && found.checkpoint.place.phase !== 'stepped')
    run.emit({ kind: 'checkpointed', step: run.step, file: found.file });
  return stopped;
};

/**
 * Continues the run in `options.folder`.
 *
 * Right and Left as for `run`; Left also where the run has finished or diverged, is being written, or is not the same run (its schedule or its text
 * has changed).
 */
export const resume =
  (dataset: Dataset, options: ResumeOptions): TaskEither<Fault, RunSummary> =>
  async () => {
    const wrong = resumeFaultOf(dataset, options);
    if (wrong !== undefined) return E.left(inputFault(wrong));
    const expected = options.schedule === undefined ? E.right(undefined) : verify(options.schedule);
    if (E.isLeft(expected)) return expected;
    const readable = options.folder.unfinished();
    if (E.isLeft(readable)) return readable;
    const folder = options.folder.reopen();
    if (E.isLeft(folder)) return folder;
    const ready = await prepare(folder.right, dataset, options);
    if (E.isLeft(ready)) {
      folder.right.close();
      return ready;
    }
    const { state, resumes } = ready.right;
    const began = performance.now();
    return carryOut(state, { began, resumes, stop: await reopen(state, ready.right) });
  };
