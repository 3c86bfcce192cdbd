/** What is measured on a GPU, and the f32 rates of cards according to their data sheets. Not here: how (`main.ts`). */
import type { Sizes } from '../settings.js';

/** The sizes of the method's paper, and those of GPT-2's smallest model; with a vocabulary of characters, as in the CPU benchmark. */
const FULL: readonly Sizes[] = [
  { layers: 12, heads: 8, width: 256, context: 256, batch: 16, vocabulary: 65 },
  { layers: 12, heads: 12, width: 768, context: 1024, batch: 8, vocabulary: 65 },
];

/** For a GPU in software, where half a GFLOP takes a second. */
const QUICK: readonly Sizes[] = [{ layers: 2, heads: 2, width: 32, context: 16, batch: 2, vocabulary: 65 }];

/** The amount of measurement. */
export interface Amount {
  readonly sizes: readonly Sizes[];
  readonly steps: number;
  /** Side of the square matrices whose product measures the card's rate. */
  readonly side: number;
}

export const AMOUNTS: { readonly full: Amount; readonly quick: Amount } = {
  full: { sizes: FULL, steps: 20, side: 8192 },
  quick: { sizes: QUICK, steps: 2, side: 128 },
};

/** Backends that compute on a GPU, the fastest known first. */
export const GPU_BACKENDS = ['torch-cuda', 'onnx-webgpu', 'tfjs-webgpu', 'onnx-cuda', 'tfjs-cuda'] as const;

/** Backends on the CPU, for trying the benchmark without a GPU. */
export const TRIED_BY = ['onnx-cpu', 'torch-cpu'] as const;

/** A mode of training on a backend. */
export interface Way {
  /** The suffix to the backend's name. */
  readonly says: string;
  readonly options: readonly string[];
  /** Products in bf16, whose rate is compared with the data sheet's for bf16. */
  readonly bf16?: true;
}

const PLAIN: readonly Way[] = [{ says: '', options: [] }];

const ON_PYTORCH: readonly Way[] = [
  ...PLAIN,
  { says: ', compiled', options: ['--torch-compile'] },
  { says: ', bf16', options: ['--precision', 'bf16'], bf16: true },
  { says: ', bf16, compiled', options: ['--precision', 'bf16', '--torch-compile'], bf16: true },
];

const WAYS: ReadonlyMap<string, readonly Way[]> = new Map(['torch-cuda', 'torch-cpu'].map((backend) => [backend, ON_PYTORCH]));

export const waysOf = (backend: string): readonly Way[] => WAYS.get(backend) ?? PLAIN;

/** FLOP/s in f32 without tensor cores, and of dense products in bf16 if the card has them. */
interface Sheet {
  readonly f32: number;
  readonly bf16?: number;
}

/** By a part of the card's name; the first match applies. From NVIDIA's data sheets, at boost clocks. */
const SHEETS: readonly (readonly [RegExp, Sheet])[] = [
  [/H100 PCIe/i, { f32: 51e12, bf16: 756e12 }],
  [/H100 NVL/i, { f32: 60e12, bf16: 835e12 }],
  [/H[12]00/i, { f32: 67e12, bf16: 989e12 }],
  [/GH200/i, { f32: 67e12, bf16: 989e12 }],
  [/A100/i, { f32: 19.5e12, bf16: 312e12 }],
  [/L40S/i, { f32: 91.6e12, bf16: 362e12 }],
  [/L40/i, { f32: 90.5e12, bf16: 181e12 }],
  [/\bL4\b/i, { f32: 30.3e12, bf16: 121e12 }],
  [/\bA10\b/i, { f32: 31.2e12, bf16: 125e12 }],
  [/\bA10G\b/i, { f32: 31.2e12, bf16: 70e12 }],
  [/V100/i, { f32: 15.7e12 }],
  [/\bT4\b/i, { f32: 8.1e12 }],
  [/RTX 4090/i, { f32: 82.6e12, bf16: 165e12 }],
  [/RTX 3090/i, { f32: 35.6e12, bf16: 71e12 }],
];

/** Undefined for a card that is not listed, or that has no products in that precision. */
export const sheetRate = (card: string, precision: keyof Sheet = 'f32'): number | undefined =>
  SHEETS.find(([name]) => name.test(card))?.[1][precision];
