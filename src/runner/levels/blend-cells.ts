/**
 * Blends executed on cells. Not here: which recipe a layer has, and which programs it runs (`src/transfer`), which levels are open
 * (`level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { Backend, BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import { tensorsOf } from '../../model/cell-tensors.js';
import type { SizedModel } from '../../model/family.js';
import { typeIn } from '../../program/program.js';
import { addFlops, type Flops, noFlops } from '../../program/types/flops.js';
import { blendInput } from '../../transfer/blend.js';
import { type LayerTensor, PARAMETER_CLASS, type TensorsAt } from '../../transfer/layer-tensor.js';
import { beginsAtZero, coefficientsOf, type MomentsTransfer } from '../../transfer/moments.js';
import type { Recipe } from '../../transfer/recipe.js';
import { type BlendWork, blendKey, blendProgram, tensorsOfBlend, workOf } from '../../transfer/recipe-programs.js';
import type { Blend } from '../../transfer/resolved.js';
import { updatesOf } from '../../transfer/updates.js';
import { type Cell, sameTensors } from './cell.js';
import { type Initial, initialLayer } from './initial-cell.js';
import type { TensorStore } from './tensor-store.js';

/** The layers that a recipe reads. */
export interface Sources {
  readonly from: readonly Cell[];
  /** For prolongations: the existing layers, and what was restricted from them. */
  readonly destination?: readonly Cell[];
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

  readonly tensorsAt: TensorsAt;

  constructor(
    private readonly initial: Initial,
    private readonly model: SizedModel,
  ) {
    this.tensorsAt = tensorsOf(model, initial.optimizer);
  }

  private get store(): TensorStore {
    return this.initial.store;
  }

  get #backend(): Backend {
    return this.store.backend;
  }

  /**
   * The layers (or shared layers, a single cell) that the recipes give: new cells, whose tensors are shared with the sources wherever nothing had to
   * be computed.
   */
  async apply(blend: Blend, sources: Sources): Promise<E.Either<BackendError, { readonly cells: readonly Cell[]; readonly flops: Flops }>> {
    const { recipes, moments } = blend;
    const tensors = tensorsOfBlend(blend, this.tensorsAt(blend.at));
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

  /** The cell before anything is computed; its initial tensors are then replaced one by one. */
  async #start(recipe: Recipe, { from, destination }: Sources, layer: number, layers: number): Promise<E.Either<BackendError, Cell>> {
    const same = (cells: readonly Cell[] | undefined, at: number) => E.right(sameTensors(this.store, cellAt(cells, at)));
    return (
      match(recipe)
        .returnType<E.Either<BackendError, Cell> | Promise<E.Either<BackendError, Cell>>>()
        .with({ kind: 'take' }, { kind: 'identity' }, ({ from: source }) => same(from, source))
        .with({ kind: 'keep' }, { kind: 'correct' }, { kind: 'mix' }, () => same(destination, layer))
        .with({ kind: 'combine' }, ({ terms }) => same(from, terms[0]?.column ?? 0))
        // The standard deviation of some initial values depends on the depth, which is that after the growth.
        .with({ kind: 'initial' }, () => initialLayer(this.initial, { ...this.model, layers }, layer))
        .exhaustive()
    );
  }

  async #executable(work: BlendWork): Promise<E.Either<BackendError, Executable>> {
    const known = this.#compiled.get(blendKey(work));
    if (known !== undefined) return E.right(known);
    const compiled = await this.#backend.compile(blendProgram(work))();
    if (E.isRight(compiled)) this.#compiled.set(blendKey(work), compiled.right);
    return compiled;
  }

  async #compute(
    work: BlendWork,
    cell: Cell,
    { from, destination, restricted }: Sources,
    layer: number,
    moments: MomentsTransfer,
  ): Promise<E.Either<BackendError, Flops>> {
    const { terms, tensors } = work;
    const inputs = new Map<string, DeviceTensor | number>(work.kind === 'mix' ? [[blendInput.share, work.share]] : []);
    const share = work.kind === 'correct' ? work.share : 1;
    for (const tensor of tensors) {
      const coefficients = coefficientsOf(terms, tensor.degree, moments);
      if (work.kind !== 'combine') inputs.set(blendInput.base(tensor.name), tensorIn(cellAt(destination, layer), tensor));
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
        return typeof input === 'number' ? { type: typeIn(program, value), data: Float32Array.of(input) } : input;
      }),
    )();
    if (E.isLeft(run)) return run;
    const classes = new Map(tensors.map((tensor) => [tensor.name, tensor.class]));
    for (const [index, { name }] of program.outputs.entries())
      this.store.put(classes.get(name) === PARAMETER_CLASS ? cell.parameters : cell.moments, name, run.right[index] as DeviceTensor);
    return E.right(flops);
  }

  /** Zeros: moments that a policy resets, and tensors that make a grown layer the identity. */
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
