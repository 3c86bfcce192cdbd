/** How often animated content is redrawn: seldom if the system's setting asks for reduced motion. */
const reduced = matchMedia('(prefers-reduced-motion: reduce)');

/** Milliseconds between two redraws. */
export const pace = (usual: number, seldom: number): number => (reduced.matches ? seldom : usual);
