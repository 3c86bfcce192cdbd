/**
 * LiGO, a learnt linear growth operator: Wang, Panda, Torroba Hennigen, Greengard, Karlinsky, Feris, Cox, Wang & Kim (2023), "Learning to Grow
 * Pretrained Models for Efficient Transformer Training", ICLR, arXiv:2303.00980.
 *
 * Each layer of the deep network is a linear combination of the layers of a trained one, whose coefficients are learnt in some steps of gradient
 * descent on the loss of the deep network before it is trained itself.
 *
 * Reported (abstract): up to 50 % of the computational cost of training from scratch is saved.
 * Changed for scale: 6 layers to 12, × 128, on characters; growth only of depth, and one coefficient for all tensors of a layer, where the paper has
 * some for each kind of tensor, and operators over the width. Ours: the lengths, the rate, and that coefficients begin as those of a stack.
 */
import { adamw, cosine, gpt, grow, pipeline, stack, train } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 6, ...size }), optimizer: adamw({ learningRate: cosine(1e-3) }) };

export default pipeline(setup, train(600), grow(stack(2), { moments: 'reset', fit: { steps: 100, rate: 0.02 } }), train(1400));
