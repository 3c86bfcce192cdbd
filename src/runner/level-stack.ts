/**
 * The open levels of a run, finest first, on one backend: which cells each level holds, and how transfers re-wire them. A level does
 * not know other levels; this stack does. Not here: training (`trainer.ts`), what a transfer means (`src/transfer`).
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Backend, BackendError, DeviceTensor, HostTensor } from '../backend.js';
import type { SizedModel } from '../model/parameters.js';
import { initialValues, layerParameterName, layerParameters, type ParameterSpec, sharedParameters } from '../model/parameters.js';
import { momentInputName } from '../model/programs.js';
import { momentNames } from '../optimizer/update.js';
import { sizeOf } from '../program/program.js';
import type { Optimizer, ProlongateStage, RestrictStage } from '../schedule/schedule.js';
import type { LevelState } from '../schedule/walk.js';
import { injection, type LayerTransfer } from '../transfer/layer-matrix.js';
import { applyMoments, type LayerState, prolongateLayers, restrictLayers } from '../transfer/transfer.js';

export type Cell = LayerState<DeviceTensor>;

export interface Level extends LevelState {
  readonly shared: Cell;
  readonly cells: readonly Cell[];
}

/** A level with the transfer that led to it from the next finer one. */
interface OpenLevel extends Level {
  readonly transfer?: LayerTransfer;
}

/** Every tensor of a level by its full name, with its cell: the one place that joins layer numbers and names. */
export const cellsByGroup = (
  level: Level,
): readonly { readonly group: string; readonly cell: Cell; readonly fullName: (name: string) => string }[] => [
  { group: 'shared', cell: level.shared, fullName: (name) => name },
  ...level.cells.map((cell, layer) => ({ group: `layers.${layer}`, cell, fullName: (name: string) => layerParameterName(layer, name) })),
];

const upload = async (backend: Backend, tensor: HostTensor): Promise<E.Either<BackendError, DeviceTensor>> => backend.upload(tensor)();

export class LevelStack {
  readonly #open: OpenLevel[];

  private constructor(
    private readonly backend: Backend,
    finest: OpenLevel,
  ) {
    this.#open = [finest];
  }

  /** The finest level with its initial values (`seed`) and zero moments. */
  static async create(
    backend: Backend,
    model: SizedModel,
    optimizer: Optimizer,
    seed: number,
  ): Promise<E.Either<BackendError, LevelStack>> {
    const cell = async (specs: readonly ParameterSpec[], fullName: (name: string) => string): Promise<E.Either<BackendError, Cell>> => {
      const state: Cell = { parameters: new Map(), moments: new Map(), updates: 0 };
      for (const spec of specs) {
        const type = { dtype: 'f32', shape: spec.shape } as const;
        const parameter = await upload(backend, { type, data: initialValues(spec, fullName(spec.name), seed) });
        if (E.isLeft(parameter)) return parameter;
        state.parameters.set(spec.name, parameter.right);
        for (const moment of momentNames(optimizer)) {
          const zeros = await upload(backend, { type, data: new Float32Array(sizeOf(spec.shape)) });
          if (E.isLeft(zeros)) return zeros;
          state.moments.set(momentInputName(spec.name, moment), zeros.right);
        }
      }
      return E.right(state);
    };
    const shared = await cell(sharedParameters(model), (name) => name);
    if (E.isLeft(shared)) return shared;
    const cells: Cell[] = [];
    for (let layer = 0; layer < model.layers; layer++) {
      const made = await cell(layerParameters(model), (name) => layerParameterName(layer, name));
      if (E.isLeft(made)) return made;
      cells.push(made.right);
    }
    return E.right(new LevelStack(backend, { level: 0, layers: model.layers, h: 1, shared: shared.right, cells }));
  }

  get current(): Level {
    return this.#open.at(-1) as OpenLevel;
  }

  /** With injections the finest level's cells are all there are: coarser levels hold some of them. */
  get finest(): Level {
    return this.#open[0] as OpenLevel;
  }

  /** Gives every tensor back to the backend; the stack is not used again. */
  release(): void {
    for (const { cell } of cellsByGroup(this.finest))
      for (const tensor of [...cell.parameters.values(), ...cell.moments.values()]) this.backend.release(tensor);
  }

  async restrict({ operator, moments }: RestrictStage, to: LevelState): Promise<E.Either<BackendError, void>> {
    const fine = this.current;
    const transfer = injection(operator, fine.layers);
    const cells = restrictLayers(transfer.restriction, fine.cells);
    this.#open.push({ ...to, shared: fine.shared, cells, transfer });
    return this.#moments(moments, cells);
  }

  async prolongate({ moments }: ProlongateStage): Promise<E.Either<BackendError, void>> {
    const coarse = this.#open.pop();
    const fine = this.#open.pop();
    if (coarse?.transfer === undefined || fine === undefined)
      throw new Error('the verifier lets no prolongation through on the finest level');
    this.#open.push({ ...fine, cells: prolongateLayers(coarse.transfer.prolongation, coarse.cells, fine.cells) });
    return this.#moments(moments, coarse.cells);
  }

  async #moments(policy: RestrictStage['moments'], moved: readonly Cell[]): Promise<E.Either<BackendError, void>> {
    // A reset needs zeros on the device; they are made before any cell changes, so that a failure leaves all as it was.
    const fresh = new Map<DeviceTensor, DeviceTensor>();
    if (policy === 'reset')
      for (const { moments } of moved)
        for (const moment of moments.values()) {
          const zeros = await upload(this.backend, { type: moment.type, data: new Float32Array(sizeOf(moment.type.shape)) });
          if (E.isLeft(zeros)) return zeros;
          fresh.set(moment, zeros.right);
        }
    applyMoments(policy, moved, (moment) => {
      const zeros = fresh.get(moment);
      if (zeros === undefined) throw new Error('zeros were made for every moment');
      this.backend.release(moment);
      return zeros;
    });
    return E.right(undefined);
  }
}
