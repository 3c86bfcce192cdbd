/**
 * The three programs of a level: one training step, one evaluation, one look at the logits. Here model, gradient and update rule
 * meet; what each of them is stands in its own file.
 */
import { momentNames, update } from '../optimizer/update.js';
import { differentiate } from '../program/differentiate.js';
import type { Program } from '../program/program.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { Optimizer } from '../schedule/schedule.js';
import { hiddenStates, type LevelShape, logits, type Parameters } from './gpt.js';
import { layerParameterName, layerParameters, type ParameterSpec, type SizedModel, sharedParameters } from './parameters.js';

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

const label = (what: string, { layers, h }: LevelShape, batch: number): string => `${what}[layers ${layers}, h ${h}, batch ${batch}]`;

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

const meanLoss = (traced: Traced, model: SizedModel, level: LevelShape, batch: number): Tensor => {
  const { trace, find } = traced;
  const inputs = tokens(trace, 'inputs', model, batch);
  const targets = tokens(trace, 'targets', model, batch);
  return trace.crossEntropy(logits(trace, find, hiddenStates(trace, model, level, batch, find, inputs)), targets);
};

/** Forward, backward and update: (parameters, moments, inputs, targets, scalars) → (loss, gradientNorm, parameters, moments). */
export const trainingStep = (model: SizedModel, level: LevelShape, batch: number, optimizer: Optimizer): Program => {
  const traced = begin(label('training-step', level, batch), model, level);
  const { trace, sources } = traced;
  const loss = meanLoss(traced, model, level, batch);
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
