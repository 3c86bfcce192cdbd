/**
 * Programs of a level other than training: an evaluation, the objective of a line search, the logits. Not here: the training step
 * (`training-step.ts`).
 */
import type { Program } from '../program/program.js';
import type { Tensor } from '../program/types/trace.js';
import { type Discretization, discretizationOf } from '../schedule/grid.js';
import type { SizedModel } from './family.js';
import { batchLogits, beginWith, type LevelTrace, meanLoss, type Seen, type Source, type StepShape, tauOf } from './level-trace.js';
import { watchedLoss } from './watched-loss.js';

/** (parameters, inputs, targets) → loss */
export const evaluation = (model: SizedModel, level: Discretization, batch: number, seen: Seen = {}): Program => {
  const begun = beginWith('evaluation', { model, level: discretizationOf(level), batch, seen }, meanLoss);
  return begun.traced.trace.finish([{ name: 'loss', role: 'loss', tensor: watchedLoss(begun) }]);
};

/**
 * What a line search compares: the loss, and with `hasTau` the linear term ⟨τ, θ⟩ too. (parameters, τ, inputs, targets) → objective. Without it this
 * is an evaluation under another name, which distinguishes what a transfer ran from a stage's evaluations.
 */
export const objective = (model: SizedModel, { hasTau = false, ...level }: StepShape, batch: number, seen: Seen = {}): Program => {
  const begun = beginWith('line-search', { model, level: { ...discretizationOf(level), hasTau }, batch, seen }, meanLoss);
  const { traced } = begun;
  const { trace, sources } = traced;
  const linear = (source: Source): Tensor => trace.sumTo(trace.mul(source.tensor, tauOf(traced, source)), []);
  const terms = hasTau ? sources.map(linear) : [];
  return trace.finish([
    { name: 'objective', role: 'objective', tensor: terms.reduce((sum, term) => trace.add(sum, term), watchedLoss(begun)) },
  ]);
};

/** [time·batch, vocabulary] as [batch·time, vocabulary] */
const bySequence = ({ trace, model: { context, vocabulary }, batch = 1 }: LevelTrace, byTime: Tensor): Tensor =>
  batch === 1
    ? byTime
    : trace.reshape(trace.transpose(trace.reshape(byTime, [context, batch, vocabulary]), [1, 0, 2]), [batch * context, vocabulary]);

/** (parameters, inputs) → logits [batch·time, vocabulary] */
export const logitsProgram = (model: SizedModel, level: Discretization, batch: number, seen: Seen = {}): Program => {
  const { traced, tensor } = beginWith('logits', { model, level: discretizationOf(level), batch, seen }, batchLogits);
  return traced.trace.finish([{ name: 'logits', role: 'logits', tensor: bySequence(traced, tensor) }]);
};
