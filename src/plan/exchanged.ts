/**
 * What replicas would exchange if each were on a machine of its own: its weights at each merge, where one large batch has a gradient of as many numbers
 * at each step. Not here: what ranks communicate in fact (`src/program/cost.ts`).
 */
import { bytesOfTensors, parameterTensors, type TensorsAt } from '../transfer/layer-tensor.js';
import type { ResolvedVisit } from '../transfer/resolved.js';

export interface Exchanged {
  readonly merges: number;
  /** That each replica contributes to all merges, in f32. */
  readonly bytes: number;
  /** Steps of one replica between the merges, and what it would contribute to the gradients of one large batch. */
  readonly steps: number;
  readonly largeBatchBytes: number;
}

/** @param visits of the whole schedule; all zero where it has no replicas. */
export const exchangedBy = (visits: readonly ResolvedVisit[], tensorsAt: TensorsAt): Exchanged =>
  visits.reduce<Exchanged>(
    (so, { stage, transfer }) => {
      if (transfer?.kind !== 'outer' || stage.kind !== 'merge' || stage.round === undefined) return so;
      const { layer, shared } = tensorsAt(transfer.at);
      const weights = { layer: parameterTensors(layer), shared: parameterTensors(shared) };
      const bytes = transfer.at.layers * bytesOfTensors(weights.layer) + bytesOfTensors(weights.shared);
      const { steps } = stage.round;
      return {
        merges: so.merges + 1,
        bytes: so.bytes + bytes,
        steps: so.steps + steps,
        largeBatchBytes: so.largeBatchBytes + steps * bytes,
      };
    },
    { merges: 0, bytes: 0, steps: 0, largeBatchBytes: 0 },
  );
