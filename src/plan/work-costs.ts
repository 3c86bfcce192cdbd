/** FLOPs and bytes of a plan's work; equal work is costed once. Not here: the work itself (`work.ts`). */
import { flopsOf } from '../program/cost.js';
import type { Program } from '../program/program.js';
import { addFlops, type Flops, noFlops } from '../program/types/flops.js';
import type { TensorsAt } from '../transfer/layer-tensor.js';
import type { ResolvedTransfer, ResolvedVisit } from '../transfer/resolved.js';
import { flopsByLayers } from './alike-layers.js';
import type { LegalPrograms, StepMemory } from './legal-programs.js';
import { programKey } from './programs.js';
import { flopsOfWork, type ModelWork, type ProgramRun, transferWork, type Work } from './work.js';
import { zeroBytes } from './zero-sums.js';

/** Computes the value of a key once. */
const cached = <T>() => {
  const known = new Map<string, T>();
  return (key: string, work: () => T): T => {
    const found = known.get(key) ?? work();
    known.set(key, found);
    return found;
  };
};

export class WorkCosts {
  readonly #flopsOnce = cached<Flops>();
  readonly #memoryOnce = cached<StepMemory>();
  readonly #transfers = new Map<ResolvedTransfer, Map<boolean, readonly Flops[]>>();

  constructor(
    private readonly programs: LegalPrograms,
    private readonly tensorsAt: TensorsAt,
  ) {}

  /** A program that the backend cannot run costs nothing; the plan is refused because of it. */
  flops(work: readonly Work[]): Flops {
    return flopsOfWork(work, this.tensorsAt, (run) => this.#flopsOf(run));
  }

  /** The cost after each part of a visit's transfer. Equal visits are costed once, separately with and without a tau. */
  transfer(visit: ResolvedVisit): readonly Flops[] {
    const { transfer, hasTau } = visit;
    if (transfer === undefined) return [];
    const known = this.#transfers.get(transfer) ?? new Map<boolean, readonly Flops[]>();
    this.#transfers.set(transfer, known);
    let sum = noFlops;
    const flops = known.get(hasTau) ?? transferWork(visit).map((part) => (sum = addFlops(sum, this.flops(part))));
    known.set(hasTau, flops);
    return flops;
  }

  /** The memory of a training step; for microbatches including the initial zeros of the sums. @param evaluation what its stage also runs. */
  memoryOfStep(work: readonly ModelWork[], evaluation: ModelWork): StepMemory {
    const keyOf = ({ program, at }: ModelWork): string => programKey(program, at);
    return this.#memoryOnce([...work, evaluation].map(keyOf).join(), () => {
      const programsOf = ({ program, at }: ModelWork): readonly Program[] => {
        const legal = this.programs.ofLevel(program, at);
        return legal === undefined ? [] : [legal];
      };
      const programs = work.flatMap(programsOf);
      const [first, ...others] = programs;
      const zeros = first === undefined || others.length === 0 ? 0 : zeroBytes(first);
      const { held, part } = this.programs.memory(programs, programsOf(evaluation), keyOf(evaluation));
      return { held: zeros + held, ...(part === undefined ? {} : { part: { ...part, step: zeros + part.step } }) };
    });
  }

  #flopsOf(run: ProgramRun): Flops {
    return this.#flopsOnce(run.key, () => {
      const { programs } = this;
      if (run.kind !== 'model') return flopsOf(programs.ofTransfer(run.program()));
      const { program: kind, at } = run.work;
      const counted = (layers: number): Flops | undefined => {
        const program = programs.ofLevel(kind, at, layers);
        return program && flopsOf(program);
      };
      return flopsByLayers(at, counted) ?? noFlops;
    });
  }
}
