/**
 * The layers or the widths after a growth, and how often layers are applied, or the sentence why it is not possible: `growFault` and `grownSizes` of
 * src/schedule/operators/operator.ts for the compiler.
 */
import type { mostLayers } from '../../../src/schedule/bounds/counts.js';
import type { GrowthKind } from '../../../src/schedule/bounds/growth.js';
import type {
  blockTooLarge,
  indivisibleBlock,
  nothingToCopy,
  nothingToLoop,
  tooDeep,
  wayNeedsWidth,
} from '../../../src/schedule/sentences.js';
import type { Divide, IsBelow } from '../number/divide.js';
import type { Add, Multiply } from '../number/multiply.js';
import type { Compare } from '../number/order.js';
import type { Widths } from './state.js';

/** The number of layers that a step computes. */
type Steps<Layers extends number, Loops extends number> = Loops extends 1 ? Layers : Multiply<Layers, Loops>;

/** `Value`, unless a step would compute too many layers. */
type Held<Text extends string, Layers extends number, Loops extends number, Value extends number = Layers> =
  Steps<Layers, Loops> extends infer All extends number
    ? Compare<All, typeof mostLayers> extends 'greater'
      ? tooDeep<Text, typeof mostLayers, All>
      : Value
    : never;

type ByMiddle<Block extends number, Layers extends number, Loops extends number> =
  Divide<Layers, Block> extends 'indivisible'
    ? indivisibleBlock<`middle(${Block})`, Block, Layers>
    : Held<`middle(${Block})`, Add<Layers, Block>, Loops>;

type ByBlock<Text extends string, Block extends number, Layers extends number, Loops extends number> =
  IsBelow<Block, Add<Layers, 1>> extends true ? Held<Text, Add<Layers, Block>, Loops> : blockTooLarge<Text, Block, Layers>;

/** Growths that copy layers. */
type Copied<Growth, Layers extends number, Loops extends number> = [Growth] extends [
  { readonly kind: infer Kind extends string; readonly factor: infer Factor extends number },
]
  ? Layers extends 0
    ? nothingToCopy<`${Kind}(${Factor})`>
    : Held<`${Kind}(${Factor})`, Multiply<Layers, Factor>, Loops>
  : [Growth] extends [{ readonly kind: infer Kind extends string; readonly block: infer Block extends number }]
    ? Layers extends 0
      ? nothingToCopy<`${Kind}(${Block})`>
      : Kind extends 'middle'
        ? ByMiddle<Block, Layers, Loops>
        : ByBlock<`${Kind}(${Block})`, Block, Layers, Loops>
    : number;

/** A growth whose kind is not literal leads to an unknown depth. */
export type Deepened<Growth, Layers extends number, Loops extends number> = [Growth] extends [
  { readonly kind: infer Kind extends 'fresh' | 'identity'; readonly layers: infer New extends number },
]
  ? Held<`${Kind}(${New})`, Add<Layers, New>, Loops>
  : Copied<Growth, Layers, Loops>;

/** How often the layers are applied afterwards. */
export type Looped<Times extends number, Layers extends number, Loops extends number> = Layers extends 0
  ? nothingToLoop<`loop(${Times})`>
  : Multiply<Loops, Times> extends infer All extends number
    ? Held<`loop(${Times})`, Layers, All, All>
    : never;

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
      : Growth extends { readonly kind: infer Kind extends string; readonly times: infer Count extends number }
        ? `${Kind}(${Count})`
        : string;

/** The sentence about a growth of the depth with a way of its own, or never. */
export type WayFault<Stage, Growth> = Stage extends { readonly way: 'copy' | 'zero' | 'random' }
  ? [Growth] extends [{ readonly kind: GrowthKind }]
    ? wayNeedsWidth<DepthText<Growth>>
    : never
  : never;
