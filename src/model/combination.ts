/**
 * The combination of a step's gradients over the ranks that see parts of its batch: means, in buckets. A bucket is one message, sent while the backward
 * pass continues, so gradients are put into buckets in the order in which that pass finds them. Which tensors share a bucket decides the order in which
 * a library adds them, and so their last bits: buckets are part of the program, and depend on nothing but it. Not here: the gradients
 * (`training-step.ts`), how a mean is computed.
 */
import { bytesOf } from '../program/program.js';
import type { Tensor, Tracer } from '../program/tracer.js';

/** A bucket is full from this many bytes on: large enough that its latency is small beside it, small enough that most are sent before the pass ends. */
const BUCKET_BYTES = 2 ** 22;

/** A smaller tensor begins no bucket: it joins the one before it, whose latency it would repeat. */
const SMALL_BYTES = 2 ** 16;

/** The tensors in buckets, in order. */
export const bucketsOf = <T extends Pick<Tensor, 'type'>>(tensors: readonly T[], bytes = BUCKET_BYTES): readonly (readonly T[])[] => {
  const buckets: T[][] = [];
  let room = 0;
  for (const tensor of tensors) {
    if (buckets.length === 0 || (room <= 0 && bytesOf(tensor.type) >= Math.min(bytes, SMALL_BYTES))) {
      buckets.push([]);
      room = bytes;
    }
    buckets.at(-1)?.push(tensor);
    room -= bytesOf(tensor.type);
  }
  return buckets;
};

/** For each value the place of the operation that gives it; inputs come before all. */
const placesIn = ({ nodes }: Tracer): ReadonlyMap<number, number> =>
  new Map(nodes.flatMap(({ outputs }, place) => outputs.map((id): [number, number] => [id, place])));

/** The means of the tensors over the ranks, in their order. */
export const combined = (trace: Tracer, tensors: readonly Tensor[], ranks: number): readonly Tensor[] => {
  if (ranks === 1) return tensors;
  const places = placesIn(trace);
  const placeOf = ({ id }: Tensor): number => places.get(id) ?? -1;
  const means = new Map<number, Tensor>();
  for (const bucket of bucketsOf([...tensors].sort((a, b) => placeOf(a) - placeOf(b)))) {
    const reduced = trace.allReduce(bucket, ranks);
    for (const [index, { id }] of bucket.entries()) means.set(id, reduced[index] as Tensor);
  }
  return tensors.map(({ id }) => means.get(id) as Tensor);
};
