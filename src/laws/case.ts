/**
 * The subject of a law: stages at a depth, your own or generated. Printed as text, so that a counterexample is a readable pipeline. Not
 * here: the laws (`transfer-laws.ts`, `pipeline-laws.ts`).
 */
import fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { sgd } from '../../dsl/optimizers.js';
import { plain } from '../../dsl/plain.js';
import { fillSetup, gpt, tokens } from '../../dsl/setup.js';
import type { StageLike } from '../../dsl/stages.js';
import { optionsFault } from '../options.js';
import { SCHEDULE_VERSION, type Schedule, type Setup, type Stage } from '../schedule/schedule.js';
import { print, read } from '../schedule/text/index.js';
import { verify } from '../schedule/verify/verify.js';
import { type Visit, walk } from '../schedule/walk/walk.js';

/** Stages over a network with this number of layers, for which they must be valid. */
export interface Case {
  readonly layers: number;
  readonly stages: readonly Stage[];
}

/**
 * Your own cycle: stages, as values or as text, for every depth that they fit; or a function from a depth to them; or an arbitrary of
 * cases, which are used unchanged.
 */
export type Pipelines =
  | string
  | StageLike
  | readonly StageLike[]
  | ((layers: number) => string | readonly StageLike[])
  | fc.Arbitrary<Case>;

export interface Where {
  /** Depths to try; 1 to 48 by default. Depths that do not fit are skipped, but at least one must fit. */
  readonly layers?: readonly number[];
  /** Heads of the network; 4 by default. Width transfers divide them. */
  readonly heads?: number;
  /**
   * What conditional ends of stages depend on: tokens per step, evaluations. By default 64 tokens per step and an evaluation every 250
   * steps.
   */
  readonly setup?: Setup;
}

/** A property that holds, or fails with a sentence. */
export type Law<Of> = fc.IProperty<[Of]>;

export const depths: readonly number[] = Array.from({ length: 48 }, (_, index) => index + 1);

/** In fast-check a predicate that throws is a counterexample; the message is what its report shows. */
export const broken = (sentence: string): never => {
  throw new Error(sentence);
};

/** The default setup: 64 tokens per step, for ends by tokens. */
const anySetup: Setup = fillSetup({
  model: gpt({ layers: 1, heads: 4, width: 8, context: 16 }),
  data: tokens(2),
  optimizer: sgd(),
  batch: 4,
  seed: 1,
});

/** Only the model's layers and heads matter, and what conditional ends of stages depend on. */
export const scheduleOf = ({ layers, stages }: Case, heads: number, setup: Setup = anySetup): Schedule => ({
  version: SCHEDULE_VERSION,
  setup: { ...setup, model: { ...setup.model, layers, heads, width: 2 * heads } },
  stages,
});

/** The visits of a schedule; a schedule that the verifier rejects fails with its sentence. */
export const visitsOf = (schedule: Schedule): readonly Visit[] => {
  const checked = verify(schedule);
  return E.isLeft(checked) ? broken(checked.left.message) : walk(checked.right);
};

/** A text that does not parse fails with the parser's sentence. */
const stagesOf = (given: string | StageLike | readonly StageLike[]): readonly Stage[] => {
  if (typeof given !== 'string') return plain([given].flat() as readonly StageLike[]);
  const stages = read(given);
  return E.isLeft(stages) ? broken(stages.left.message) : stages.right;
};

/** A case that prints itself in fast-check's report of a counterexample. */
export const shown = (found: Case): Case =>
  Object.defineProperty({ ...found }, fc.toStringMethod, { value: () => `${found.layers} layers: ${print(found.stages)}` });

const isGenerated = (given: Pipelines): given is fc.Arbitrary<Case> => given instanceof fc.Arbitrary;

/** A case as a law receives it. */
export interface Seen {
  readonly found: Case;
  readonly heads: number;
  readonly schedule: (of: Case) => Schedule;
}

/** Checks the options at run time, for tests without type checking: a misspelt option would otherwise be ignored. */
export const checkedWhere = (where: Where): Where => {
  const wrong = optionsFault('a law', ['layers', 'heads', 'setup'], where);
  return wrong === undefined ? where : broken(wrong);
};

/** The property of a law over its cases; if no depth fits, a property that fails with the verifier's sentence. */
export const law = (given: Pipelines, where: Where, holds: (seen: Seen) => void): Law<Case> => {
  const { layers = depths, heads = 4, setup } = checkedWhere(where);
  const schedule = (of: Case): Schedule => scheduleOf(of, heads, setup);
  const asked = (found: Case): void => holds({ found, heads, schedule });
  if (isGenerated(given)) return fc.property(given.map(shown), asked);
  const tried = layers.map((depth) => {
    const found = { layers: depth, stages: stagesOf(typeof given === 'function' ? given(depth) : given) };
    return { found, checked: verify(schedule(found)) };
  });
  const fitting = tried.filter(({ checked }) => E.isRight(checked)).map(({ found }) => shown(found));
  const [refused] = tried.flatMap(({ found, checked }) => (E.isLeft(checked) ? [{ found, sentence: checked.left.message }] : []));
  const cases: fc.Arbitrary<Case> =
    fitting.length > 0 ? fc.constantFrom(...fitting) : fc.constant(shown(refused?.found ?? { layers: 0, stages: [] }));
  return fc.property(cases, (found) =>
    fitting.length > 0 ? asked(found) : broken(`none of the depths fits: ${refused?.sentence ?? 'there is none'}`),
  );
};
