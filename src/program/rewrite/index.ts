/**
 * The table of rewrites. To add one: its file beside the others and a row here; `test/program/rewrite.test.ts` then checks the law that the program
 * computes the same, on generated programs. A backend declares which of them it wants (`Capabilities.rewrites`).
 */
import { affineIntoProduct } from './affine-into-product.js';
import { attentionInOneKernel } from './attention-in-one-kernel.js';
import { factorIntoProduct } from './factor-into-product.js';
import { geluInUnits } from './gelu-in-units.js';
import { headInChunks } from './head-in-chunks.js';
import type { Rewrite } from './rewrite.js';

const table = { affineIntoProduct, factorIntoProduct, geluInUnits, headInChunks, attentionInOneKernel } as const;

export type RewriteName = keyof typeof table;

/** In the order in which they are tried on an operation. */
export const rewrites: Readonly<Record<RewriteName, Rewrite>> = table;

export const rewriteNames = Object.keys(table) as readonly RewriteName[];

export const everyRewrite: ReadonlySet<RewriteName> = new Set(rewriteNames);

/** Rewrites that need no special kernels: the default of a backend. */
export const portableRewrites: ReadonlySet<RewriteName> = new Set(rewriteNames.filter((name) => name !== 'attentionInOneKernel'));
