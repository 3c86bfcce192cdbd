/**
 * Nested iteration (full multigrid): Brandt (1977), "Multi-level adaptive solutions to boundary-value problems", Mathematics of Computation 31; as a
 * way to initialise deep networks: Cyr, Günther & Schroder (2019), "Multilevel Initialization for Layer-Parallel Deep Neural Network
 * Training", arXiv:1912.08974.
 *
 * The coarsest network first; after each return to a finer one a V-cycle from it.
 *
 * Reported (Cyr et al., abstract): less run time for equivalent accuracy; the abstract has no number.
 * Changed for scale: 12, 6 and 3 layers × 128 on characters. Ours: all but the order of the levels, since those networks are not transformers.
 */
import { adamw, even, gpt, nested, pipeline } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 12, ...size }), optimizer: adamw() };

export default pipeline(
  setup,
  nested({ levels: 3, operator: even, coarse: 300, pre: 50, post: 250, correction: 1, interpolation: 'linear' }),
);
