/** The GPU results as data, which `--json` prints. Rates are FLOP/s of matrix products. Not here: their table (`table.ts`). */
import type { Maybe } from '../results.js';
import type { Sizes } from '../settings.js';

export interface GpuStep {
  readonly ms: number;
  readonly bestMs: number;
  readonly tokensPerSecond: number;
  /** Based on the matrix products of the program that our backends run, whichever contestant is measured. */
  readonly rate?: number;
  /** The runtime's name for it. */
  readonly device?: string;
}

export interface Contestant {
  readonly name: string;
  /** Whether it is one of our backends or a peer. */
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
  /** FLOP/s in f32 according to the manufacturer's data sheet, if the card is known. */
  readonly sheetRate?: number;
  /** The same for dense products in bf16. */
  readonly bf16SheetRate?: number;
  readonly side: number;
  /** PyTorch's first, as the reference for the card. */
  readonly products: readonly Product[];
  readonly steps: readonly Contestant[];
  readonly versions: Readonly<Record<string, string>>;
}

/** The card's f32 rate measured with the large product: the best of all contestants. Undefined if none was measured. */
export const measuredRate = ({ products }: Pick<GpuResults, 'products'>): number | undefined => {
  const rates = products.flatMap(({ product }) => (product.kind === 'measured' ? [product.best] : []));
  return rates.length === 0 ? undefined : Math.max(...rates);
};
