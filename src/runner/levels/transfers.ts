/**
 * Transfers as work: which programs a transfer runs and how often (which the plan costs), and running them on cells. Not here: which
 * recipe a layer has (`src/transfer`), which levels are open (`level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import type { SizedModel } from '../../model/family.js';
import { addFlops, type Flops, noFlops } from '../../program/flops.js';
import type { Program, TensorType } from '../../program/program.js';
import { blendInput, combineProgram, correctProgram, mixProgram } from '../../transfer/blend.js';
import type { LayerEntry } from '../../transfer/layer-matrix.js';
import type { LayerTensor } from '../../transfer/layer-tensor.js';
import { beginsAtZero, coefficientsOf, HALF, type MomentsTransfer } from '../../transfer/moments.js';
import type { Recipe } from '../../transfer/recipe.js';
import { updatesOf } from '../../transfer/updates.js';
import { type Cell, PARAMETER_CLASS, sameTensors } from './cell.js';
import { type Initial, initialLayer } from './initial-cell.js';
import type { TensorStore } from './tensor-store.js';

/** Tensors of a layer that a recipe must compute, and as what; of a mix, by how much. */
type Work = (
  | { readonly kind: 'combine' }
  | { readonly kind: 'mix'; readonly share: number }
  /** `halfway`: half of what the correction does. */
  | { readonly kind: 'correct'; readonly share: number; readonly halfway: boolean }
) & {
  readonly terms: readonly LayerEntry[];
  readonly tensors: readonly LayerTensor[];
};

/** The tensor operations of one layer's recipe; none where the cell's tensors serve as they are. */
const workOf = (recipe: Recipe, moments: MomentsTransfer, tensors: readonly LayerTensor[]): readonly Work[] => {
  const { policy, gradientFactor } = moments;
  const ofWeights = tensors.filter((tensor) => tensor.class === PARAMETER_CLASS);
  const ofMoments = tensors.filter((tensor) => tensor.class !== PARAMETER_CLASS);
  const moved = beginsAtZero(recipe, moments) ? ofWeights : tensors;
  return match(recipe)
    .returnType<readonly Work[]>()
    .with({ kind: 'keep' }, { kind: 'identity' }, { kind: 'initial' }, () => [])
    .with({ kind: 'take' }, ({ from }) => {
      const terms = [{ column: from, weight: 1 }];
      if (policy === 'average') return [{ kind: 'mix', share: HALF, terms, tensors: ofMoments }];
      return policy === 'rescale' && gradientFactor !== 1 ? [{ kind: 'combine', terms, tensors: ofMoments }] : [];
    })
    .with({ kind: 'combine' }, ({ terms }) =>
      policy === 'average'
        ? [
            { kind: 'combine', terms, tensors: ofWeights },
            { kind: 'mix', share: HALF, terms, tensors: ofMoments },
          ]
        : [{ kind: 'combine', terms, tensors: moved }],
    )
    .with({ kind: 'correct' }, ({ share, terms }) =>
      policy === 'average'
        ? [
            { kind: 'correct', share, halfway: false, terms, tensors: ofWeights },
            { kind: 'correct', share, halfway: true, terms, tensors: ofMoments },
          ]
        : [{ kind: 'correct', share, halfway: false, terms, tensors: moved }],
    )
    .with({ kind: 'mix' }, ({ share, terms }) =>
      policy === 'average'
        ? [
            { kind: 'mix', share, terms, tensors: ofWeights },
            // The mean of what stands there and what the mix makes of it is half the mix.
            { kind: 'mix', share: HALF * share, terms, tensors: ofMoments },
          ]
        : [{ kind: 'mix', share, terms, tensors: moved }],
    )
    .exhaustive();
};

