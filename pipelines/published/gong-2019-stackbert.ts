/**
 * Progressive stacking (StackBERT): Gong, He, Li, Qin, Wang & Liu (2019), "Efficient Training of BERT by Progressively Stacking", ICML.
 *
 * A shallow model is trained, stacked on itself (a b becomes a b a b), and trained further; this is repeated until it is deep enough.
 *
 * Reported (abstract): performance similar to training from scratch, "much faster"; the abstract has no number.
 * Changed for scale: a GPT of 3, 6 and 12 layers × 128 on characters in place of BERT-Base. Ours: the lengths; moments of the layers are reset, since
 * only parameters are stacked there.
 */
import { adamw, cascade, cosine, gpt, pipeline, stack } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 3, ...size }), optimizer: adamw({ learningRate: cosine(1e-3, { rewarm: 50 }) }) };

export default pipeline(setup, cascade({ levels: 3, operator: stack(2), coarse: 500, post: 750, moments: 'reset' }));
