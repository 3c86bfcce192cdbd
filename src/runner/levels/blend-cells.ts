/**
 * Work executed on cells: blends, and transfers over the width. Not here: which recipe a layer has, and which programs it runs (`src/transfer`), which
 * work there is (`src/plan/work.ts`), which levels are open (`level-stack.ts`).
 */
import * as E from 'fp-ts/lib/Either.js';
import { match } from 'ts-pattern';
import type { BackendError, DeviceTensor, Executable, HostTensor } from '../../backend.js';
import { tensorsOf } from '../../model/cell-tensors.js';
import type { SizedModel } from '../../model/family.js';
import { layerParameterName, modelAt } from '../../model/parameters.js';
import type { BlendWork } from '../../plan/work.js';
import { typeIn } from '../../program/program.js';
import { blendInput } from '../../transfer/blend.js';
import { type LayerTensor, type LevelWidth, PARAMETER_CLASS, parameterTensors, type TensorsAt } from '../../transfer/layer-tensor.js';
import { isMade, shareOf, slopeInput, slopesKey, slopesProgram } from '../../transfer/learnt.js';
import { beginsAtZero, coefficientsOf, type MomentsTransfer } from '../../transfer/moments.js';
import type { Recipe } from '../../transfer/recipe.js';
import { blendKey, blendProgram, type BlendWork as RecipeWork, tensorsOfBlend, workOf } from '../../transfer/recipe-programs.js';
import type { Blend } from '../../transfer/resolved.js';
import { updatesOf } from '../../transfer/updates.js';
import { drawn, drawnFor, widenKey, widenProgram } from '../../transfer/widening.js';
import { resizeKey, resizeProgram } from '../../transfer/width.js';
import { type Cell, releaseCell, sameTensors } from './cell.js';
import { Executables } from './executables.js';
import { type Initial, initialLayer } from './initial-cell.js';
import type { TensorStore } from './tensor-store.js';

/** The layers that a recipe reads. */
export interface Sources {
  readonly from: readonly Cell[];
  /** For prolongations: the existing layers, and what was restricted from them. */
  readonly destination?: readonly Cell[];
  readonly restricted?: readonly Cell[];
}

/** What a transfer reads: layers, and shared layers, of which each level has one cell. */
export type Operands = Readonly<Record<'layers' | 'shared', Sources>>;

/** What a transfer made: new cells, whose tensors are shared with those that were read wherever nothing had to be computed. */
export interface Made {
  readonly layers: readonly Cell[];
  /** Where the shared layers were made too. */
  readonly shared?: Cell;
}

const tensorIn = (cell: Cell | undefined, { name, class: tensorClass }: LayerTensor): DeviceTensor => {
  const tensor = (tensorClass === PARAMETER_CLASS ? cell?.parameters : cell?.moments)?.get(name);
  if (tensor === undefined) throw new Error(`no layer holds ${name} where a recipe reads it`);
  return tensor;
};

const named = (tensors: readonly LayerTensor[], name: string): LayerTensor => {
  const tensor = tensors.find((each) => each.name === name);
  if (tensor === undefined) throw new Error(`no cell has a tensor ${name}`);
  return tensor;
};

const cellAt = (cells: readonly Cell[] | undefined, layer: number): Cell => {
  const cell = cells?.[layer];
  if (cell === undefined) throw new Error(`a recipe reads layer ${layer}, which is not there`);
  return cell;
};

export class Transfers {
  readonly executables: Executables;
  readonly tensorsAt: TensorsAt;

  constructor(
    private readonly initial: Initial,
    private readonly model: SizedModel,
  ) {
    this.executables = new Executables(initial.store.backend);
    this.tensorsAt = tensorsOf(model, initial.optimizer);
  }

  private get store(): TensorStore {
    return this.initial.store;
  }

