/**
 * A program of a level under construction, with which every program of the model begins: its parameters, the batch that it sees, the loss. Not here:
 * the programs (`training-step.ts`, `level-programs.ts`), what the network computes (a family's file).
 */
import type { ParameterRole } from '../optimizer/parameter-role.js';
import type { ParameterScales } from '../optimizer/update-rule.js';
import type { OperationName } from '../program/operations/index.js';
import type { Node, ValueId } from '../program/program.js';
import type { Segment } from '../program/recomputation.js';
import { portableRewrites, type RewriteName } from '../program/rewrite/index.js';
import { rewritten } from '../program/rewrite/rewritten.js';
import { type Tensor, Tracer } from '../program/tracer.js';
import type { Trace } from '../program/types/trace.js';
import { type Discretization, depthOf } from '../schedule/grid.js';
import type { Recompute } from '../schedule/schedule.js';
import type { StepPart } from '../schedule/walk/step-part.js';
import { familyOf } from './families.js';
import type { AppliedLayer, Forward, SizedModel, TracedStep } from './family.js';
import { logitsOf } from './head.js';
import { levelParameters } from './parameters.js';
import { scalesOf } from './parametrisation.js';
import { survivalName } from './stochastic-depth.js';

/** A level, and the options of a training step on it. */
export interface StepShape extends Discretization, StepPart {}

/** A parameter's value in a program. */
export interface Source {
  readonly fullName: string;
  readonly group: string;
  readonly role: ParameterRole;
  readonly scales: ParameterScales;
  readonly tensor: Tensor;
}

/** The subject of a program. */
export interface Subject {
  readonly model: SizedModel;
  readonly level: StepShape;
  /** The number of sequences that it sees; absent where it sees none. */
  readonly batch?: number;
  readonly seen?: Seen;
}

/** How a program sees its batch. */
export interface Seen {
  /** The rewrites of its forward pass, applied before differentiation; by default all. */
  readonly rewrites?: ReadonlySet<RewriteName>;
  /** Absent where documents are joined. */
  readonly documents?: 'separate' | undefined;
  /** What its gradient computes a second time; absent where nothing. */
  readonly recompute?: Recompute | undefined;
  /** The number of ranks that run it, each on its own sequences. Default: 1. */
  readonly ranks?: number | undefined;
}

export interface LevelTrace extends Subject {
  readonly trace: Tracer;
  readonly sources: readonly Source[];
  /** The Euler steps of its forward pass so far, in order. */
  readonly steps: TracedStep[];
}

const label = (what: string, { level, batch, seen }: Subject): string => {
  const { layers, h, loops, trained, stochasticDepth, hasTau, context } = level;
  const parts = [
    `layers ${layers}`,
    `h ${h}`,
    ...(loops === undefined || loops === 1 ? [] : [`applied ${loops} times`]),
    ...(batch === undefined ? [] : [`batch ${batch}`]),
    ...(batch === undefined || context === undefined ? [] : [`context ${context}`]),
    ...(trained === undefined ? [] : [`trains ${[...(trained.shared ? ['shared'] : []), ...trained.layers].join(' ')}`]),
    ...(stochasticDepth === undefined ? [] : ['stochastic depth']),
    ...(hasTau ? ['tau'] : []),
    ...(batch === undefined || seen?.documents === undefined ? [] : ['separate documents']),
    ...(batch === undefined || seen?.recompute === undefined ? [] : [`recomputes ${seen.recompute}`]),
    ...(seen?.ranks === undefined || seen.ranks === 1 ? [] : [`one of ${seen.ranks} ranks`]),
  ];
  return `${what}[${parts.join(', ')}]`;
};

/** @param reads whether the program reads the parameters of a group; by default all groups. */
export const begin = (what: string, subject: Subject, reads: (group: string) => boolean = () => true): LevelTrace => {
  const trace = new Tracer(label(what, subject));
  const sources = levelParameters(subject.model, subject.level)
    .filter(({ group }) => reads(group))
    .map(({ fullName, group, spec }) => ({
      fullName,
      group,
      role: spec.role,
      scales: scalesOf(subject.model, subject.level, spec, group === 'shared' ? 'shared' : 'layer'),
      tensor: trace.input(fullName, 'parameter', { dtype: 'f32', shape: spec.shape }),
    }));
  return { ...subject, trace, sources, steps: [] };
};

