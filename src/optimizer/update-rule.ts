/**
 * The contract of an update rule: the moments that it keeps for a parameter, how a step changes both, and the scalars that a step reads. Each rule
 * has one file (`sgd.ts`, `adamw.ts`) and one row (`index.ts`). Not here: clipping (`update.ts`), packing (`packs.ts`).
 */
import type { Tensor, Trace } from '../program/types/trace.js';
import type { Optimizer } from '../schedule/schedule.js';
import { decays, type ParameterRole } from './parameter-role.js';

/** One of the optimizer's tensors for a parameter; it has the parameter's shape and begins with zeros. */
export interface Moment {
  readonly name: string;
  /** Its degree in the gradient: a gradient k times as large makes it k^degree times as large. */
  readonly degree: 1 | 2;
  /** For a second moment: the first moment beside it, and the largest m²/v that the rule itself reaches, which transfers preserve. */
  readonly bound?: { readonly first: string; readonly ratio: number };
}

/** Factors of a parameter's learning rate and of AdamW's ε (`src/model/parametrisation.ts`). */
export interface ParameterScales {
  readonly rate: number;
  readonly epsilon: number;
}

export interface Updatable {
  readonly role: ParameterRole;
  /** Parameters of one group have been updated equally often, and so share bias corrections. */
  readonly group: string;
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  /** All 1 where absent. */
  readonly scales?: ParameterScales;
  /** In the order in which the rule names them for the role. */
  readonly moments: readonly Tensor[];
}

export interface Updated {
  readonly parameter: Tensor;
  readonly moments: readonly Tensor[];
}

/** The inputs of tracing a rule. */
export interface RuleTrace {
  readonly trace: Trace;
  /** The factor that clips the gradient; a scalar. */
  readonly clip: Tensor;
  /** The program's input of that name, a scalar that changes from step to step. */
  readonly scalar: (name: string) => Tensor;
}

/** What the scalars of a step depend on. */
export interface StepTime {
  readonly learningRate: number;
  /**
   * For each group the number of updates that its moments have seen, this one included (1, 2, …), for its bias correction: a layer that was not part
   * of a coarse stage has seen fewer.
   */
  readonly updates: ReadonlyMap<string, number>;
}

export interface UpdateRule<Settings extends Optimizer> {
  readonly moments: (settings: Settings, role: ParameterRole) => readonly Moment[];
  /** Traces what all parameters share, and returns the update of each. Vectors of a group may be concatenated. */
  readonly update: (settings: Settings, rule: RuleTrace) => (updatable: Updatable) => Updated;
  /** The rule's own scalars, by the names that `update` uses; `commonScalars` are added to them. */
  readonly scalars: (settings: Settings, time: StepTime) => readonly (readonly [name: string, value: number])[];
}

const LEARNING_RATE = 'learning-rate';
/** 1 − learning rate · weight decay */
const DECAY = 'decay';

export const commonScalars = ({ weightDecay }: Optimizer, { learningRate }: StepTime): readonly (readonly [string, number])[] => [
  [LEARNING_RATE, learningRate],
  [DECAY, 1 - learningRate * weightDecay],
];

export const learningRate = ({ scalar }: RuleTrace): Tensor => scalar(LEARNING_RATE);

/** A scalar times a known factor. */
export const timesKnown = ({ trace }: RuleTrace, scalar: Tensor, factor = 1): Tensor =>
  factor === 1 ? scalar : trace.mul(scalar, trace.scalar(factor));

/** The parameter after decoupled decay, which does not depend on its scale. */
export const decayed = ({ weightDecay }: Optimizer, { trace, scalar }: RuleTrace, { role, parameter }: Updatable): Tensor =>
  weightDecay > 0 && decays(role) ? trace.mul(parameter, scalar(DECAY)) : parameter;
