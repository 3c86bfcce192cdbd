/** One stage of the text form: src/schedule/text/grammar.ts for the compiler. */

import type { WayBack } from '../stage/way-back.js';
import type { GroupPolicies } from './parse-moments.js';
import type { Closed, Open, OpenCountComma, Parsed } from './parse-number.js';
import type { Growth, Operator } from './parse-operator.js';
import type { MoreOptions, SomeOptions, TrainText } from './parse-options.js';
import type { ReplicasText } from './parse-replicas.js';
import type { After, Token } from './words.js';

/** A stage with its options, and the parenthesis that closes it. */
type ClosedWithOptions<Stage, Word extends 'restrict' | 'grow', Rest extends string> =
  MoreOptions<Word, unknown, Rest> extends infer L ? (L extends Parsed<infer Given, infer Last> ? Closed<Stage & Given, Last> : L) : never;

type RestrictText<Rest extends string> =
  Open<Rest> extends infer R
    ? R extends Parsed<unknown, infer Next>
      ? Operator<'restrict', Next> extends infer O
        ? O extends Parsed<infer Chosen, infer Listed>
          ? ClosedWithOptions<{ readonly kind: 'restrict'; readonly operator: Chosen }, 'restrict', Listed>
          : O
        : never
      : R
    : never;

type GrowText<Rest extends string> =
  Open<Rest> extends infer R
    ? R extends Parsed<unknown, infer Next>
      ? Growth<'grow', Next> extends infer G
        ? G extends Parsed<infer Chosen, infer Listed>
          ? ClosedWithOptions<{ readonly kind: 'grow'; readonly growth: Chosen }, 'grow', Listed>
          : G
        : never
      : R
    : never;

type Prolongated<Given> = Given & { readonly kind: 'prolongate'; readonly correction: WayBack<Given> };

type ProlongateText<Rest extends string> =
  Token<Rest> extends '('
    ? Token<After<Rest, '('>> extends ')'
      ? Closed<Prolongated<unknown>, After<Rest, '('>>
      : SomeOptions<'prolongate', After<Rest, '('>> extends infer L
        ? L extends Parsed<infer Given, infer Last>
          ? Closed<Prolongated<Given>, Last>
          : L
        : never
    : Parsed<Prolongated<unknown>, Rest>;

type Evaluated = { readonly kind: 'evaluate' };

type EvaluateText<Rest extends string> = Token<Rest> extends '(' ? Closed<Evaluated, After<Rest, '('>> : Parsed<Evaluated, Rest>;

/** What follows a stage's name; never for any other name. */
export type StageText<Word extends string, Rest extends string> = Word extends 'train'
  ? TrainText<Rest>
  : Word extends 'evaluate'
    ? EvaluateText<Rest>
    : Word extends 'restrict'
      ? RestrictText<Rest>
      : Word extends 'prolongate'
        ? ProlongateText<Rest>
        : Word extends 'grow'
          ? GrowText<Rest>
          : never;

/** What follows the name of a stage that contains stages, up to its first stage; never for other names. */
export type OpenerText<Word extends string, Rest extends string> = Word extends 'repeat'
  ? OpenCountComma<'times', Rest>
  : Word extends 'replicas'
    ? ReplicasText<Rest>
    : Word extends 'moments'
      ? GroupPolicies<Rest>
      : never;
