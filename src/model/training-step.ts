/**
 * A training step in its three parts,
 *
 *     gradient → combination → update:
 *
 * the gradient of the loss on the sequences that a program sees; the combination of the gradients of several programs; the optimizer's update. Where
 * one program sees the whole batch it contains all three. A batch in several microbatches takes a program that adds a microbatch's gradient to a
 * running sum, run once for each, and one for the update. Ranks that see parts of a batch combine their gradients to means; losses are means
 * everywhere, so that all ranks take the same decisions. Not here: the update's rules (`src/optimizer`), which program runs when (`src/runner`).
 */
import { momentsOf } from '../optimizer/index.js';
import { update } from '../optimizer/update.js';
import { differentiate } from '../program/differentiate.js';
import type { Program } from '../program/program.js';
import type { Result, Tensor } from '../program/tracer.js';
import type { Optimizer } from '../schedule/schedule.js';
import { combined } from './combination.js';
import type { SizedModel } from './family.js';
import {
  type Begun,
  begin,
  beginWith,
  type LevelTrace,
  meanLoss,
  type Seen,
  type Source,
  type StepShape,
  type Subject,
  survivalInputs,
  tauOf,
} from './level-trace.js';
import { ownLoss, watchedLoss } from './watched-loss.js';

/** The name of a parameter's moment. */
export const momentName = (fullName: string, moment: string): string => `${fullName}/${moment}`;

/** Whether a step updates the parameters of a group. */
const isTrained =
  ({ trained }: StepShape) =>
  (group: string): boolean =>
    trained === undefined || (group === 'shared' ? trained.shared : trained.layers.some((layer) => group === `layers.${layer}`));

/** The gradient of a parameter. */
type Gradient = readonly [Source, Tensor];

/** The forward pass, which is rewritten before it is differentiated. */
const forwardPart = (what: string, subject: Subject): Begun =>
  beginWith(what, subject, (traced) => meanLoss(traced, survivalInputs(traced)), { differentiated: true });

/** The gradient of the loss with respect to the trained parameters: the backward pass stops at the lowest of them. */
const gradientPart = ({ traced, tensor: loss, recomputed }: Begun): readonly Gradient[] => {
  const { trace, level } = traced;
  const sources = traced.sources.filter(({ group }) => isTrained(level)(group));
  const found = differentiate(
    trace,
    loss,
    sources.map(({ tensor }) => tensor),
    recomputed,
  );
  return sources.map((source, index): Gradient => {
    const gradient = found[index];
    if (gradient === undefined) throw new Error(`the loss does not depend on ${source.fullName}`);
    return [source, gradient];
  });
};

/** The means over the ranks, also of other tensors; a single process that sees the whole batch has nothing to combine. */
const combinationPart = (
  { trace, seen }: LevelTrace,
  gradients: readonly Gradient[],
  besides: readonly Tensor[] = [],
): { readonly means: readonly Gradient[]; readonly others: readonly Tensor[] } => {
  const own = gradients.map(([, gradient]) => gradient);
  const all = combined(trace, [...own, ...besides], seen?.ranks ?? 1);
  return { means: gradients.map(([source], index): Gradient => [source, all[index] as Tensor]), others: all.slice(own.length) };
};

/** With `hasTau` the objective has a linear term ⟨τ, θ⟩, which adds τ to the gradient before its norm is taken and it is clipped. */
const updatePart = (traced: LevelTrace, optimizer: Optimizer, gradients: readonly Gradient[]): readonly Result[] => {
  const { trace, level } = traced;
  const updated = update(
    trace,
    optimizer,
    gradients.map(([source, own]) => {
      const { fullName, role, group, scales, tensor } = source;
      const gradient = level.hasTau ? trace.add(own, tauOf(traced, source)) : own;
      const moments = momentsOf(optimizer, role).map(({ name }) => trace.input(momentName(fullName, name), 'moment', tensor.type));
      return { role, group, scales, parameter: tensor, gradient, moments };
    }),
  );
  return [
    { name: 'gradientNorm', role: 'gradientNorm', tensor: updated.gradientNorm },
    ...gradients.flatMap(([{ fullName, role }], index): readonly Result[] => {
      const next = updated.tensors[index];
      if (next === undefined) throw new Error(`the update leaves out ${fullName}`);
      return [
        { name: fullName, role: 'parameter', tensor: next.parameter },
        ...momentsOf(optimizer, role).map(
          ({ name }, which): Result => ({ name: momentName(fullName, name), role: 'moment', tensor: next.moments[which] as Tensor }),
        ),
      ];
    }),
  ];
};

/**
 * The whole step in one program: (parameters, moments, inputs, targets, scalars) → (loss, gradientNorm, parameters, moments). Where only some layers
 * are trained, moments and outputs are those of that part, and the norm is that of its gradient. The loss does not include the linear term.
 */
export const trainingStep = (model: SizedModel, level: StepShape, batch: number, optimizer: Optimizer, seen: Seen = {}): Program => {
  const begun = forwardPart('training-step', { model, level, batch, seen });
  const { traced } = begun;
  const gradients = gradientPart(begun);
  const { means, others } = combinationPart(traced, gradients, [ownLoss(begun)]);
  const [loss = begun.tensor] = others;
  return traced.trace.finish([{ name: 'loss', role: 'loss', tensor: loss }, ...updatePart(traced, optimizer, means)]);
};

/** The scalar by which a microbatch's loss and gradient are multiplied before they are added up. */
export const WEIGHT = 'weight';

/**
 * Adds a microbatch: (parameters, sums, inputs, targets, scalars) → sums + weight · (loss, gradients).
 *
 * @param what its name, which distinguishes what a transfer ran (`tau`, `fit`) from training.
 */
export const gradientProgram = (
  model: SizedModel,
  level: StepShape,
  batch: number,
  seen: Seen = {},
  what: 'gradient' | 'tau' | 'fit' = 'gradient',
): Program => {
  const { hasTau: _, ...shape } = level;
  const begun = forwardPart(what, { model, level: shape, batch, seen });
  const { traced } = begun;
  const { trace } = traced;
  // Ranks combine the gradients of a step once, before its update; those of a transfer have no other program that would.
  const own = gradientPart(begun);
  const gradients = what === 'gradient' ? own : combinationPart(traced, own).means;
  const weight = trace.input(WEIGHT, 'scalar', { dtype: 'f32', shape: [] });
  const added = (name: string, role: 'loss' | 'gradient', own: Tensor): Result => ({
    name,
    role,
    tensor: trace.add(trace.input(name, role, own.type), trace.mul(own, weight)),
  });
  return trace.finish([
    added('loss', 'loss', watchedLoss(begun)),
    ...gradients.map(([{ fullName }, gradient]) => added(fullName, 'gradient', gradient)),
  ]);
};

/** The update after the last microbatch: (parameters, gradients, moments, scalars) → (gradientNorm, parameters, moments). */
export const updateProgram = (model: SizedModel, level: StepShape, optimizer: Optimizer, seen: Pick<Seen, 'ranks'> = {}): Program => {
  const { stochasticDepth: _, ...own } = level;
  const traced = begin('update', { model, level: own, seen }, isTrained(level));
  const gradients = traced.sources.map((source): Gradient => [source, traced.trace.input(source.fullName, 'gradient', source.tensor.type)]);
  return traced.trace.finish(updatePart(traced, optimizer, combinationPart(traced, gradients).means));
};
