/**
 * A program of a level under construction: its parameters, the batch that it sees, the loss. What every program of the model begins with. Not here:
 * the programs (`training-step.ts`, `programs.ts`), what the network computes (`gpt.ts`).
 */
import type { ParameterRole } from '../optimizer/parameter-role.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { StepPart } from '../schedule/step-part.js';
import { hiddenStates, type LevelShape, logits } from './gpt.js';
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

/** A parameter's value, as a program has it. */
export interface Source {
  readonly fullName: string;
  readonly group: string;
  readonly role: ParameterRole;
  readonly tensor: Tensor;
}

/** What a program is about. */
export interface Subject {
  readonly model: SizedModel;
  readonly level: StepShape;
  /** Sequences that it sees; left out where it sees none. */
  readonly batch?: number;
}

export interface LevelTrace extends Subject {
  readonly trace: Tracer;
  readonly sources: readonly Source[];
}

const label = (what: string, { level, batch }: Subject): string => {
  const { layers, h, trained, stochasticDepth, hasTau } = level;
  const parts = [
    `layers ${layers}`,
    `h ${h}`,
    ...(batch === undefined ? [] : [`batch ${batch}`]),
    ...(trained === undefined ? [] : [`trains ${[...(trained.shared ? ['shared'] : []), ...trained.layers].join(' ')}`]),
    ...(stochasticDepth === undefined ? [] : ['stochastic depth']),
    ...(hasTau ? ['tau'] : []),
  ];
  return `${what}[${parts.join(', ')}]`;
};

/** @param reads whether the program reads the parameters of a group; left out: those of all. */
export const begin = (what: string, subject: Subject, reads: (group: string) => boolean = () => true): LevelTrace => {
  const trace = new Tracer(label(what, subject));
  const sources = levelParameters(subject.model, subject.level)
    .filter(({ group }) => reads(group))
    .map(({ fullName, group, spec: { role, shape } }) => ({
      fullName,
      group,
      role,
      tensor: trace.input(fullName, 'parameter', { dtype: 'f32', shape }),
    }));
  return { ...subject, trace, sources };
};

/** Given as [batch·time], a sequence after the other; the model has them as [time·batch]. */
const tokens = ({ trace, model: { context }, batch = 1 }: LevelTrace, name: string): Tensor => {
  const given = trace.input(name, 'batch', { dtype: 'i32', shape: [batch * context] });
  return batch === 1 ? given : trace.reshape(trace.transpose(trace.reshape(given, [batch, context]), [1, 0]), [context * batch]);
};

/** The factor of each layer's branches, where the step has stochastic depth. */
export const survivalInputs = ({ trace, level }: LevelTrace): readonly Tensor[] =>
  level.stochasticDepth === undefined
    ? []
    : Array.from({ length: level.layers }, (_, layer) => trace.input(survivalName(layer), 'scalar', { dtype: 'f32', shape: [] }));

const logitsOf = (traced: LevelTrace, inputs: Tensor, survivals: readonly Tensor[]): Tensor => {
  const { trace, model, level, batch = 1, sources } = traced;
  const byName = new Map(sources.map(({ fullName, tensor }) => [fullName, tensor]));
  const find = (name: string): Tensor | undefined => byName.get(name);
  return logits(trace, find, hiddenStates(trace, model, level, batch, find, inputs, survivals));
};

/** Logits [time·batch, vocabulary] of the batch. */
export const batchLogits = (traced: LevelTrace): Tensor => logitsOf(traced, tokens(traced, 'inputs'), []);

/** Mean loss over the batch, nats per token; a scalar. `survivals`: a scalar a layer, by which its branches are multiplied. */
export const meanLoss = (traced: LevelTrace, survivals: readonly Tensor[] = []): Tensor => {
  const [inputs, targets] = [tokens(traced, 'inputs'), tokens(traced, 'targets')];
  return traced.trace.crossEntropy(logitsOf(traced, inputs, survivals), targets);
};

/** A parameter's part of the objective's linear term ⟨τ, θ⟩. */
export const tauOf = ({ trace }: LevelTrace, { fullName, tensor }: Source): Tensor => trace.input(fullName, 'tau', tensor.type);