  /** Executes the list of a transfer, in its order. */
  async execute(work: readonly BlendWork[], operands: Operands): Promise<E.Either<BackendError, Made>> {
    const read = { ...operands };
    const made: { layers?: readonly Cell[]; shared?: readonly Cell[] } = {};
    /** Cells that only the list itself reads. */
    const between: Cell[] = [];
    for (const each of work) {
      const of = each.kind === 'blend' ? each.blend.of : each.of;
      if (of === 'parameters') throw new Error('a transfer moves layers with their moments');
      const before = made[of];
      const sources = read[of];
      const { from, restricted = [] } = sources;
      const cells = await match(each)
        .with({ kind: 'blend' }, ({ blend }) => this.apply(blend, sources))
        .with({ kind: 'resize' }, (resize) => this.#resize(before ?? [...from, ...restricted], resize))
        .with({ kind: 'widen' }, (widen) => this.#widen(before ?? from, widen))
        .exhaustive();
      if (E.isLeft(cells)) return cells;
      if (each.kind === 'blend' || before !== undefined) {
        between.push(...(before ?? []));
        made[of] = cells.right;
      } else {
        between.push(...cells.right);
        read[of] = { ...sources, from: cells.right.slice(0, from.length), restricted: cells.right.slice(from.length) };
      }
    }
    for (const cell of between) releaseCell(this.store, cell);
    const { layers, shared: [shared] = [] } = made;
    if (layers === undefined) throw new Error('a transfer makes layers');
    return E.right({ layers, ...(shared === undefined ? {} : { shared }) });
  }

  /** The cells that the recipes give. */
  async apply(blend: Blend, sources: Sources): Promise<E.Either<BackendError, readonly Cell[]>> {
    const { recipes, moments } = blend;
    const tensors = tensorsOfBlend(blend, this.tensorsAt(blend.at));
    const cells: Cell[] = [];
    for (const [layer, recipe] of recipes.entries()) {
      const started = await this.#start(recipe, sources, layer, recipes.length, blend.at);
      if (E.isLeft(started)) return started;
      const cell = started.right;
      for (const work of workOf(recipe, moments, tensors)) {
        const done = await this.#compute(work, cell, sources, layer, moments);
        if (E.isLeft(done)) return done;
      }
      const zeroed = await this.#zero(recipe, moments, cell, tensors);
      if (E.isLeft(zeroed)) return zeroed;
      cell.updates = updatesOf(recipe, moments, sources, layer);
      cells.push(cell);
    }
    return E.right(cells);
  }

  /** The derivatives of a loss by the coefficients of a layer, in order. @param gradient of the loss by the layer's parameters. */
  async slopes(
    { of, at, recipes }: Blend,
    { from, restricted }: Sources,
    layer: number,
    gradient: (name: string) => DeviceTensor,
  ): Promise<E.Either<BackendError, readonly number[]>> {
    const recipe = recipes[layer];
    if (of !== 'parameters' || recipe === undefined || !isMade(recipe))
      throw new Error('derivatives are of layers that are made of layers');
    const tensors = parameterTensors(this.tensorsAt(at).layer);
    const inputs = new Map<string, DeviceTensor>();
    for (const tensor of tensors) {
      inputs.set(slopeInput.gradient(tensor.name), gradient(tensor.name));
      for (const [term, { column }] of recipe.terms.entries()) {
        inputs.set(slopeInput.term(tensor.name, term), tensorIn(cellAt(from, column), tensor));
        if (recipe.kind === 'correct') inputs.set(slopeInput.restricted(tensor.name, term), tensorIn(cellAt(restricted, column), tensor));
      }
    }
    const compiled = await this.executables.get(slopesKey(recipe, tensors), () => slopesProgram(recipe, tensors));
    if (E.isLeft(compiled)) return compiled;
    const run = await compiled.right.run(compiled.right.program.inputs.map(({ name }) => inputs.get(name) as DeviceTensor))();
    if (E.isLeft(run)) return run;
    const found: number[] = [];
    for (const output of run.right) {
      const read = await this.store.backend.download(output)();
      this.store.backend.release(output);
      if (E.isLeft(read)) return read;
      found.push(shareOf(recipe) * (read.right.data[0] ?? Number.NaN));
    }
    return E.right(found);
  }

  /** New cells, in the order of the given ones. */
  async #resize(
    cells: readonly Cell[],
    { of, at, resizing }: BlendWork & { readonly kind: 'resize' },
  ): Promise<E.Either<BackendError, readonly Cell[]>> {
    const tensors = this.tensorsAt(at)[of === 'layers' ? 'layer' : 'shared'];
    const executable = await this.executables.get(resizeKey(tensors, resizing), () => resizeProgram(tensors, resizing));
    if (E.isLeft(executable)) return executable;
    const resized: Cell[] = [];
    for (const cell of cells) {
      const run = await executable.right.run(executable.right.program.inputs.map(({ name }) => tensorIn(cell, named(tensors, name))))();
      if (E.isLeft(run)) return run;
      const next: Cell = { parameters: new Map(), moments: new Map(), updates: cell.updates };
      this.#put(next, executable.right, tensors, run.right);
      resized.push(next);
    }
    return E.right(resized);
  }

  /** New cells, in the order of the given ones. */
  async #widen(
    cells: readonly Cell[],
    { of, at, widening }: BlendWork & { readonly kind: 'widen' },
  ): Promise<E.Either<BackendError, readonly Cell[]>> {
    const tensors = this.tensorsAt(at)[of === 'layers' ? 'layer' : 'shared'];
    const executable = await this.executables.get(widenKey(tensors, widening), () => widenProgram(tensors, widening));
    if (E.isLeft(executable)) return executable;
    const { program } = executable.right;
    const wider: Cell[] = [];
    for (const [layer, cell] of cells.entries()) {
      const fullName = (name: string): string => (of === 'layers' ? layerParameterName(layer, name) : name);
      const inputs = program.inputs.map(({ name, value }): DeviceTensor | HostTensor => {
        const random = drawnFor(name);
        if (random === undefined) return tensorIn(cell, named(tensors, name));
        const type = typeIn(program, value);
        return { type, data: drawn(widening.way, type.shape, this.initial.seed, fullName(random), at.width) };
      });
      const run = await executable.right.run(inputs)();
      if (E.isLeft(run)) return run;
      const next: Cell = { parameters: new Map(), moments: new Map(), updates: cell.updates };
      this.#put(next, executable.right, tensors, run.right);
      wider.push(next);
    }
    return E.right(wider);
  }

