/**
 * Recomputation, also called gradient checkpointing (Chen et al., 2016, "Training Deep Nets with Sublinear Memory Cost"): results of a part of the
 * forward pass are not kept for the gradient but computed a second time, from what the part begins with, just before its gradient is. The second pass
 * is traced, so that it is counted. Not here: differentiation (`differentiate.ts`), which parts those are (`src/model/level-trace.ts`).
 */
import type { OperationName } from './operations/index.js';
import type { Node, ValueId } from './program.js';
import type { Tensor, Tracer } from './tracer.js';

/** What is computed between two values: after the first, up to the second, which is kept. */
export interface Segment {
  readonly from: ValueId;
  readonly to: ValueId;
  /** Operations whose results are kept all the same. */
  readonly keeps: ReadonlySet<OperationName>;
}

/** The nodes of a segment that are computed again. */
export interface Again {
  readonly nodes: readonly Node[];
}

const readingPlaces = (nodes: readonly Node[]): ReadonlyMap<ValueId, readonly number[]> => {
  const places = new Map<ValueId, number[]>();
  for (const [place, { inputs }] of nodes.entries())
    for (const id of inputs) {
      const own = places.get(id);
      if (own === undefined) places.set(id, [place]);
      else own.push(place);
    }
  return places;
};

/** For each place of the forward pass, what is computed again of the segment that it is in. A result that others read too is there anyway. */
export const segmentsByPlace = (
  nodes: readonly Node[],
  segments: readonly Segment[],
  placeOf: (id: ValueId) => number,
): ReadonlyMap<number, Again> => {
  if (segments.length === 0) return new Map();
  const readings = readingPlaces(nodes);
  return new Map(
    segments.flatMap(({ from, to, keeps }): [number, Again][] => {
      const [begin, end] = [placeOf(from) + 1, placeOf(to)];
      const isKept = (id: ValueId): boolean => id === to || (readings.get(id) ?? []).some((place) => place < begin || place > end);
      const own = nodes.slice(begin, end + 1);
      const again = {
        nodes: own.filter(({ operation, inputs, outputs }) => inputs.length > 0 && !keeps.has(operation) && !outputs.every(isKept)),
      };
      return own.map((_, index) => [begin + index, again]);
    }),
  );
};

/**
 * Traces them again.
 *
 * @param others what must be there before: otherwise a runtime with an order of its own may compute them at once, and keep them.
 * @returns what now stands for a value in the segment's gradient; other values are unchanged.
 */
export const computedAgain = (trace: Tracer, { nodes }: Again, others: readonly Tensor[]): ReadonlyMap<ValueId, Tensor> => {
  const now = new Map<ValueId, Tensor>();
  const isConstant = (id: ValueId): boolean => trace.constantOf(trace.tensor(id)) !== undefined;
  for (const { operation, inputs, outputs, attributes } of nodes) {
    if (!inputs.some((id) => now.has(id))) {
      const first = inputs.find((id) => !isConstant(id));
      if (first === undefined) continue;
      now.set(first, trace.barrier(trace.tensor(first), others));
    }
    const results = trace.apply(
      operation,
      inputs.map((id) => now.get(id) ?? trace.tensor(id)),
      attributes,
    );
    for (const [index, id] of outputs.entries()) now.set(id, results[index] as Tensor);
  }
  return now;
};
