/** The layers of a network for people, as often as they are applied. Not here: other numbers (`format.ts`). */
import type { Grid } from '../../schedule/grid.js';
import { counted } from './format.js';

type Layers = Pick<Grid, 'layers' | 'loops'>;

/** Layers in words: `8 layers`, `1 layer applied 4 times`. */
export const layersPhrase = ({ layers, loops }: Layers): string =>
  `${counted(layers, 'layer')}${loops === undefined ? '' : ` applied ${loops} times`}`;

/** Layers in a table: `8`, or `2⊗4` for two that are applied four times (the notation of Saunshi et al., 2025). */
export const layersCell = ({ layers, loops }: Layers): string => (loops === undefined ? String(layers) : `${layers}⊗${loops}`);

/** A sentence under a table in which layers are applied several times; nothing under others. */
export const loopsSentence = (all: readonly Layers[]): readonly string[] => {
  const looped = all.find(({ loops }) => loops !== undefined);
  return looped === undefined ? [] : [`${layersCell(looped)}: ${layersPhrase(looped)}, with the same weights.`];
};