const programOf = (work: Work): Program =>
  match(work)
    .with({ kind: 'combine' }, ({ tensors, terms }) => combineProgram(tensors, terms.length))
    .with({ kind: 'correct' }, ({ tensors, terms, halfway }) => correctProgram(tensors, terms.length, halfway))
    .with({ kind: 'mix' }, ({ tensors, terms }) => mixProgram(tensors, terms.length))
    .exhaustive();

const keyOf = (work: Work): string => {
  const { kind, terms, tensors } = work;
  const halfway = work.kind === 'correct' && work.halfway ? ' halfway' : '';
  return `${kind}${halfway} ${terms.length} ${tensors.map(({ name, shape }) => `${name}[${shape}]`).join()}`;
};

/** FLOPs of a transfer, from what one run of each of its programs costs. */
export const transferFlops = (
  recipes: readonly Recipe[],
  moments: MomentsTransfer,
  tensors: readonly LayerTensor[],
  costOf: (program: Program) => Flops,
): Flops => {
  const costs = new Map<string, Flops>();
  return recipes
    .flatMap((recipe) => workOf(recipe, moments, tensors))
    .reduce((total, work) => {
      const cost = costs.get(keyOf(work)) ?? costOf(programOf(work));
      costs.set(keyOf(work), cost);
      return addFlops(total, cost);
    }, noFlops);
};

/** The layers that a recipe reads. */
export interface Sources {
  readonly from: readonly Cell[];
  /** For prolongations: the layers that stand there now, and what was restricted from them. */
  readonly standing?: readonly Cell[];
  readonly restricted?: readonly Cell[];
}

const tensorIn = (cell: Cell | undefined, { name, class: tensorClass }: LayerTensor): DeviceTensor => {
  const tensor = (tensorClass === PARAMETER_CLASS ? cell?.parameters : cell?.moments)?.get(name);
  if (tensor === undefined) throw new Error(`no layer holds ${name} where a recipe reads it`);
  return tensor;
};

const cellAt = (cells: readonly Cell[] | undefined, layer: number): Cell => {
  const cell = cells?.[layer];
  if (cell === undefined) throw new Error(`a recipe reads layer ${layer}, which is not there`);
  return cell;
};

export class Transfers {
  readonly #compiled = new Map<string, Executable>();

  constructor(
    private readonly initial: Initial,
    private readonly model: SizedModel,
  ) {}

  private get store(): TensorStore {
    return this.initial.store;
  }

