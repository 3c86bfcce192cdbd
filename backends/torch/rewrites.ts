/**
 * Rewrites of a model's forward pass that make PyTorch faster: attention in its own kernel, and all others but GELU in units of √2, for PyTorch has
 * exact GELU and its gradient in one pass each.
 */
import { everyRewrite, type RewriteName } from '../../src/program/rewrite/index.js';

export const torchRewrites: ReadonlySet<RewriteName> = new Set([...everyRewrite].filter((rewrite) => rewrite !== 'geluInUnits'));
