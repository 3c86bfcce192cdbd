/**
 * SPARKLING: Yu, Ma, Zhuo, Wang, Liu, Zhan, Ma, Xiang, Bin & He (2026), "SPARKLING: Balancing Signal Preservation and Symmetry Breaking for
 * Width-Progressive Learning", arXiv:2602.02472.
 *
 * The width doubles in mid-training: new units are copies, divided so that activations keep their root mean square (by 2 where both sides are copies,
 * which preserves the function); and only the optimizer's state of new parameters is reset, since copies with equal state would stay alike.
 *
 * Reported (abstract; table 2): up to 35 % less training cost than from scratch at twice the width, for the same number of tokens (20 % where the experts'
 * inner width doubles, 25 % where the hidden one does), with better averages downstream, on OLMoE of 0.5B active parameters.
 * Changed for scale: a dense GPT of 12 layers, width 64 to 128, on characters; heads double too, where the paper keeps them. Left out: the re-warm-up of
 * the rate of new parameters alone, for which a pipeline has no word. Ours: the state that stays is divided as its weights are, which made no difference
 * in the paper (figure 2).
 */
import { adamw, cosine, gpt, grow, pipeline, train, width } from 'vcycle';
import { common, size } from '../setting.js';

const half = { ...size, heads: size.heads / 2, width: size.width / 2 };
const setup = { ...common, model: gpt({ layers: 12, ...half }), optimizer: adamw({ learningRate: cosine(1e-3) }) };

export default pipeline(setup, train(1000), grow(width(2), { way: 'copy', moments: 'zero-new' }), train(1000));
