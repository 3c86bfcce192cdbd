/** How often what moves by itself may be drawn again: seldom for those who asked their system for less motion. */
const reduced = matchMedia('(prefers-reduced-motion: reduce)');

/** Milliseconds between two drawings. */
export const pace = (usual: number, seldom: number): number => (reduced.matches ? seldom : usual);