  /** Puts what a program gives into the cell, by name. */
  #put(cell: Cell, { program }: Executable, tensors: readonly LayerTensor[], outputs: readonly DeviceTensor[]): void {
    for (const [index, { name }] of program.outputs.entries())
      this.store.put(named(tensors, name).class === PARAMETER_CLASS ? cell.parameters : cell.moments, name, outputs[index] as DeviceTensor);
  }

  /** The cell before anything is computed; its initial tensors are then replaced one by one. */
  async #start(
    recipe: Recipe,
    { from, destination }: Sources,
    layer: number,
    layers: number,
    at: LevelWidth,
  ): Promise<E.Either<BackendError, Cell>> {
    const same = (cells: readonly Cell[] | undefined, place: number) => E.right(sameTensors(this.store, cellAt(cells, place)));
    return (
      match(recipe)
        .returnType<E.Either<BackendError, Cell> | Promise<E.Either<BackendError, Cell>>>()
        .with({ kind: 'take' }, { kind: 'identity' }, ({ from: source }) => same(from, source))
        .with({ kind: 'keep' }, { kind: 'correct' }, { kind: 'mix' }, () => same(destination, layer))
        .with({ kind: 'combine' }, ({ terms }) => same(from, terms[0]?.column ?? 0))
        // The standard deviation of some initial values depends on the depth, which is that after the growth.
        .with({ kind: 'initial' }, () => initialLayer(this.initial, { ...modelAt(this.model, at), layers }, layer))
        .exhaustive()
    );
  }

  async #compute(
    work: RecipeWork,
    cell: Cell,
    { from, destination, restricted }: Sources,
    layer: number,
    moments: MomentsTransfer,
  ): Promise<E.Either<BackendError, void>> {
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
    const compiled = await this.executables.get(blendKey(work), () => blendProgram(work));
    if (E.isLeft(compiled)) return compiled;
    const { program } = compiled.right;
    const run = await compiled.right.run(
      program.inputs.map(({ name, value }): DeviceTensor | HostTensor => {
        const input = inputs.get(name);
        if (input === undefined) throw new Error(`a blend asks for ${name}`);
        return typeof input === 'number' ? { type: typeIn(program, value), data: Float32Array.of(input) } : input;
      }),
    )();
    if (E.isLeft(run)) return run;
    this.#put(cell, compiled.right, tensors, run.right);
    return E.right(undefined);
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
    this.executables.dispose();
  }
}
