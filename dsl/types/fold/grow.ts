/**
 * The depth or the widths after a growth, or the sentence why it is not possible: `growFault` and `grownSizes` of src/schedule/operators/operator.ts for
 * the compiler.
 */
import type { mostLayers } from '../../../src/schedule/bounds/counts.js';
import type { GrowthKind } from '../../../src/schedule/bounds/growth.js';
import type { blockTooLarge, indivisibleBlock, nothingToCopy, tooDeep, wayNeedsWidth } from '../../../src/schedule/sentences.js';
import type { Divide, IsBelow } from '../number/divide.js';
import type { Add, Multiply } from '../number/multiply.js';
import type { Compare } from '../number/order.js';
import type { Widths } from './state.js';

/** The layers, unless they are too many. */
type Held<Text extends string, Layers extends number> =
  Compare<Layers, typeof mostLayers> extends 'greater' ? tooDeep<Text, typeof mostLayers, Layers> : Layers;

type ByMiddle<Block extends number, Layers extends number> =
  Divide<Layers, Block> extends 'indivisible'
    ? indivisibleBlock<`middle(${Block})`, Block, Layers>
    : Held<`middle(${Block})`, Add<Layers, Block>>;

type ByLast<Block extends number, Layers extends number> =
  IsBelow<Block, Add<Layers, 1>> extends true ? Held<`last(${Block})`, Add<Layers, Block>> : blockTooLarge<`last(${Block})`, Block, Layers>;

/** Growths that copy layers. */
type Copied<Growth, Layers extends number> = [Growth] extends [
  { readonly kind: infer Kind extends string; readonly factor: infer Factor extends number },
]
  ? Layers extends 0
    ? nothingToCopy<`${Kind}(${Factor})`>
    : Held<`${Kind}(${Factor})`, Multiply<Layers, Factor>>
  : [Growth] extends [{ readonly kind: infer Kind extends string; readonly block: infer Block extends number }]
    ? Layers extends 0
      ? nothingToCopy<`${Kind}(${Block})`>
      : Kind extends 'middle'
        ? ByMiddle<Block, Layers>
        : ByLast<Block, Layers>
    : number;

/** A growth whose kind is not literal leads to an unknown depth. */
export type Deepened<Growth, Layers extends number> = [Growth] extends [
  { readonly kind: infer Kind extends 'fresh' | 'identity'; readonly layers: infer New extends number },
]
  ? Held<`${Kind}(${New})`, Add<Layers, New>>
  : Copied<Growth, Layers>;

/** The sizes of a network that is so many times as wide. */
export type Widened<W, Factor extends number> =
  W extends Widths<infer Heads, infer KeyValueHeads, infer Hidden>
    ? Widths<Multiply<Heads, Factor>, Multiply<KeyValueHeads, Factor>, Multiply<Hidden, Factor>>
    : never;

/** Whether a growth whose kind is not literal may be one of the width. */
export type MayWiden<Growth> = [Extract<Growth, { readonly kind: 'width' }>] extends [never] ? false : true;

type DepthText<Growth> = Growth extends { readonly kind: infer Kind extends string; readonly factor: infer Count extends number }
  ? `${Kind}(${Count})`
  : Growth extends { readonly kind: infer Kind extends string; readonly block: infer Count extends number }
    ? `${Kind}(${Count})`
    : Growth extends { readonly kind: infer Kind extends string; readonly layers: infer Count extends number }
      ? `${Kind}(${Count})`
      : string;

/** The sentence about a growth of the depth with a way of its own, or never. */
export type WayFault<Stage, Growth> = Stage extends { readonly way: 'copy' | 'zero' | 'random' }
  ? [Growth] extends [{ readonly kind: GrowthKind }]
    ? wayNeedsWidth<DepthText<Growth>>
    : never
  : never;
