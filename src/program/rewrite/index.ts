/**
 * The table of rewrites. To add one: its file beside the others and a row here; `test/program/rewrite.test.ts` then asks it the law, that the program
 * computes the same, over generated programs. A backend says which of them it asks for (`Capabilities.rewrites`).
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

/** Those that need no kernel of a kind that not every runtime has: what a backend asks for that knows nothing better. */
export const portableRewrites: ReadonlySet<RewriteName> = new Set(rewriteNames.filter((name) => name !== 'attentionInOneKernel'));
