/** What was measured on a GPU, as data: what `--json` prints. Rates are FLOP/s of matrix products. Not here: how it is read (`table.ts`). */
import type { Maybe } from '../results.js';
import type { Sizes } from '../settings.js';

export interface GpuStep {
  readonly ms: number;
  readonly bestMs: number;
  readonly tokensPerSecond: number;
  /** Of the matrix products of the program that our backends run, whoever computes it. */
  readonly rate?: number;
  /** As the runtime names it. */
  readonly device?: string;
}

export interface Contestant {
  readonly name: string;
  /** A backend of ours, or a peer. */
  readonly ours: boolean;
  /** Products in bf16. */
  readonly bf16?: true;
  readonly sizes: Sizes;
  readonly step: Maybe<GpuStep>;
}

export interface Product {
  readonly name: string;
  readonly product: Maybe<{ readonly median: number; readonly best: number; readonly device?: string }>;
}

export interface GpuResults {
  readonly date: string;
  readonly quick: boolean;
  readonly card: string;
  /** FLOP/s in f32 by the maker's sheet, where the card is known. */
  readonly sheetRate?: number;
  /** The same of dense products in bf16. */
  readonly bf16SheetRate?: number;
  readonly side: number;
  /** PyTorch's first: it is what the card shows. */
  readonly products: readonly Product[];
  readonly steps: readonly Contestant[];
  readonly versions: Readonly<Record<string, string>>;
}

/** The card's f32 rate by the large product of this run: the best that anybody got. Undefined where nobody got any. */
export const measuredRate = ({ products }: Pick<GpuResults, 'products'>): number | undefined => {
  const rates = products.flatMap(({ product }) => (product.kind === 'measured' ? [product.best] : []));
  return rates.length === 0 ? undefined : Math.max(...rates);
};
