/**
 * A V-cycle over depth and width: Zou, Zhang & Deng (2024), "A Multi-Level Framework for Accelerating Training Transformer Models", ICLR,
 * arXiv:2404.07999.
 *
 * Layers, heads and units i and i + half are coalesced, as the released code does for GPT-2 (github.com/Photooon/Multi-Level-Training-Framework,
 * map_tools/config/L6-H6.json); the small model trains, returns, and is interpolated with the fine model as it was: (1 − α)·fine + α·P·coarse with
 * α = 0.5, including embeddings, final norm and head. Every phase begins with a new optimizer.
 *
 * Reported (abstract): about 20 % less computation on BERT-Base and GPT-Base, up to 51.6 % on BERT-Large, at the same performance.
 * Changed for scale: 12 layers × 128 on characters. Ours: the lengths, one learning rate for all phases, and the embeddings' means, with sums in the
 * final norm, where the released code does the opposite (docs/width.md explains why).
 */
import { adamw, average, compose, cosine, gpt, pipeline, vCycle, width } from 'vcycle';
import { common, size } from '../setting.js';

const setup = { ...common, model: gpt({ layers: 12, ...size }), optimizer: adamw({ learningRate: cosine(1e-3, { rewarm: 50 }) }) };
const halves = { pairing: 'halves' } as const;
const operator = compose(average(2, halves), width(2, halves));

export default pipeline(setup, vCycle({ levels: 2, operator, h: 'keep', pre: 200, coarse: 1000, post: 1000, mix: 0.5, moments: 'reset' }));
