/** The published methods: their schedules by name, and what each must come to. Not a test itself. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Schedule } from '../../src/schedule/schedule.js';
import { verify } from '../../src/schedule/verify/verify.js';
import { rightOf } from '../schedule/results.js';

const folder = new URL('../../pipelines/published/', import.meta.url);

export const publishedNames: readonly string[] = readdirSync(fileURLToPath(folder))
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))
  .sort();

export const published = async (name: string): Promise<Schedule> => {
  const module: { readonly default: unknown } = await import(new URL(`${name}.js`, folder).href);
  return rightOf(verify(module.default));
};

export interface Expected {
  /** Trained on, in the order of first visits. */
  readonly grids: readonly (readonly [level: number, layers: number, visits: number])[];
  /** Layer passes of the whole training, where a step on 12 layers has 12, forward a third of them and backward two. */
  readonly work: number;
  readonly steps: number;
  /** Transfers, merges among them. */
  readonly transfers: number;
}

/** By hand. A layer of half the width is a quarter of the work. */
export const expected: Readonly<Record<string, Expected>> = {
  'bu-2025-one-layer': {
    grids: [
      [0, 1, 1],
      [0, 12, 1],
    ],
    work: 1600 + 400 * 12,
    steps: 2000,
    transfers: 1,
  },
  'bu-2025-zero-layer': {
    grids: [
      [0, 0, 1],
      [0, 12, 1],
    ],
    work: 400 * 12,
    steps: 2000,
    transfers: 1,
  },
  // Eight replicas in eleven rounds.
  'douillard-2023-diloco': {
    grids: [[0, 12, 1 + 11 * 8]],
    work: (240 + 8 * 220) * 12,
    steps: 2000,
    transfers: 11,
  },
  'du-2024-g-stack': {
    grids: [
      [0, 3, 1],
      [0, 12, 1],
    ],
    work: 200 * 3 + 1800 * 12,
    steps: 2000,
    transfers: 1,
  },
  'gong-2019-stackbert': {
    grids: [
      [0, 3, 1],
      [0, 6, 1],
      [0, 12, 1],
    ],
    work: 500 * 3 + 750 * (6 + 12),
    steps: 2000,
    transfers: 2,
  },
  'kapl-2025-lidas': {
    grids: [
      [0, 4, 1],
      [0, 8, 1],
      [0, 12, 1],
    ],
    work: 340 * 4 + 660 * 8 + 1000 * 12,
    steps: 2000,
    transfers: 2,
  },
  // Its layers are those of a saved model of eight.
  'kim-2023-solar': {
    grids: [[0, 12, 1]],
    work: 2000 * 12,
    steps: 2000,
    transfers: 1,
  },
  'lauga-2025-even-odd': {
    grids: [
      [1, 6, 16],
      [0, 12, 8],
    ],
    work: 8 * (220 * 6 + 30 * 12),
    steps: 2000,
    transfers: 8 * 5,
  },
  // Three layers, applied once, twice, four times.
  'mcleish-2025-loops': {
    grids: [
      [0, 3, 1],
      [0, 3, 1],
      [0, 3, 1],
    ],
    work: 600 * (3 + 6) + 800 * 12,
    steps: 2000,
    transfers: 2,
  },
  'nash-2000-mg-opt': {
    grids: [
      [0, 12, 32],
      [1, 6, 16],
    ],
    work: 16 * (40 * 12 + 80 * 6),
    steps: 1920,
    transfers: 32,
  },
  'nested-iteration': {
    grids: [
      [2, 3, 3],
      [1, 6, 4],
      [0, 12, 2],
    ],
    work: 900 * 3 + 600 * 6 + 300 * 12,
    steps: 1800,
    transfers: 10,
  },
  'panigrahi-2024-raptr': {
    grids: [[0, 12, 4]],
    work: 500 * (6 + 8 + 10 + 12),
    steps: 2000,
    transfers: 0,
  },
  'saunshi-2024-midas': {
    grids: [
      [0, 3, 1],
      [0, 6, 1],
      [0, 9, 1],
      [0, 12, 1],
    ],
    work: 200 * 3 + 400 * 6 + 600 * 9 + 800 * 12,
    steps: 2000,
    transfers: 3,
  },
  'shen-2022-staged': {
    grids: [
      [0, 6, 1],
      [0, 12, 1],
    ],
    work: 800 * 6 + 1200 * 12,
    steps: 2000,
    transfers: 1,
  },
  'wang-2023-ligo': {
    grids: [
      [0, 6, 1],
      [0, 12, 1],
    ],
    work: 600 * 6 + 1400 * 12,
    steps: 2000,
    transfers: 1,
  },
  // Forward through all layers; six of them are trained.
  'wu-2024-llama-pro': {
    grids: [[0, 12, 1]],
    work: (2000 * (12 + 2 * 6)) / 3,
    steps: 2000,
    transfers: 1,
  },
  // Forward through all layers, backward through three.
  'yang-2020-layerwise': {
    grids: [
      [0, 3, 1],
      [0, 6, 1],
      [0, 9, 1],
      [0, 12, 2],
    ],
    work: 500 * 3 + 300 * (2 + 3 + 4 + 3 * 2) + 600 * 12,
    steps: 2000,
    transfers: 3,
  },
  'yu-2026-sparkling': {
    grids: [
      [0, 12, 1],
      [0, 12, 1],
    ],
    work: (1000 * 12) / 4 + 1000 * 12,
    steps: 2000,
    transfers: 1,
  },
  'zou-2024-v-cycle': {
    grids: [
      [0, 12, 2],
      [1, 6, 1],
    ],
    work: 1200 * 12 + (1000 * 6) / 4,
    steps: 2200,
    transfers: 2,
  },
};
