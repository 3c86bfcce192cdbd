/**
 * The three programs of a level: one training step, one evaluation, one look at the logits. Here model, gradient and update rule
 * meet; what each of them is stands in its own file.
 */
import { momentNames, update } from '../optimizer/update.js';
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

const partLabel = ({ trained, stochasticDepth }: StepPart): readonly string[] => [
  ...(trained === undefined ? [] : [`trains ${[...(trained.shared ? ['shared'] : []), ...trained.layers].join(' ')}`]),
  ...(stochasticDepth === undefined ? [] : ['stochastic depth']),
];

const isTrained = (group: string, { trained }: StepPart): boolean =>
  trained === undefined || (group === 'shared' ? trained.shared : trained.layers.some((layer) => group === `layers.${layer}`));

interface Traced {
  readonly trace: Tracer;
  readonly find: Parameters;
  readonly sources: readonly { readonly fullName: string; readonly group: string; readonly tensor: Tensor }[];
}

const begin = (name: string, model: SizedModel, level: LevelShape): Traced => {
  const trace = new Tracer(name);
  const sources = levelParameters(model, level).map(({ fullName, group, spec }) => ({
    fullName,
    group,
    tensor: trace.input(fullName, 'parameter', { dtype: 'f32', shape: spec.shape }),
  }));
  const byName = new Map(sources.map(({ fullName, tensor }) => [fullName, tensor]));
  return { trace, find: (parameter) => byName.get(parameter), sources };
};

const tokens = (trace: Tracer, name: string, model: SizedModel, batch: number): Tensor =>
  trace.input(name, 'batch', { dtype: 'i32', shape: [batch * model.context] });

const survivalInputs = (trace: Tracer, layers: number): readonly Tensor[] =>
  Array.from({ length: layers }, (_, layer) => trace.input(survivalName(layer), 'scalar', { dtype: 'f32', shape: [] }));

const meanLoss = (traced: Traced, model: SizedModel, level: LevelShape, batch: number, survivals?: readonly Tensor[]): Tensor => {
  const { trace, find } = traced;
  const inputs = tokens(trace, 'inputs', model, batch);
  const targets = tokens(trace, 'targets', model, batch);
  return trace.crossEntropy(logits(trace, find, hiddenStates(trace, model, level, batch, find, inputs, survivals)), targets);
};

/**
 * Forward, backward and update: (parameters, moments, inputs, targets, scalars) → (loss, gradientNorm, parameters, moments). Where only a part is
 * trained, the moments and outputs are that part's, the norm is that of its gradient, and the backward pass goes no further down than it.
 */
export const trainingStep = (model: SizedModel, level: StepShape, batch: number, optimizer: Optimizer): Program => {
  const traced = begin(label('training-step', level, batch, partLabel(level)), model, level);
  const { trace } = traced;
  const sources = traced.sources.filter(({ group }) => isTrained(group, level));
  const survivals = level.stochasticDepth === undefined ? undefined : survivalInputs(trace, level.layers);
  const loss = meanLoss(traced, model, level, batch, survivals);
  const gradients = differentiate(
    trace,
    loss,
    sources.map(({ tensor }) => tensor),
  );
  const updated = update(
    trace,
    optimizer,
    sources.map(({ fullName, group, tensor }, index) => {
      const gradient = gradients[index];
      if (gradient === undefined) throw new Error(`the loss does not depend on ${fullName}`);
      const moments = momentNames(optimizer).map((moment) => trace.input(momentInputName(fullName, moment), 'moment', tensor.type));
      return { group, parameter: tensor, gradient, moments };
    }),
  );
  return trace.finish([
    { name: 'loss', tensor: loss },
    { name: 'gradientNorm', tensor: updated.gradientNorm },
    ...sources.flatMap(({ fullName }, index) => {
      const next = updated.tensors[index];
      if (next === undefined) return [];
      return [
        { name: `next/${fullName}`, tensor: next.parameter, updates: fullName },
        ...momentNames(optimizer).flatMap((moment, which) => {
          const tensor = next.moments[which];
          const name = momentInputName(fullName, moment);
          return tensor === undefined ? [] : [{ name: `next/${name}`, tensor, updates: name }];
        }),
      ];
    }),
  ]);
};

/** (parameters, inputs, targets) → loss */
export const evaluation = (model: SizedModel, level: LevelShape, batch: number): Program => {
  const traced = begin(label('evaluation', level, batch), model, level);
  return traced.trace.finish([{ name: 'loss', tensor: meanLoss(traced, model, level, batch) }]);
};

/** (parameters, inputs) → logits [batch·time, vocabulary] */
export const logitsProgram = (model: SizedModel, level: LevelShape, batch: number): Program => {
  const traced = begin(label('logits', level, batch), model, level);
  const { trace, find } = traced;
  const inputs = tokens(trace, 'inputs', model, batch);
  return trace.finish([{ name: 'logits', tensor: logits(trace, find, hiddenStates(trace, model, level, batch, find, inputs)) }]);
};
