/**
 * Cycles, as stages: the orders in which multigrid visits its levels (Briggs, Henson & McCormick 2000, ch. 3; Trottenberg, Oosterlee & Schüller 2001,
 * §2.4). In a schedule only a cycle's stages remain. Not here: what a cycle's parts are made of (`text/cycles.ts`, `dsl/cycles.ts`); the same shapes
 * for the compiler (`dsl/types/stage/cycle.ts`).
 */

/** The parts of a cycle; an absent part is empty. Generic, so that stages may still contain free names. */
export interface CycleParts<S> {
  /** The finest level included. */
  readonly levels: number;
  /** To the next coarser level. Empty for a cascade by growth. */
  readonly down: readonly S[];
  /** To the next finer level, or to more layers. */
  readonly up: readonly S[];
  /** Before a restriction. */
  readonly pre: readonly S[];
  /** After a prolongation. */
  readonly post: readonly S[];
  /** On the coarsest level. */
  readonly coarse: readonly S[];
  /** Twice the given stages. */
  readonly twice: (stages: readonly S[]) => S;
}

const times = <S>(count: number, stages: readonly S[]): readonly S[] => Array.from({ length: count }, () => stages).flat();

/** A visit of a level, with everything below it. */
const visit = <S>({ pre, down, up, post }: CycleParts<S>, below: readonly S[]): readonly S[] => [...pre, ...down, ...below, ...up, ...post];

const vFrom = <S>(parts: CycleParts<S>, levels: number): readonly S[] =>
  levels === 1 ? parts.coarse : visit(parts, vFrom(parts, levels - 1));

/** Twice on each level between the finest and the coarsest; the coarsest is solved once for each visit of the level above it. */
const wFrom = <S>(parts: CycleParts<S>, levels: number): readonly S[] => {
  if (levels === 1) return parts.coarse;
  const below = wFrom(parts, levels - 1);
  return visit(parts, levels === 2 ? below : [parts.twice(below)]);
};

/** An F-cycle, then a V-cycle, on each level between the finest and the coarsest. */
const fFrom = <S>(parts: CycleParts<S>, levels: number): readonly S[] => {
  if (levels === 1) return parts.coarse;
  const below = fFrom(parts, levels - 1);
  return visit(parts, levels === 2 ? below : [...below, ...vFrom(parts, levels - 1)]);
};

/** Nested iteration: after each return to a finer level a V-cycle from it. */
const nestedFrom = <S>(parts: CycleParts<S>, levels: number): readonly S[] =>
  levels === 1 ? parts.coarse : [...nestedFrom(parts, levels - 1), ...parts.up, ...vFrom(parts, levels)];

/** Each cycle's stages, by its name. */
export const cycleShapes = {
  /** Down to the coarsest level and back. */
  vCycle: <S>(parts: CycleParts<S>): readonly S[] => vFrom(parts, parts.levels),
  wCycle: <S>(parts: CycleParts<S>): readonly S[] => wFrom(parts, parts.levels),
  fCycle: <S>(parts: CycleParts<S>): readonly S[] => fFrom(parts, parts.levels),
  /** Full multigrid (FMG): the coarsest level first. */
  nested: <S>(parts: CycleParts<S>): readonly S[] => [...times(parts.levels - 1, parts.down), ...nestedFrom(parts, parts.levels)],
  /** The coarsest level first, then finer ones, without a return (Bornemann & Deuflhard 1996). */
  cascade: <S>({ levels, down, up, post, coarse }: CycleParts<S>): readonly S[] => [
    ...times(levels - 1, down),
    ...coarse,
    ...times(levels - 1, [...up, ...post]),
  ],
} as const;

export type CycleName = keyof typeof cycleShapes;
