/**
 * State that waits while a stage trains another: finer levels, what was restricted from them, tau, ended arms and replicas, an outer optimizer's
 * momentum. The stages are followed with cells of which only the size is known; tensors that several hold are counted once, as a run holds them once.
 * Not here: what the step itself holds (`src/program/peak-bytes.ts`), the cells of a run (`src/runner/levels`).
 */
import { match } from 'ts-pattern';
import { type Grid, gridOf } from '../schedule/grid.js';
import type { TrainedLayers } from '../schedule/walk/step-part.js';
import { closesBranch, opensBranch } from '../schedule/walk/walk.js';
import { bytesOfTensors, type LayerTensor, parameterTensors, type TensorsAt } from '../transfer/layer-tensor.js';
import { beginsAtZero, type MomentsTransfer } from '../transfer/moments.js';
import { hasMomentum } from '../transfer/outer.js';
import type { Recipe } from '../transfer/recipe.js';
import type { Blend, ResolvedRestriction, ResolvedTransfer, ResolvedVisit } from '../transfer/resolved.js';

/** The tensors of a cell that always change together. Equal only to itself. */
interface Tensors {
  readonly bytes: number;
}

/** Without moments: tau, an outer optimizer's momentum. */
interface Cell {
  readonly parameters: Tensors;
  readonly moments?: Tensors;
}

interface Cells {
  readonly shared: Cell;
  readonly layers: readonly Cell[];
}

/** What is trained on a level, and what its restriction left beside it. */
interface Level extends Cells {
  readonly grid: Grid;
  readonly kept: readonly Cell[];
}

interface OpenBranch {
  readonly start: Cells;
  readonly ended: readonly Cells[];
  /** Replicas that have yet to begin in a round after the first. */
  readonly waiting: readonly Cells[];
  readonly momentum: readonly Cell[];
}

const cellsOf = ({ shared, layers }: Cells): readonly Cell[] => [shared, ...layers];
const tensorsOf = ({ parameters, moments }: Cell): readonly Tensors[] => [parameters, ...(moments === undefined ? [] : [moments])];
const another = ({ bytes }: Tensors): Tensors => ({ bytes });
const withoutMoments = ({ parameters }: Cell): Cell => ({ parameters: another(parameters) });

/** New cells on a grid. */
const cellsAt = (tensorsAt: TensorsAt, grid: Grid): Cells => {
  const { layer, shared } = tensorsAt(grid);
  const cell = (tensors: readonly LayerTensor[]): Cell => {
    const parameters = bytesOfTensors(parameterTensors(tensors));
    return { parameters: { bytes: parameters }, moments: { bytes: bytesOfTensors(tensors) - parameters } };
  };
  return { shared: cell(shared), layers: Array.from({ length: grid.layers }, () => cell(layer)) };
};

/** Whether a layer that is taken as it is has the moments of the one that it is taken from. */
const keepsMoments = (recipe: Recipe, moments: MomentsTransfer): boolean =>
  !beginsAtZero(recipe, moments) && moments.policy !== 'average' && (moments.policy !== 'rescale' || moments.gradientFactor === 1);

/**
 * The cells that a blend gives: layers that are taken or kept hold the tensors that were there.
 *
 * @param made new ones, of the sizes of the result
 * @param from what recipes read, where it has that size
 */
const blended = ({ recipes, moments }: Blend, made: readonly Cell[], from: readonly Cell[], there: readonly Cell[]): readonly Cell[] =>
  made.map((own, index) => {
    const recipe = recipes[index];
    const stays = recipe?.kind === 'keep' ? there[index] : undefined;
    const taken = recipe?.kind === 'take' ? from[recipe.from] : undefined;
    if (stays !== undefined) return stays;
    if (recipe === undefined || taken === undefined) return own;
    return keepsMoments(recipe, moments) ? taken : { ...own, parameters: taken.parameters };
  });

/** Follows the stages of a schedule, one after the other. */
class Holdings {
  #levels: readonly Level[];
  #branches: readonly OpenBranch[] = [];

  constructor(
    private readonly tensorsAt: TensorsAt,
    first: Grid,
  ) {
    this.#levels = [{ grid: first, kept: [], ...cellsAt(tensorsAt, first) }];
  }

