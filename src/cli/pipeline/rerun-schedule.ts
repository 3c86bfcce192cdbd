/** The schedule of a run that begins as another one did, up to a stage. Not here: its state there (`src/runner/reuse.ts`). */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../../fault.js';
import { counted } from '../../report/table/format.js';
import type { Schedule, Stage } from '../../schedule/schedule.js';
import { type Bindings, bind, type NamedText, parse, read, withOpenForm } from '../../schedule/text/index.js';
import { verify } from '../../schedule/verify/verify.js';
import { differencesIn } from '../../schedule/walk/difference.js';
import { type Visit, walk } from '../../schedule/walk/walk.js';

export interface Tail {
  /** The text of the run's pipeline, where it had free names. */
  readonly named?: NamedText;
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

/** A fault of what an option gave. */
const of =
  (option: string) =>
  (fault: Fault): Fault => ({ ...fault, message: `${option}: ${fault.message}` });

/** Left: the pipeline does not begin as the run did, with the first difference. @param option that gave the pipeline. */
export const beginsAlike = (run: Schedule, given: Schedule, from: number, option = '--pipeline'): E.Either<Fault, void> => {
  const [setup] = differencesIn('setup', { ...run.setup, initial: undefined }, { ...given.setup, initial: undefined });
  if (setup !== undefined) return E.left(inputFault(`${option} must have the setup of the run (${setup})`));
  const before = visitsOf(run, from, true);
  if (E.isLeft(before)) return before;
  const now = visitsOf(given, from, false, 'the pipeline');
  if (E.isLeft(now)) return now;
  for (let index = 0; index < from - 1; index += 1) {
    const [old, next] = [before.right[index]?.op ?? 'nothing', now.right[index]?.op ?? 'nothing'];
    if (old !== next)
      return E.left(inputFault(`${option} must begin as the run did, up to stage ${from} (stage ${index + 1} was ${old} and is ${next})`));
  }
  return E.right(undefined);
};

/** The run's own text with other numbers for its names, which must leave the stages before `from` as they were. */
const withNumbers = (schedule: Schedule, { from, named, set }: Tail): E.Either<Fault, Schedule> => {
  if (named === undefined)
    return E.left(
      inputFault(
        '--set: the run has no free names (its stages were not given as a text that has some, or by an earlier version); give new stages with --tail',
      ),
    );
  const open = parse(named.text);
  if (E.isLeft(open)) return open;
  const form = { stages: open.right, values: { ...named.values, ...set } };
  const bound = E.mapLeft(of('--set'))(bind(form.stages, form.values));
  const next = E.isLeft(bound) ? bound : verify({ ...schedule, stages: bound.right });
  if (E.isLeft(next)) return next;
  return E.map(() => withOpenForm(next.right, form))(beginsAlike(schedule, next.right, from, '--set'));
};

/** The run's own stages before `from`, and after them those of the text, or its own with other numbers. */
export const withTail = (schedule: Schedule, tail: Tail): E.Either<Fault, Schedule> => {
  const { from, text, set } = tail;
  if (text === undefined) {
    if (Object.keys(set).length > 0) return withNumbers(schedule, tail);
    return E.map(() => schedule)(visitsOf(schedule, from, false));
  }
  const head = headOf(schedule, from);
  if (E.isLeft(head)) return head;
  const stages = E.mapLeft(of('--tail'))(read(text, set));
  return E.isLeft(stages) ? stages : verify({ ...schedule, stages: [...head.right, ...stages.right] });
};
