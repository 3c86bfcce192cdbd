/**
 * Growths by their kind: the count of each, what it requires of the network, and how deep the network becomes. Not here: the positions of layers
 * (`src/transfer/recipe.ts`), the sizes of a wider network (`../operators/operator.ts`).
 */
import { match, P } from 'ts-pattern';
import type { BlockGrowth, DepthGrowth, Growth, StepSizePolicy } from '../schedule.js';
import { blockTooLarge, indivisibleBlock, nothingToCopy, nothingToLoop, tooDeep } from '../sentences.js';
import { mostLayers } from './counts.js';

/** The count in the parentheses of each growth of the depth. */
export const growthCounts = {
  stack: 'factor',
  repeat: 'factor',
  zero: 'factor',
  middle: 'block',
  central: 'block',
  last: 'block',
  fresh: 'layers',
  identity: 'layers',
  loop: 'times',
} as const;

export type GrowthKind = keyof typeof growthCounts;

export const isGrowthKind = (kind: string): kind is GrowthKind => Object.hasOwn(growthCounts, kind);

/** A growth's count, whatever its name. */
export const countOfGrowth = <Count>(growth: Growth<Count>): Count =>
  'factor' in growth ? growth.factor : 'block' in growth ? growth.block : 'times' in growth ? growth.times : growth.layers;

/** The growth of a kind with a count. */
export const growthOfKind = <Count>(kind: GrowthKind, count: Count): DepthGrowth<Count> =>
  match(kind)
    .returnType<DepthGrowth<Count>>()
    .with('stack', 'repeat', 'zero', (multiplied) => ({ kind: multiplied, factor: count }))
    .with('middle', 'central', 'last', (copied) => ({ kind: copied, block: count }))
    .with('fresh', 'identity', (made) => ({ kind: made, layers: count }))
    .with('loop', (looped) => ({ kind: looped, times: count }))
    .exhaustive();

/** The layers after a growth. */
export const grownLayers = (growth: Growth, layers: number): number =>
  match(growth)
    .with({ kind: P.union('stack', 'repeat', 'zero') }, ({ factor }) => layers * factor)
    .with({ kind: P.union('middle', 'central', 'last') }, ({ block }) => layers + block)
    .with({ kind: P.union('fresh', 'identity') }, (made) => layers + made.layers)
    .with({ kind: P.union('width', 'loop') }, () => layers)
    .exhaustive();

/** How often the layers are applied after a growth. */
export const grownLoops = (growth: Growth, loops = 1): number => (growth.kind === 'loop' ? loops * growth.times : loops);

/** Whether a growth makes layers, rather than making those that there are wider, or applying them more often. */
export const makesLayers = ({ kind }: Growth): boolean => kind !== 'loop' && kind !== 'width';

/** Whether a growth makes all new layers of old ones, as copies. */
export const copiesLayers = (growth: Growth): boolean => growth.kind === 'stack' || growth.kind === 'repeat' || 'block' in growth;

/** Whether h is kept or scaled where a growth does not say: methods that add layers have h = 1 throughout, a loop has steps of h/k. */
export const usualStep = (kind: Growth['kind']): StepSizePolicy => (kind === 'loop' ? 'scale' : 'keep');

/**
 * Where the copied block of layers ends and its copy begins: of blocks 1 … n `middle` copies block ⌈n/2⌉ (Saunshi et al., 2024); `central` the layers
 * around the middle one, with as many before them as after, or one less (Kapl et al., 2025).
 */
export const blockEnd = ({ kind, block }: BlockGrowth, layers: number): number =>
  match(kind)
    .with('last', () => layers)
    .with('middle', () => block * (1 + Math.floor((layers / block - 1) / 2)))
    .with('central', () => block + Math.floor((layers - block) / 2))
    .exhaustive();

/** The layers of the deeper network that the growth made; the others are those before it, each once and in order. */
export const newLayers = (growth: Growth, layers: number): readonly number[] => {
  const grown = Array.from({ length: grownLayers(growth, layers) }, (_, layer) => layer);
  return match(growth)
    .with({ kind: P.union('stack', 'fresh', 'identity') }, () => grown.slice(layers))
    .with({ kind: P.union('repeat', 'zero') }, ({ factor }) => grown.filter((layer) => layer % factor !== 0))
    .with({ kind: P.union('middle', 'central', 'last') }, (copied) => {
      const end = blockEnd(copied, layers);
      return grown.slice(end, end + copied.block);
    })
    .with({ kind: P.union('width', 'loop') }, () => [])
    .exhaustive();
};

/** What a growth requires of the layers that it copies. */
const copyFault = (growth: DepthGrowth, name: string, layers: number): string | undefined => {
  if (layers === 0 && growth.kind === 'loop') return nothingToLoop(name);
  if (layers === 0 && growth.kind !== 'fresh' && growth.kind !== 'identity') return nothingToCopy(name);
  if (growth.kind === 'middle' && layers % growth.block !== 0) return indivisibleBlock(name, growth.block, layers);
  return 'block' in growth && growth.block > layers ? blockTooLarge(name, growth.block, layers) : undefined;
};

/**
 * The sentence of a growth that a network of this many layers cannot make, or nothing. `name` is the growth's text. A layer that is applied several
 * times counts as often, since a step computes it as often.
 */
export const growthFault = (growth: Growth, name: string, layers: number, loops = 1): string | undefined => {
  if (growth.kind === 'width') return undefined;
  const grown = grownLayers(growth, layers) * grownLoops(growth, loops);
  return copyFault(growth, name, layers) ?? (grown > mostLayers ? tooDeep(name, mostLayers, grown) : undefined);
};
