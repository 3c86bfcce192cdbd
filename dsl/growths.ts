/**
 * Growths as values, with their numbers in their types; `repeat` is beside the stage of that name (`stages.ts`). Not here: what they do to
 * layers (`src/transfer`).
 */
import type { BlockGrowth, LoopGrowth, MultipliedGrowth, NewLayersGrowth } from '../src/schedule/schedule.js';
import { builder } from './builder.js';
import type { AcceptedCount, CountArgument } from './types/fault/count-fault.js';

/** A growth by a factor that its type knows. */
export interface Grown<Kind extends MultipliedGrowth['kind'] = MultipliedGrowth['kind'], Factor extends number = number>
  extends MultipliedGrowth {
  readonly kind: Kind;
  readonly factor: Factor;
}

/** A growth by a copied block. */
export interface GrownByBlock<Kind extends BlockGrowth['kind'] = BlockGrowth['kind'], Block extends number = number> extends BlockGrowth {
  readonly kind: Kind;
  readonly block: Block;
}

/** A growth by new layers. */
export interface GrownByLayers<Kind extends NewLayersGrowth['kind'] = NewLayersGrowth['kind'], Layers extends number = number>
  extends NewLayersGrowth {
  readonly kind: Kind;
  readonly layers: Layers;
}

/** A growth by more applications of the same layers. */
export interface Looped<Times extends number = number> extends LoopGrowth {
  readonly times: Times;
}

/** Layers a b become a b a b, for factor 2 (StackBERT, Gong et al. 2019; G_stack with g = 4 is `stack(4)`, Du et al. 2024). */
export const stack = builder(
  'stack',
  1,
  <const Factor extends number>(factor: CountArgument<'factor', 2, Factor>): Grown<'stack', AcceptedCount<'factor', 2, Factor>> => ({
    kind: 'stack',
    factor: factor as Factor,
  }),
);

/**
 * Layers a b become a a b b, for factor 2 (Chang et al. 2018, who call it interleaving). Another word for `repeat(factor)`, as which it is printed.
 */
export const interleave = builder(
  'interleave',
  1,
  <const Factor extends number>(factor: CountArgument<'factor', 2, Factor>): Grown<'repeat', AcceptedCount<'factor', 2, Factor>> => ({
    kind: 'repeat',
    factor: factor as Factor,
  }),
);

/** Layers a b become a 0 b 0, for factor 2: new layers are the identity, so that the function is unchanged while h is kept. */
export const zero = builder(
  'zero',
  1,
  <const Factor extends number>(factor: CountArgument<'factor', 2, Factor>): Grown<'zero', AcceptedCount<'factor', 2, Factor>> => ({
    kind: 'zero',
    factor: factor as Factor,
  }),
);

/**
 * Copies the middle block of this many layers: a b c d e f become a b c d c d e f, for a block of 2 (MIDAS, Saunshi et al. 2024). Of blocks 1 … n it
 * is block ⌈n/2⌉; the block must divide the layers.
 */
export const middle = builder(
  'middle',
  1,
  <const Block extends number>(block: CountArgument<'block', 1, Block>): GrownByBlock<'middle', AcceptedCount<'block', 1, Block>> => ({
    kind: 'middle',
    block: block as Block,
  }),
);

/**
 * Copies the layers around the middle one: a b c d become a b c b c d, for a block of 2 (LIDAS, Kapl et al. 2025). Where `middle` copies a whole one of
 * the blocks that the layers divide into, this one begins where as many layers are before it as after it, or one less; it need not divide them.
 */
export const central = builder(
  'central',
  1,
  <const Block extends number>(block: CountArgument<'block', 1, Block>): GrownByBlock<'central', AcceptedCount<'block', 1, Block>> => ({
    kind: 'central',
    block: block as Block,
  }),
);

/** Copies the last layers: a b c become a b c b c, for a block of 2 (gradual stacking, Reddi et al. 2023). */
export const last = builder(
  'last',
  1,
  <const Block extends number>(block: CountArgument<'block', 1, Block>): GrownByBlock<'last', AcceptedCount<'block', 1, Block>> => ({
    kind: 'last',
    block: block as Block,
  }),
);

/**
 * This many new layers on top, with the initial values of their positions: the same for the same seed, whatever was trained before. The network may
 * have no layers yet.
 *
 * @example
 * pipeline({ ...setup, model: gpt({ layers: 0, … }) }, train(100), grow(fresh(6)), train(400))
 */
export const fresh = builder(
  'fresh',
  1,
  <const Layers extends number>(
    layers: CountArgument<'layers', 1, Layers>,
  ): GrownByLayers<'fresh', AcceptedCount<'layers', 1, Layers>> => ({
    kind: 'fresh',
    layers: layers as Layers,
  }),
);

/** As `fresh`, but with the last product of each new branch at zero: the function is unchanged. */
export const identity = builder(
  'identity',
  1,
  <const Layers extends number>(
    layers: CountArgument<'layers', 1, Layers>,
  ): GrownByLayers<'identity', AcceptedCount<'layers', 1, Layers>> => ({
    kind: 'identity',
    layers: layers as Layers,
  }),
);

/**
 * The layers, as a block, are applied this many times as often, with the same weights: a b become a b, a b (looped transformers, Saunshi et al. 2025).
 * As many steps of h/times unless h is kept; what is trained does not change, and a step costs as much as one of a network of so many layers.
 *
 * @example
 * pipeline(setup, train(400), grow(loop(2)), train(400), grow(loop(2)), train(400)) // applied once, twice, four times
 */
export const loop = builder(
  'loop',
  1,
  <const Times extends number>(times: CountArgument<'times', 1, Times>): Looped<AcceptedCount<'times', 1, Times>> => ({
    kind: 'loop',
    times: times as Looped<AcceptedCount<'times', 1, Times>>['times'],
  }),
);