/** Tokens in a sequence: the model's context, unless a step's own is shorter. */
const timeOf = ({ model, level }: LevelTrace): number => level.context ?? model.context;

/** i32, passed as [batch·time], one sequence after the other; the model uses them as [time·batch]. */
const tokens = (traced: LevelTrace, name: string): Tensor => {
  const { trace, batch = 1 } = traced;
  const time = timeOf(traced);
  const given = trace.input(name, 'batch', { dtype: 'i32', shape: [batch * time] });
  return batch === 1 ? given : trace.reshape(trace.transpose(trace.reshape(given, [batch, time]), [1, 0]), [time * batch]);
};

/** The factor of each layer's branches with stochastic depth. */
export const survivalInputs = ({ trace, level }: LevelTrace): readonly Tensor[] =>
  level.stochasticDepth === undefined
    ? []
    : Array.from({ length: level.layers }, (_, layer) => trace.input(survivalName(layer), 'scalar', { dtype: 'f32', shape: [] }));

/** How a pass sees the tokens of its sequences: `time` of them, and where each is. */
export type View = Pick<Forward, 'time' | 'ofPlaces' | 'attention'>;

/** [time, width] → [time, 1, width]: the same rows for each sequence. */
export const byTime = (trace: Trace, rows: Tensor): Tensor => {
  const [time = 0, width = 0] = rows.type.shape;
  return trace.reshape(rows, [time, 1, width]);
};

/** The first rows of a table. */
const firstRows = (trace: Trace, table: Tensor, rows: number): Tensor => {
  const [all = 0] = table.type.shape;
  return rows === all ? table : (trace.split(table, 0, [rows, all - rows])[0] as Tensor);
};

/** Sequences whose tokens all see one another. */
const wholeView = (traced: LevelTrace): View => {
  const { trace, batch = 1 } = traced;
  const time = timeOf(traced);
  return {
    time,
    ofPlaces: (table) => byTime(trace, firstRows(trace, table, time)),
    attention: (q, k, v, heads) => trace.attention(q, k, v, { batch, ...heads }),
  };
};

/** Added to the score of two tokens of different documents; like the causal mask, softmax turns it into exactly 0. */
const APART = -1e9;

/**
 * Sequences whose documents do not see one another. The mask is made once for all layers from the numbers d of the documents, f32 [batch·time]: the
 * mask min((dᵢ − dⱼ)², 1) · −1e9 + causal, [batch, 1, time, time].
 */
const separateView = (traced: LevelTrace): View => {
  const { trace, batch = 1 } = traced;
  const context = timeOf(traced);
  const numbers = trace.input('documents', 'batch', { dtype: 'f32', shape: [batch * context] });
  const positions = tokens(traced, 'positions');
  const difference = trace.sub(trace.reshape(numbers, [batch, 1, context, 1]), trace.reshape(numbers, [batch, 1, 1, context]));
  const areTwo = trace.minimum(trace.mul(difference, difference), trace.scalar(1));
  const mask = trace.add(trace.mul(areTwo, trace.scalar(APART)), trace.causalMask(context));
  return {
    time: context,
    ofPlaces: (table) => trace.reshape(trace.gather(table, positions), [context, batch, table.type.shape[1] ?? 0]),
    attention: (q, k, v, heads) => trace.attention(q, k, v, { batch, ...heads }, mask),
  };
};

/** a b, a b, … */
const appliedLayers = (level: Discretization): readonly AppliedLayer[] =>
  Array.from({ length: depthOf(level) }, (_, place): AppliedLayer => {
    const index = place % level.layers;
    return { place, index, name: `layers.${index}` };
  });

export const forwardOf = (traced: LevelTrace, survivals: readonly Tensor[] = [], view = wholeView(traced)): Forward => {
  const { trace, model, level, batch = 1, sources, steps } = traced;
  const byName = new Map(sources.map(({ fullName, tensor }) => [fullName, tensor]));
  const optional = (name: string): Tensor | undefined => byName.get(name);
  const parameter = (name: string): Tensor => {
    const tensor = optional(name);
    if (tensor === undefined) throw new Error(`parameter ${name} is not traced`);
    return tensor;
  };
  const layers = appliedLayers(level);
  return { trace, model, level, layers, batch, ...view, parameter, optional, survivals, stepped: (step) => steps.push(step) };
};

