/**
 * The rewrites of a model's forward pass that make PyTorch faster: attention as a fused kernel, and all others except GELU in units of √2, because
 * PyTorch computes exact GELU and its gradient in one pass each. In bf16 logits take half the bytes, so chunks of the head are larger.
 */
import { everyRewrite, type RewriteName } from '../../src/program/rewrite/index.js';

export const torchRewrites = (precision: 'f32' | 'bf16'): ReadonlySet<RewriteName> =>
  new Set([...everyRewrite].filter((rewrite) => rewrite !== 'geluInUnits' && (precision === 'bf16' || rewrite !== 'headInLargerChunks')));
