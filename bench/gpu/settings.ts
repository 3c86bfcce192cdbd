/** What is measured on a GPU, and the f32 rates that cards have by their makers' sheets. Not here: how (`main.ts`). */
import type { Sizes } from '../settings.js';

/** The sizes of the method's paper, and those of GPT-2's smallest model; characters for tokens, as in the benchmark of the CPU. */
const FULL: readonly Sizes[] = [
  { layers: 12, heads: 8, width: 256, context: 256, batch: 16, vocabulary: 65 },
  { layers: 12, heads: 12, width: 768, context: 1024, batch: 8, vocabulary: 65 },
];

/** For a GPU in software, where half a GFLOP takes a second. */
const QUICK: readonly Sizes[] = [{ layers: 2, heads: 2, width: 32, context: 16, batch: 2, vocabulary: 65 }];

/** How much is measured. */
export interface Amount {
  readonly sizes: readonly Sizes[];
  readonly steps: number;
  /** Side of the square matrices whose product says what the card does. */
  readonly side: number;
}

export const AMOUNTS: { readonly full: Amount; readonly quick: Amount } = {
  full: { sizes: FULL, steps: 20, side: 8192 },
  quick: { sizes: QUICK, steps: 2, side: 128 },
};

/** Backends that compute on a GPU, fastest first by what is known. */
export const GPU_BACKENDS = ['onnx-webgpu', 'tfjs-webgpu', 'onnx-cuda', 'tfjs-cuda'] as const;

/**
 * FLOP/s in f32 outside of tensor cores, by a part of the card's name; the first that fits counts. From NVIDIA's data sheets, with boost
 * clocks.
 */
const SHEETS: readonly (readonly [RegExp, number])[] = [
  [/H100 PCIe/i, 51e12],
  [/H100 NVL/i, 60e12],
  [/H[12]00/i, 67e12],
  [/GH200/i, 67e12],
  [/A100/i, 19.5e12],
  [/L40S/i, 91.6e12],
  [/L40/i, 90.5e12],
  [/\bL4\b/i, 30.3e12],
  [/\bA10G?\b/i, 31.2e12],
  [/V100/i, 15.7e12],
  [/\bT4\b/i, 8.1e12],
  [/RTX 4090/i, 82.6e12],
  [/RTX 3090/i, 35.6e12],
];

/** Undefined for a card that the list does not know. */
export const sheetRate = (card: string): number | undefined => SHEETS.find(([name]) => name.test(card))?.[1];