  get #backend(): Backend {
    return this.store.backend;
  }

  /** The layers (or shared layers, of which there is one cell) that the recipes make, `tensors` being what a cell holds: new cells, whose tensors are shared with the sources wherever nothing had to be computed. */
  async apply(
    recipes: readonly Recipe[],
    sources: Sources,
    moments: MomentsTransfer,
    tensors: readonly LayerTensor[],
  ): Promise<E.Either<BackendError, { readonly cells: readonly Cell[]; readonly flops: Flops }>> {
    const cells: Cell[] = [];
    let flops = noFlops;
    for (const [layer, recipe] of recipes.entries()) {
      const started = await this.#start(recipe, sources, layer, recipes.length);
      if (E.isLeft(started)) return started;
      const cell = started.right;
      for (const work of workOf(recipe, moments, tensors)) {
        const done = await this.#compute(work, cell, sources, layer, moments);
        if (E.isLeft(done)) return done;
        flops = addFlops(flops, done.right);
      }
      const zeroed = await this.#zero(recipe, moments, cell, tensors);
      if (E.isLeft(zeroed)) return zeroed;
      cell.updates = updatesOf(recipe, moments, sources, layer);
      cells.push(cell);
    }
    return E.right({ cells, flops });
  }

  /** The cell before anything is computed: the tensors that it begins with are replaced one by one. */
  async #start(recipe: Recipe, { from, standing }: Sources, layer: number, layers: number): Promise<E.Either<BackendError, Cell>> {
    const same = (cells: readonly Cell[] | undefined, at: number) => E.right(sameTensors(this.store, cellAt(cells, at)));
    return (
      match(recipe)
        .returnType<E.Either<BackendError, Cell> | Promise<E.Either<BackendError, Cell>>>()
        .with({ kind: 'take' }, { kind: 'identity' }, ({ from: source }) => same(from, source))
        .with({ kind: 'keep' }, { kind: 'correct' }, { kind: 'mix' }, () => same(standing, layer))
        .with({ kind: 'combine' }, ({ terms }) => same(from, terms[0]?.column ?? 0))
        // The deviation of some initial values hangs on the depth: that of the network as it becomes.
        .with({ kind: 'initial' }, () => initialLayer(this.initial, { ...this.model, layers }, layer))
        .exhaustive()
    );
  }

  async #executable(work: Work): Promise<E.Either<BackendError, Executable>> {
    const known = this.#compiled.get(keyOf(work));
    if (known !== undefined) return E.right(known);
    const compiled = await this.#backend.compile(programOf(work))();
    if (E.isRight(compiled)) this.#compiled.set(keyOf(work), compiled.right);
    return compiled;
  }

  async #compute(
    work: Work,
    cell: Cell,
    { from, standing, restricted }: Sources,
    layer: number,
    moments: MomentsTransfer,
  ): Promise<E.Either<BackendError, Flops>> {
    const { terms, tensors } = work;
    const inputs = new Map<string, DeviceTensor | number>(work.kind === 'mix' ? [[blendInput.share, work.share]] : []);
    const share = work.kind === 'correct' ? work.share : 1;
    for (const tensor of tensors) {
      const coefficients = coefficientsOf(terms, tensor.degree, moments);
      if (work.kind !== 'combine') inputs.set(blendInput.base(tensor.name), tensorIn(cellAt(standing, layer), tensor));
      for (const [term, { column }] of terms.entries()) {
        inputs.set(blendInput.term(tensor.name, term), tensorIn(cellAt(from, column), tensor));
        if (work.kind === 'correct') inputs.set(blendInput.restricted(tensor.name, term), tensorIn(cellAt(restricted, column), tensor));
        inputs.set(blendInput.weight(tensor.class, term), share * (coefficients[term] ?? 0));
      }
    }
    const compiled = await this.#executable(work);
    if (E.isLeft(compiled)) return compiled;
    const { program, flops } = compiled.right;
    const run = await compiled.right.run(
      program.inputs.map(({ name, value }): DeviceTensor | HostTensor => {
        const input = inputs.get(name);
        if (input === undefined) throw new Error(`a blend asks for ${name}`);
        return typeof input === 'number' ? { type: program.types[value] as TensorType, data: Float32Array.of(input) } : input;
      }),
    )();
    if (E.isLeft(run)) return run;
    for (const [index, { name, class: tensorClass }] of tensors.entries())
      this.store.put(tensorClass === PARAMETER_CLASS ? cell.parameters : cell.moments, name, run.right[index] as DeviceTensor);
    return E.right(flops);
  }

  /** Zeros: the moments that a policy resets, and all that makes a grown layer the identity. */
  async #zero(
    recipe: Recipe,
    moments: MomentsTransfer,
    cell: Cell,
    tensors: readonly LayerTensor[],
  ): Promise<E.Either<BackendError, void>> {
    const zeroes = beginsAtZero(recipe, moments);
    const grown = recipe.kind === 'identity' || (recipe.kind === 'initial' && recipe.identity);
    for (const tensor of tensors) {
      const isMoment = tensor.class !== PARAMETER_CLASS;
      if (!(isMoment ? zeroes : grown && tensor.endsBranch)) continue;
      const zeros = await this.store.zeros(tensor.shape);
      if (E.isLeft(zeros)) return zeros;
      this.store.put(isMoment ? cell.moments : cell.parameters, tensor.name, zeros.right);
    }
    return E.right(undefined);
  }

  dispose(): void {
    for (const executable of this.#compiled.values()) executable.dispose();
    this.#compiled.clear();
  }
}
