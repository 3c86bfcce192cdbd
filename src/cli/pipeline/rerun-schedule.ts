/** The schedule of a run that begins as another one did, up to a stage. Not here: its state there (`src/runner/reuse.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { counted } from '../../report/table/format.js';
import type { Schedule, Stage } from '../../schedule/schedule.js';
import { type Bindings, read } from '../../schedule/text/index.js';
import { verify } from '../../schedule/verify/verify.js';
import { differencesIn } from '../../schedule/walk/difference.js';
import { type Visit, walk } from '../../schedule/walk/walk.js';

export interface Tail {
  /** The first stage that is new (1, 2, …). */
  readonly from: number;
  /** The stages from there on, as text. */
  readonly text?: string;
  readonly set: Bindings;
}

/** The stages, repeats unrolled. Left: `from`, the first new one, is beyond them. @param more whether new ones may follow the last of them. */
const visitsOf = (schedule: Schedule, from: number, more: boolean, whose = 'the run'): E.Either<Fault, readonly Visit[]> => {
  const visits = walk(schedule);
  const most = visits.length + (more ? 1 : 0);
  return from <= most
    ? E.right(visits)
    : E.left(inputFault(`--from must be at most ${most}, since ${whose} has ${counted(visits.length, 'stage')} (was ${from})`));
};

/** The first stages of a run, repeats unrolled. Left: there are fewer, or one of them belongs to a branch. */
const headOf = (schedule: Schedule, from: number): E.Either<Fault, readonly Stage[]> => {
  const visits = visitsOf(schedule, from, true);
  if (E.isLeft(visits)) return visits;
  const stages: Stage[] = [];
  for (const { stage, op } of visits.right.slice(0, from - 1)) {
    if (stage.kind === 'arm' || stage.kind === 'merge')
      return E.left(
        inputFault(`--from: a tail must follow stages that are in no branch (was after "${op}"); give the whole pipeline with --pipeline`),
      );
    stages.push(stage);
  }
  return E.right(stages);
};

/** The run's own stages before `from`, and those of the text after them. */
export const withTail = (schedule: Schedule, { from, text, set }: Tail): E.Either<Fault, Schedule> => {
  if (text === undefined) {
    if (Object.keys(set).length > 0) return E.left(inputFault('--set gives numbers to the names of --tail, which is missing; give both'));
    return E.map(() => schedule)(visitsOf(schedule, from, false));
  }
  const head = headOf(schedule, from);
  if (E.isLeft(head)) return head;
  const stages = E.mapLeft((fault: Fault) => ({ ...fault, message: `--tail: ${fault.message}` }))(read(text, set));
  return E.isLeft(stages) ? stages : verify({ ...schedule, stages: [...head.right, ...stages.right] });
};

/** Left: the pipeline does not begin as the run did, with the first difference. */
export const beginsAlike = (run: Schedule, given: Schedule, from: number): E.Either<Fault, void> => {
  const [setup] = differencesIn('setup', { ...run.setup, initial: undefined }, { ...given.setup, initial: undefined });
  if (setup !== undefined) return E.left(inputFault(`--pipeline must have the setup of the run (${setup})`));
  const before = visitsOf(run, from, true);
  if (E.isLeft(before)) return before;
  const now = visitsOf(given, from, false, 'the pipeline');
  if (E.isLeft(now)) return now;
  for (let index = 0; index < from - 1; index += 1) {
    const [old, next] = [before.right[index]?.op ?? 'nothing', now.right[index]?.op ?? 'nothing'];
    if (old !== next)
      return E.left(inputFault(`--pipeline must begin as the run did, up to stage ${from} (stage ${index + 1} was ${old} and is ${next})`));
  }
  return E.right(undefined);
};
