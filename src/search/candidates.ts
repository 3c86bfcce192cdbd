/**
 * The candidates of a search: a pipeline's text with other numbers for its free names, in the order in which they are tried, as many as the budget holds.
 * Not here: their plans, which the caller makes.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { nearestTo } from '../nearest.js';
import type { Schedule } from '../schedule/schedule.js';
import { type Bindings, bind, isCount, namesOf, type OpenForm } from '../schedule/text/index.js';
import { verify } from '../schedule/verify/verify.js';
import { mostFlops } from './halving.js';
import { MOST_COMBINATIONS, MOST_NAMES, orderOf } from './order.js';
import { type Asked, type Range, rangeOf } from './ranges.js';

export interface Candidate {
  /** The values of the names that are searched. */
  readonly values: Bindings;
  readonly schedule: Schedule;
  /** FLOPs of the matrix products of one run, as planned: training and transfers. */
  readonly flops: number;
}

/** A pipeline with the names that are searched. */
export interface Space {
  readonly schedule: Schedule;
  readonly form: OpenForm;
  readonly ranges: readonly Range[];
}

/** FLOPs of one run of a schedule. */
export type FlopsOf = (schedule: Schedule) => E.Either<Fault, number>;

export interface Budget {
  /** FLOPs of all runs together. */
  readonly all: number;
  /** FLOPs of one run. */
  readonly run?: number;
}

/** A candidate's name: `n 400, m 100`. */
export const nameOf = (values: Bindings): string =>
  Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');

const withValues = ({ schedule, form }: Omit<Space, 'ranges'>, values: Bindings): E.Either<Fault, Schedule> => {
  const stages = bind(form.stages, { ...form.values, ...values });
  const verified = E.isLeft(stages) ? stages : verify({ ...schedule, stages: stages.right });
  return E.mapLeft((fault: Fault) => ({ ...fault, message: `with ${nameOf(values)} the pipeline is not valid: ${fault.message}` }))(
    verified,
  );
};

/** Each value of a name with the first ones of the others. */
const eachInTurn = (ranges: readonly Range[]): readonly Bindings[] => {
  const first: Bindings = Object.fromEntries(ranges.map(({ name, values }) => [name, values[0] ?? 0]));
  return ranges.flatMap(({ name, values }) => values.map((value) => ({ ...first, [name]: value })));
};

/** Left: a name that is not free in the text, a range that it cannot have, or a value with which the pipeline is not valid. */
export const spaceOf = (schedule: Schedule, form: OpenForm, asked: readonly Asked[]): E.Either<Fault, Space> => {
  const names = namesOf(form.stages);
  const unknown = asked.find(({ name }) => !names.includes(name))?.name;
  if (unknown !== undefined) {
    const free = names.length === 0 ? 'it has none' : `its names are ${names.join(', ')}`;
    return E.left(inputFault(`${unknown} is not a free name of the pipeline's text; ${free}${nearestTo(unknown, names)}`));
  }
  if (asked.length > MOST_NAMES) return E.left(inputFault(`at most ${MOST_NAMES} names can be searched (was ${asked.length})`));
  const ranges = E.traverseArray((one: Asked) => rangeOf(one, isCount(one.name, form.stages)))(asked);
  if (E.isLeft(ranges)) return E.left(inputFault(ranges.left));
  const combinations = ranges.right.reduce((product, { values }) => product * values.length, 1);
  if (combinations > MOST_COMBINATIONS)
    return E.left(inputFault(`the ranges must have at most ${MOST_COMBINATIONS} combinations (was ${combinations}); list fewer values`));
  const space = { schedule, form, ranges: ranges.right };
  for (const values of eachInTurn(ranges.right)) {
    const valid = withValues(space, values);
    if (E.isLeft(valid)) return valid;
  }
  return E.right(space);
};

/** What a search may run. */
export interface Drawn {
  /** In the order in which they were drawn; none where not even the cheapest fits. */
  readonly candidates: readonly Candidate[];
  /** FLOPs of all rungs if the most expensive survive each: never more than the budget. */
  readonly reserved: number;
  /** Combinations that were passed over, since one run of them costs too much. */
  readonly tooExpensive: number;
  /** Whether there is no further combination. */
  readonly exhausted: boolean;
  /** FLOPs of one run of the cheapest combination that was looked at: of all, where none fits. */
  readonly cheapest: number;
}

/**
 * As many candidates as the budget holds, whichever survive. The first one that does not fit ends the list: to pass over it would prefer cheap ones. Only one
 * that no search within this budget could finish is passed over.
 */
export const draw = (space: Space, flopsOf: FlopsOf, budget: Budget, seeds: number, seed: number): E.Either<Fault, Drawn> => {
  const { ranges } = space;
  const candidates: Candidate[] = [];
  const most = Math.min(budget.run ?? Number.POSITIVE_INFINITY, budget.all / seeds);
  let cheapest = Number.POSITIVE_INFINITY;
  let tooExpensive = 0;
  let exhausted = true;
  for (const combination of orderOf(
    ranges.map(({ values }) => values.length),
    seed,
  )) {
    const values = Object.fromEntries(ranges.map(({ name, values }, index) => [name, values[combination[index] ?? 0] ?? 0]));
    const schedule = withValues(space, values);
    if (E.isLeft(schedule)) return schedule;
    const flops = flopsOf(schedule.right);
    if (E.isLeft(flops)) return flops;
    cheapest = Math.min(cheapest, flops.right);
    if (flops.right > most) {
      tooExpensive += 1;
      continue;
    }
    const candidate = { values, schedule: schedule.right, flops: flops.right };
    if (mostFlops([...candidates, candidate], seeds) > budget.all) {
      exhausted = false;
      break;
    }
    candidates.push(candidate);
  }
  return E.right({ candidates, reserved: mostFlops(candidates, seeds), tooExpensive, exhausted, cheapest });
};
