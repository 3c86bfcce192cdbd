/**
 * The kinds of baselines, by name. Not here: how they are made (`baselines.ts`).
 *
 * - `fine`: the finest network for as many steps as the pipeline takes on all its levels (what `vcycle plan` calls all fine).
 * - `equal-flops`: the finest network for as many FLOPs as the pipeline.
 * - `coarse-only`: the coarsest network that the pipeline trains, alone, with h = 1, for as many FLOPs.
 * - `depths`: networks of 1, 2, 4, … layers, fewer than the finest has, each for as many FLOPs: the obvious cheaper alternatives.
 */
export const BASELINES = ['fine', 'equal-flops', 'coarse-only', 'depths'] as const;
export type BaselineKind = (typeof BASELINES)[number];
