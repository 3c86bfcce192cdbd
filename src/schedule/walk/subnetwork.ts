/**
 * Random subnetworks (progressive subnetwork training: Panigrahi et al. 2024, "Efficient Stagewise Pretraining via Progressive Subnetworks",
 * arXiv:2402.05913): how many layers of a level a step computes, and with which step size. Not here: which layers (`src/model/layers-taken.ts`).
 */
import type { Discretization } from '../grid.js';
import type { Subnetwork } from '../train-stage.js';

/**
 * The network of a step; the level's own where all layers are kept.
 *
 * @example
 * subnetworkOf({ kind: 'random', keep: 0.5, h: 'scale' }, { layers: 12, h: 1 }) // { layers: 6, h: 2 }
 */
export const subnetworkOf = ({ keep, h: policy }: Subnetwork, { layers, h }: Discretization): Discretization => {
  const kept = Math.max(1, Math.round(keep * layers));
  return { layers: kept, h: policy === 'scale' ? (h * layers) / kept : h };
};
