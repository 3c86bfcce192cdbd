/**
 * The programs of a level: one training step, one gradient, one evaluation, one look at the logits. Here model, gradient and update rule
 * meet; what each of them is stands in its own file.
 */
import { momentsOf } from '../optimizer/index.js';
import type { ParameterRole } from '../optimizer/parameter-role.js';
import { update } from '../optimizer/update.js';
import { differentiate } from '../program/differentiate.js';
import type { Program } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { Optimizer } from '../schedule/schedule.js';
import type { StepPart } from '../schedule/step-part.js';
import { hiddenStates, type LevelShape, logits, type Parameters } from './gpt.js';
import { layerParameterName, layerParameters, type ParameterSpec, type SizedModel, sharedParameters } from './parameters.js';
import { survivalName } from './stochastic-depth.js';

/** A level, and what tells a training step on it from the plain one. */
export interface StepShape extends LevelShape, StepPart {}

/** Every parameter of a level with its full name, shared ones first, and the group that it is updated with. */
export const levelParameters = (
  model: SizedModel,
  level: LevelShape,
): readonly { readonly fullName: string; readonly group: string; readonly spec: ParameterSpec }[] => [
  ...sharedParameters(model).map((spec) => ({ fullName: spec.name, group: 'shared', spec })),
  ...Array.from({ length: level.layers }, (_, layer) =>
    layerParameters(model).map((spec) => ({ fullName: layerParameterName(layer, spec.name), group: `layers.${layer}`, spec })),
  ).flat(),
];

/** The name of the program input that holds a parameter's moment. */
export const momentInputName = (fullName: string, moment: string): string => `${fullName}/${moment}`;

const label = (what: string, { layers, h }: LevelShape, batch: number, more: readonly string[] = []): string =>
  `${what}[${[`layers ${layers}`, `h ${h}`, `batch ${batch}`, ...more].join(', ')}]`;

const partLabel = ({ trained, stochasticDepth, hasTau }: StepPart): readonly string[] => [
  ...(trained === undefined ? [] : [`trains ${[...(trained.shared ? ['shared'] : []), ...trained.layers].join(' ')}`]),
  ...(stochasticDepth === undefined ? [] : ['stochastic depth']),
  ...(hasTau ? ['tau'] : []),
];

const isTrained = (group: string, { trained }: StepPart): boolean =>
  trained === undefined || (group === 'shared' ? trained.shared : trained.layers.some((layer) => group === `layers.${layer}`));

interface Traced {
  readonly trace: Tracer;
  readonly find: Parameters;
  readonly sources: readonly { readonly fullName: string; readonly group: string; readonly role: ParameterRole; readonly tensor: Tensor }[];
}

const begin = (name: string, model: SizedModel, level: LevelShape): Traced => {
  const trace = new Tracer(name);
  const sources = levelParameters(model, level).map(({ fullName, group, spec }) => ({
    fullName,
    group,
    role: spec.role,
    tensor: trace.input(fullName, 'parameter', { dtype: 'f32', shape: spec.shape }),
  }));
  const byName = new Map(sources.map(({ fullName, tensor }) => [fullName, tensor]));
  return { trace, find: (parameter) => byName.get(parameter), sources };
};

/** Given as [batch·time], a sequence after the other; the model has them as [time·batch]. */
const tokens = (trace: Tracer, name: string, { context }: SizedModel, batch: number): Tensor => {
  const given = trace.input(name, 'batch', { dtype: 'i32', shape: [batch * context] });
  return batch === 1 ? given : trace.reshape(trace.transpose(trace.reshape(given, [batch, context]), [1, 0]), [context * batch]);
};

const survivalInputs = (trace: Tracer, layers: number): readonly Tensor[] =>
  Array.from({ length: layers }, (_, layer) => trace.input(survivalName(layer), 'scalar', { dtype: 'f32', shape: [] }));

const meanLoss = (traced: Traced, model: SizedModel, level: LevelShape, batch: number, survivals?: readonly Tensor[]): Tensor => {
  const { trace, find } = traced;
  const inputs = tokens(trace, 'inputs', model, batch);
  const targets = tokens(trace, 'targets', model, batch);
  return trace.crossEntropy(logits(trace, find, hiddenStates(trace, model, level, batch, find, inputs, survivals)), targets);
};

/** The gradient of the loss with respect to each of the sources. */
const gradientsOf = (trace: Tracer, sources: Traced['sources'], loss: Tensor): readonly Tensor[] =>
  differentiate(
    trace,
    loss,
    sources.map(({ tensor }) => tensor),
  ).map((gradient, index) => {
    if (gradient === undefined) throw new Error(`the loss does not depend on ${sources[index]?.fullName}`);
    return gradient;
  });

/** The name of the program input that holds a parameter's part of the objective's linear term. */
export const tauInputName = (fullName: string): string => `tau/${fullName}`;

