/**
 * The contenders of a comparison: pipelines and their baselines, equal schedules once, and which pairs are compared. Pure. Not here: seeds
 * and learning rates (`tuning.ts`), running anything.
 */
import * as E from 'fp-ts/lib/Either.js';
import { type Fault, inputFault } from '../fault.js';
import { scheduleHash } from '../schedule/json/canonical.js';
import type { Schedule } from '../schedule/schedule.js';
import { verify } from '../schedule/verify/verify.js';
import { type Baseline, baselinesOf, type PlanOf } from './baselines.js';
import { comparable, type Named } from './comparable.js';
import { BASELINES, type BaselineKind } from './kinds.js';
import { withSeed } from './tuning.js';

export interface Contender extends Named {
  readonly role: 'pipeline' | 'baseline';
}

/** The names of two contenders: a pipeline, and the one it is compared with. */
export interface Opposed {
  readonly pipeline: string;
  readonly against: string;
}

export interface Field {
  /** Pipelines come first. */
  readonly contenders: readonly Contender[];
  readonly opposed: readonly Opposed[];
  /** Missing baselines, with the reason, and baselines that are listed under another name. */
  readonly notes: readonly string[];
}

const ABSENT: Readonly<Partial<Record<BaselineKind, string>>> = {
  'coarse-only': 'trains no network coarser than its finest, so there is no coarse-only baseline of it',
  depths: 'has one layer or none, so there are no shallower networks',
};

/** Equal for equal schedules, whatever their seeds. */
const keyOf = (schedule: Schedule): string => scheduleHash(withSeed(schedule, 0));

class FieldBuilder {
  readonly #contenders = new Map<string, Contender>();
  readonly opposed: Opposed[] = [];
  readonly notes: string[] = [];

  /** Returns the contender with that schedule, which may already exist under another name. */
  add(contender: Contender): Contender {
    const key = keyOf(contender.schedule);
    const there = this.#contenders.get(key);
    if (there !== undefined) return there;
    this.#contenders.set(key, contender);
    return contender;
  }

  oppose(pipeline: string, against: string): void {
    const known = this.opposed.some((pair) => pair.pipeline === pipeline && pair.against === against);
    if (pipeline !== against && !known) this.opposed.push({ pipeline, against });
  }

  get contenders(): readonly Contender[] {
    return [...this.#contenders.values()];
  }
}

interface Made {
  readonly pipeline: string;
  readonly kind: BaselineKind;
  readonly baselines: readonly Baseline[];
}

const verifiedBaseline = (pipeline: string, baseline: Baseline): E.Either<Fault, Baseline> =>
  E.bimap(
    ({ message }: Fault) => inputFault(`baseline ${baseline.name} of ${pipeline}: ${message}`),
    (schedule: Schedule): Baseline => ({ ...baseline, schedule }),
  )(verify(baseline.schedule));

/** Left: a baseline that is not a valid schedule. */
const madeOf = (pipelines: readonly Named[], kinds: readonly BaselineKind[], planOf: PlanOf): E.Either<Fault, readonly Made[]> => {
  const all: Made[] = [];
  for (const { name: pipeline, schedule } of pipelines)
    for (const kind of BASELINES.filter((each) => kinds.includes(each))) {
      const made = baselinesOf(schedule, kind, planOf);
      if (E.isLeft(made)) return made;
      const baselines = E.traverseArray((baseline: Baseline) => verifiedBaseline(pipeline, baseline))(made.right);
      if (E.isLeft(baselines)) return baselines;
      all.push({ pipeline, kind, baselines: baselines.right });
    }
  return E.right(all);
};

/** Whether the baselines of that name are the same schedule for every pipeline that has one: if so, the name needs no pipeline in it. */
const isOneForAll = (name: string, made: readonly Made[]): boolean =>
  new Set(made.flatMap(({ baselines }) => baselines.filter((baseline) => baseline.name === name).map(({ schedule }) => keyOf(schedule))))
    .size === 1;

/**
 * The field of a comparison. Each pipeline is compared with its own baselines, and with the pipelines listed before it.
 *
 * Left: pipelines that are not comparable, that are equal, or that share a name; a baseline that is not a valid schedule.
 */
export const fieldOf = (pipelines: readonly Named[], kinds: readonly BaselineKind[], planOf: PlanOf): E.Either<Fault, Field> => {
  const fit = comparable(pipelines);
  if (E.isLeft(fit)) return fit;
  const field = new FieldBuilder();
  for (const { name, schedule } of pipelines) {
    const contender = field.add({ name, schedule, role: 'pipeline' });
    if (contender.name !== name)
      return E.left(inputFault(`${contender.name} and ${name} are the same but for their seeds; leave one of them out`));
  }
  const made = madeOf(pipelines, kinds, planOf);
  if (E.isLeft(made)) return made;
  for (const { pipeline, kind, baselines } of made.right) {
    if (baselines.length === 0) field.notes.push(`${pipeline} ${ABSENT[kind] ?? 'has no such baseline'}.`);
    for (const { name, schedule } of baselines) {
      const named = isOneForAll(name, made.right) ? name : `${name} of ${pipeline}`;
      const { name: there } = field.add({ name: named, schedule, role: 'baseline' });
      const note = `${named} is the same training as ${there}, and is listed under that name.`;
      if (there !== named && !field.notes.includes(note)) field.notes.push(note);
      field.oppose(pipeline, there);
    }
  }
  for (const [index, { name }] of pipelines.entries()) for (const earlier of pipelines.slice(0, index)) field.oppose(name, earlier.name);
  return E.right({ contenders: field.contenders, opposed: field.opposed, notes: field.notes });
};
