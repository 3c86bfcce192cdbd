/** FLOPs and bytes of a plan's work; equal work is costed once. Not here: which work there is (`work.ts`). */
import { flopsOf } from '../program/cost.js';
import { peakBytesInTurn } from '../program/peak-bytes.js';
import { addFlops, type Flops, noFlops, scaleFlops } from '../program/types/flops.js';
import type { TensorsAt } from '../transfer/layer-tensor.js';
import type { ResolvedTransfer, ResolvedVisit } from '../transfer/resolved.js';
import type { LegalPrograms } from './legal-programs.js';
import { programKey } from './programs.js';
import { transferWork, type Work } from './work.js';
import { zeroBytes } from './zero-sums.js';

/** Equal where the programs are. */
const keyOf = (work: Work): string => (work.kind === 'model' ? programKey(work.program, work.at) : work.key);

/** Works out what is under a key once. */
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
  readonly #bytesOnce = cached<number>();
  readonly #transfers = new Map<ResolvedTransfer, Map<boolean, readonly Flops[]>>();

  constructor(
    private readonly programs: LegalPrograms,
    private readonly tensorsAt: TensorsAt,
  ) {}

  /** What a backend cannot have costs nothing; the plan is refused for it. */
  flops(work: readonly Work[]): Flops {
    return work.reduce((sum, each) => addFlops(sum, scaleFlops(each.times, this.#flopsOf(each))), noFlops);
  }

  /** After each part of a visit's transfer. Equal visits are costed once, a network with a tau apart from one without. */
  transfer(visit: ResolvedVisit): readonly Flops[] {
    const { transfer, hasTau } = visit;
    if (transfer === undefined) return [];
    const known = this.#transfers.get(transfer) ?? new Map<boolean, readonly Flops[]>();
    this.#transfers.set(transfer, known);
    let sum = noFlops;
    const flops = known.get(hasTau) ?? transferWork(visit, this.tensorsAt).map((part) => (sum = addFlops(sum, this.flops(part))));
    known.set(hasTau, flops);
    return flops;
  }

  /** What a training step holds; where several programs add up, also the zeros that their sums begin with. */
  bytesOfStep(work: readonly Work[]): number {
    return this.#bytesOnce(work.map(keyOf).join(), () => {
      const programs = work.flatMap((each) => (each.kind === 'model' ? (this.programs.ofLevel(each.program, each.at) ?? []) : []));
      const [first, ...others] = programs;
      const zeros = first === undefined || others.length === 0 ? 0 : zeroBytes(first);
      return zeros + peakBytesInTurn(programs);
    });
  }

  #flopsOf(work: Work): Flops {
    return this.#flopsOnce(keyOf(work), () => {
      const { programs } = this;
      const program = work.kind === 'model' ? programs.ofLevel(work.program, work.at) : programs.ofTransfer(work.program());
      return program === undefined ? noFlops : flopsOf(program);
    });
  }
}