  get #current(): Level {
    return this.#levels.at(-1) as Level;
  }

  /** The present level with other cells. Levels of one width have the same shared layers. */
  #become({ shared, layers }: Cells): void {
    const before = this.#current;
    this.#levels = this.#levels.map((level) => ({
      ...level,
      ...(level.shared === before.shared ? { shared } : {}),
      ...(level === before ? { layers } : {}),
    }));
  }

  #innermost(change: (branch: OpenBranch) => OpenBranch): void {
    this.#branches = this.#branches.map((branch, index) => (index === this.#branches.length - 1 ? change(branch) : branch));
  }

  /** What is held by others than the level that trains. */
  get waiting(): number {
    const own = new Set(cellsOf(this.#current).flatMap(tensorsOf));
    const others = [
      ...this.#levels.flatMap((level) => [...level.kept, ...cellsOf(level)]),
      ...this.#branches.flatMap(({ start, ended, waiting, momentum }) => [...[start, ...ended, ...waiting].flatMap(cellsOf), ...momentum]),
    ];
    const held = new Set(others.flatMap(tensorsOf).filter((tensors) => !own.has(tensors)));
    return [...held].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Steps were taken on the present level. @param part what they update; absent: everything. */
  train(part?: TrainedLayers): void {
    const { grid, shared, layers } = this.#current;
    const next = cellsAt(this.tensorsAt, grid);
    const updated = part && new Set(part.layers);
    this.#become({
      shared: part === undefined || part.shared ? next.shared : shared,
      layers: layers.map((cell, layer) => (updated === undefined || updated.has(layer) ? (next.layers[layer] ?? cell) : cell)),
    });
  }

  transfer(transfer: ResolvedTransfer, grid: Grid): void {
    match(transfer)
      .with({ kind: 'restrict' }, (restriction) => this.#restrict(restriction, grid))
      .with({ kind: 'prolongate' }, ({ layers, width }) => {
        const { layers: coarse } = this.#current;
        this.#levels = this.#levels.slice(0, -1);
        const { layers: fine } = this.#current;
        this.#become(this.#moved(layers, width !== undefined, grid, coarse, fine));
      })
      .with({ kind: 'grow' }, ({ layers, width }) => {
        const before = this.#current;
        const made = this.#moved(layers, width !== undefined, grid, before.layers, []);
        this.#levels = [...this.#levels.slice(0, -1), { ...before, ...made, grid }];
      })
      .with({ kind: 'merge' }, ({ layers, shared }) => {
        const { start, ended } = this.#branches.at(-1) as OpenBranch;
        const [ends, made] = [[...ended, this.#current], cellsAt(this.tensorsAt, grid)];
        const one = (cells: readonly Cell[]): Cell => cells[0] ?? made.shared;
        this.#become({
          shared: one(
            blended(
              shared,
              [made.shared],
              ends.map((end) => end.shared),
              [start.shared],
            ),
          ),
          layers: blended(
            layers,
            made.layers,
            ends.flatMap((end) => end.layers),
            start.layers,
          ),
        });
      })
      .with({ kind: 'outer' }, () => this.train())
      .exhaustive();
  }

  /** @param resized whether every cell that is read has another size first */
  #moved(layers: Blend, resized: boolean, grid: Grid, from: readonly Cell[], there: readonly Cell[]): Cells {
    const made = cellsAt(this.tensorsAt, grid);
    const read = resized ? cellsAt(this.tensorsAt, { ...grid, layers: from.length }).layers : from;
    return { shared: resized ? made.shared : this.#current.shared, layers: blended(layers, made.layers, read, there) };
  }

  #restrict({ layers, width, keepsShared, tau }: ResolvedRestriction, grid: Grid): void {
    const fine = this.#current;
    const coarse = this.#moved(layers, width !== undefined, grid, fine.layers, []);
    const kept = [...coarse.layers, ...(width === undefined ? [] : [coarse.shared]), ...(keepsShared ? [fine.shared] : [])];
    const corrected = tau === undefined ? [] : cellsOf(coarse).map(withoutMoments);
    this.#levels = [...this.#levels, { ...coarse, grid, kept: [...kept, ...corrected] }];
  }

  arm(opens: boolean, first: boolean): void {
    const present = this.#current;
    if (opens) {
      this.#branches = [...this.#branches, { start: present, ended: [], waiting: [], momentum: [] }];
      return;
    }
    const { start, waiting: [own = start] = [] } = this.#branches.at(-1) as OpenBranch;
    this.#innermost((so) => ({ ...so, ended: first ? so.ended : [...so.ended, present], waiting: so.waiting.slice(1) }));
    this.#become(own);
  }

  /** A round of replicas has ended, whose merge the present level holds. @param ends of the replicas, whose moments they keep. */
  endRound(remembers: boolean, lastReplica: Cells): void {
    const merged = this.#current;
    const replica = (end: Cells): Cells => {
      const withWeights = (cell: Cell, weights: Cell | undefined): Cell => ({ ...cell, parameters: (weights ?? cell).parameters });
      return {
        shared: withWeights(end.shared, merged.shared),
        layers: end.layers.map((cell, index) => withWeights(cell, merged.layers[index])),
      };
    };
    this.#innermost((so) => ({
      start: replica(lastReplica),
      ended: [],
      waiting: [...so.ended, lastReplica].map(replica),
      momentum: remembers ? cellsOf(merged).map(withoutMoments) : [],
    }));
  }

  endBranch(): void {
    this.#branches = this.#branches.slice(0, -1);
  }

  get present(): Cells {
    return this.#current;
  }
}

/**
 * Bytes that wait during each visit that trains, by its index, from its first step on; 0 for other visits.
 *
 * @param visits of the whole schedule
 * @example During `train` in `restrict(average(2)) >> train(1)` it is the finer level's layers and what was restricted from them.
 */
export const waitingBytes = (visits: readonly ResolvedVisit[], first: Grid, tensorsAt: TensorsAt): readonly number[] => {
  const held = new Holdings(tensorsAt, first);
  return visits.map((visit) => {
    const { stage, transfer } = visit;
    const before = held.present;
    if (transfer !== undefined) held.transfer(transfer, gridOf(visit));
    if (stage.kind === 'train') held.train(visit.trained);
    if (stage.kind === 'arm') held.arm(opensBranch(stage), stage.arm === 1);
    if (closesBranch(stage)) held.endBranch();
    else if (stage.kind === 'merge' && stage.round !== undefined) held.endRound(hasMomentum(stage.round.outer), before);
    return stage.kind === 'train' ? held.waiting : 0;
  });
};
