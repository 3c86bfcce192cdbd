/**
 * FLOPs of a program of many layers from those of the same program with one layer and with two: a family's layers are alike (`src/model/family.ts`),
 * so that each more costs the same, F(n) = F(1) + (n − 1)·(F(2) − F(1)), exactly. Counting a level then takes the same time whatever its depth.
 * Not here: tracing (`programs.ts`).
 */
import { addFlops, type Flops, scaleFlops } from '../program/types/flops.js';
import type { ProgramPlace } from './programs.js';

/** With fewer layers there is nothing to save. */
const FEWEST = 3;

/** Whether all layers of a program are alike: where only some are trained, they are not. */
const areAlike = ({ trained }: ProgramPlace): boolean => trained === undefined;

/** Beyond this, a sum of many numbers and a product are not rounded alike. */
const isExact = (flops: Flops): boolean => Object.values(flops).every((each) => Number.isSafeInteger(each));

/**
 * @param counted the FLOPs of the program with some number of layers, all else equal; undefined where a backend cannot run it.
 * @returns those of the program at its place; undefined where a backend cannot run it.
 */
export const flopsByLayers = (at: ProgramPlace, counted: (layers: number) => Flops | undefined): Flops | undefined => {
  const { layers } = at;
  if (layers < FEWEST || !areAlike(at)) return counted(layers);
  const [one, two] = [counted(1), counted(2)];
  if (one === undefined || two === undefined) return undefined;
  const more = addFlops(two, scaleFlops(-1, one));
  const all = addFlops(one, scaleFlops(layers - 1, more));
  return isExact(all) ? all : counted(layers);
};
