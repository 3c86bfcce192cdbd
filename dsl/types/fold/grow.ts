/** The depth after a growth, or the sentence why it is not possible: `growthFault` of src/schedule/bounds/growth.ts for the compiler. */
import type { mostLayers } from '../../../src/schedule/bounds/counts.js';
import type { blockTooLarge, indivisibleBlock, nothingToCopy, tooDeep } from '../../../src/schedule/sentences.js';
import type { Divide, IsBelow } from '../number/divide.js';
import type { Add, Multiply } from '../number/multiply.js';
import type { Compare } from '../number/order.js';

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