/** Logits [time·batch, vocabulary] of the batch. */
export const batchLogits = (traced: LevelTrace): Tensor => {
  const family = familyOf(traced.model);
  const forward = forwardOf(traced);
  return logitsOf(traced.trace, family.hiddenStates(forward, tokens(traced, 'inputs')), family.head(forward));
};

/** Mean loss over the batch, nats per token; a scalar. `survivals`: a scalar per layer, by which its branches are multiplied. */
export const meanLoss = (traced: LevelTrace, survivals: readonly Tensor[] = []): Tensor => {
  const family = familyOf(traced.model);
  const [inputs, targets] = [tokens(traced, 'inputs'), tokens(traced, 'targets')];
  const forward = forwardOf(traced, survivals, traced.seen?.documents === undefined ? wholeView(traced) : separateView(traced));
  return family.loss(forward, family.hiddenStates(forward, inputs), targets);
};

/**
 * Results of these are kept where only activations are computed again: of products with weights, which take nearly all of a layer's FLOPs. Products of
 * activations, which are in `attention`, are a few of a hundred, and its probabilities more memory than all else.
 */
const kept: ReadonlySet<OperationName> = new Set(['matmul', 'linear']);

/** A layer each, from the residual stream that it begins with to the one that it ends with. */
const layersOf = (steps: readonly TracedStep[], of: (value: Tensor) => Tensor): readonly Omit<Segment, 'keeps'>[] =>
  steps.flatMap((step, index) => {
    if (steps[index - 1]?.layer.place === step.layer.place) return [];
    const last = steps.findLast(({ layer }) => layer.place === step.layer.place) ?? step;
    return [{ from: of(step.from).id, to: of(last.to).id }];
  });

/** A family that did not go through `forward.layers` would be another network than the one that the grid says, and nobody would see it. */
const checkLoops = ({ model, level, steps }: LevelTrace): void => {
  const places = new Set(steps.map(({ layer }) => layer.place)).size;
  if (level.loops !== undefined && places !== depthOf(level))
    throw new Error(`the family ${model.kind} takes ${places} of the ${depthOf(level)} steps of forward.layers`);
};

const recomputedLayers = ({ steps, seen }: LevelTrace, of: (id: ValueId) => Tensor): readonly Segment[] => {
  if (seen?.recompute === undefined) return [];
  const keeps = seen.recompute === 'activations' ? kept : new Set<OperationName>();
  return layersOf(steps, ({ id }) => of(id)).map((segment) => ({ ...segment, keeps }));
};

/** A program that begins with a forward pass. */
export interface Begun {
  readonly traced: LevelTrace;
  /** The result of the pass. */
  readonly tensor: Tensor;
  readonly nodes: readonly Node[];
  /** The parts of the pass that its gradient is to compute again. */
  readonly recomputed: readonly Segment[];
}

/**
 * A program that begins with the forward pass that `result` traces, rewritten.
 *
 * @param differentiated whether the gradient of that result will be needed
 */
export const beginWith = (
  what: string,
  subject: Subject,
  result: (traced: LevelTrace) => Tensor,
  { differentiated = false } = {},
): Begun => {
  const plain = begin(what, subject);
  const tensor = result(plain);
  checkLoops(plain);
  const { trace, of } = rewritten(plain.trace.finish([{ name: what, tensor }]), subject.seen?.rewrites ?? portableRewrites, {
    differentiated,
  });
  const sources = plain.sources.map((source) => ({ ...source, tensor: of(source.tensor.id) }));
  const recomputed = recomputedLayers(plain, of);
  return { traced: { ...plain, trace, sources }, tensor: of(tensor.id), nodes: [...trace.nodes], recomputed };
};

/** A parameter's contribution to the objective's linear term ⟨τ, θ⟩. */
export const tauOf = ({ trace }: LevelTrace, { fullName, tensor }: Source): Tensor => trace.input(fullName, 'tau', tensor.type);
