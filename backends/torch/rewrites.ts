/**
 * The rewrites of a model's forward pass that make PyTorch faster: attention as a fused kernel, and all others except GELU in units of √2, because
 * PyTorch computes exact GELU and its gradient in one pass each.
 */
import { everyRewrite, type RewriteName } from '../../src/program/rewrite/index.js';

export const torchRewrites: ReadonlySet<RewriteName> = new Set([...everyRewrite].filter((rewrite) => rewrite !== 'geluInUnits'));