/**
 * Forward, backward and update: (parameters, moments, inputs, targets, scalars) → (loss, gradientNorm, parameters, moments). Where only a part is
 * trained, the moments and outputs are that part's, the norm is that of its gradient, and the backward pass goes no further down than it. With
 * `hasTau` the objective has a linear term ⟨τ, θ⟩, which adds τ to the gradient before it is clipped; the loss is given without it.
 */
export const trainingStep = (model: SizedModel, level: StepShape, batch: number, optimizer: Optimizer): Program => {
  const traced = begin(label('training-step', level, batch, partLabel(level)), model, level);
  const { trace } = traced;
  const sources = traced.sources.filter(({ group }) => isTrained(group, level));
  const survivals = level.stochasticDepth === undefined ? undefined : survivalInputs(trace, level.layers);
  const loss = meanLoss(traced, model, level, batch, survivals);
  const gradients = gradientsOf(trace, sources, loss);
  const updated = update(
    trace,
    optimizer,
    sources.map(({ fullName, group, role, tensor }, index) => {
      const own = gradients[index] as Tensor;
      const gradient = level.hasTau ? trace.add(own, trace.input(tauInputName(fullName), 'parameter', tensor.type)) : own;
      const moments = momentsOf(optimizer, role).map(({ name }) => trace.input(momentInputName(fullName, name), 'moment', tensor.type));
      return { role, group, parameter: tensor, gradient, moments };
    }),
  );
  return trace.finish([
    { name: 'loss', tensor: loss },
    { name: 'gradientNorm', tensor: updated.gradientNorm },
    ...sources.flatMap(({ fullName, role }, index) => {
      const next = updated.tensors[index];
      if (next === undefined) return [];
      return [
        { name: `next/${fullName}`, tensor: next.parameter, updates: fullName },
        ...momentsOf(optimizer, role).flatMap((moment, which) => {
          const tensor = next.moments[which];
          const name = momentInputName(fullName, moment.name);
          return tensor === undefined ? [] : [{ name: `next/${name}`, tensor, updates: name }];
        }),
      ];
    }),
  ]);
};

/** Names of the further inputs of `gradientSum`. */
export const gradientSumNames = { sum: (fullName: string): string => `sum/${fullName}`, weight: 'weight' } as const;

/** Adds the gradient of a batch to a running sum: (parameters, sums, inputs, targets, weight) → sums + weight · gradient. */
export const gradientSum = (model: SizedModel, level: LevelShape, batch: number): Program => {
  const traced = begin(label('gradient-sum', level, batch), model, level);
  const { trace, sources } = traced;
  const gradients = gradientsOf(trace, sources, meanLoss(traced, model, level, batch));
  const weight = trace.input(gradientSumNames.weight, 'scalar', { dtype: 'f32', shape: [] });
  return trace.finish(
    sources.map(({ fullName, tensor }, index) => {
      const sum = trace.input(gradientSumNames.sum(fullName), 'parameter', tensor.type);
      return { name: fullName, tensor: trace.add(sum, trace.mul(gradients[index] as Tensor, weight)) };
    }),
  );
};

/** (parameters, inputs, targets) → loss */
export const evaluation = (model: SizedModel, level: LevelShape, batch: number): Program => {
  const traced = begin(label('evaluation', level, batch), model, level);
  return traced.trace.finish([{ name: 'loss', tensor: meanLoss(traced, model, level, batch) }]);
};

/**
 * What a line search compares: the loss, and with `hasTau` the linear term ⟨τ, θ⟩ too. (parameters, τ, inputs, targets) → objective. Without it an
 * evaluation by another name, so that what a transfer ran is told from a stage's evaluations.
 */
export const objective = (model: SizedModel, level: StepShape, batch: number): Program => {
  const traced = begin(label('line-search', level, batch, level.hasTau ? ['tau'] : []), model, level);
  const { trace, sources } = traced;
  const linear = ({ fullName, tensor }: Traced['sources'][number]): Tensor =>
    trace.sumTo(trace.mul(tensor, trace.input(tauInputName(fullName), 'parameter', tensor.type)), []);
  const terms = level.hasTau ? sources.map(linear) : [];
  return trace.finish([
    { name: 'objective', tensor: terms.reduce((sum, term) => trace.add(sum, term), meanLoss(traced, model, level, batch)) },
  ]);
};

/** (parameters, inputs) → logits [batch·time, vocabulary] */
export const logitsProgram = (model: SizedModel, level: LevelShape, batch: number): Program => {
  const traced = begin(label('logits', level, batch), model, level);
  const { trace, find } = traced;
  const { context, vocabulary } = model;
  const byTime = logits(trace, find, hiddenStates(trace, model, level, batch, find, tokens(trace, 'inputs', model, batch)));
  const bySequence = trace.transpose(trace.reshape(byTime, [context, batch, vocabulary]), [1, 0, 2]);
  return trace.finish([{ name: 'logits', tensor: batch === 1 ? byTime : trace.reshape(bySequence, [batch * context, vocabulary]) }]);
};
