/**
 * Every sentence about how a pipeline is written: words, options and free names. Written once for run time and compiler, like the sentences about
 * meaning (`../sentences.ts`); only at run time is the nearest known word added.
 *
 * A sentence of the text form follows its place, `column 17: …`.
 */

export const inColumn = <Column extends number, Sentence extends string>(column: Column, sentence: Sentence) =>
  `column ${column}: ${sentence}` as const;
export type inColumn<Column extends number, Sentence extends string> = ReturnType<typeof inColumn<Column, Sentence>>;

export const armsInParentheses = () => '"|" separates the arms of a branch; put parentheses around them, as in ( a | b )' as const;
export type armsInParentheses = ReturnType<typeof armsInParentheses>;

export const wordTooLong = (most: number, was: number, word: string) =>
  `a word must have at most ${most} characters (was ${was}: ${word}); shorten it`;

export const unknownStage = <Word extends string>(word: Word) =>
  `unknown stage "${word}"; the stages are train, evaluate, restrict, prolongate, grow, repeat, replicas, moments, branches ( a | b ), and the cycles vCycle, wCycle, fCycle, nested, cascade` as const;
export type unknownStage<Word extends string> = ReturnType<typeof unknownStage<Word>>;

export const unknownOperator = <Stage extends string, Word extends string>(stage: Stage, word: Word) =>
  `unknown operator "${word}" of ${stage}; the operators are even, odd, every(k, offset), average(k), matrix(R, P), width(k), compose(A, B)` as const;
export type unknownOperator<Stage extends string, Word extends string> = ReturnType<typeof unknownOperator<Stage, Word>>;

export const unknownWay = <Word extends string>(word: Word) =>
  `unknown operator "${word}" of cascade; the operators are even, odd, every(k, offset), average(k), matrix(R, P), width(k), compose(A, B), and the growths stack(k), repeat(k), interleave(k), zero(k), middle(b), central(b), last(b), fresh(n), identity(n), loop(k)` as const;
export type unknownWay<Word extends string> = ReturnType<typeof unknownWay<Word>>;

export const unknownGrowth = <Stage extends string, Word extends string>(stage: Stage, word: Word) =>
  `unknown growth "${word}" of ${stage}; the growths are stack(k), repeat(k), interleave(k), zero(k), middle(b), central(b), last(b), fresh(n), identity(n), loop(k), width(k)` as const;
export type unknownGrowth<Stage extends string, Word extends string> = ReturnType<typeof unknownGrowth<Stage, Word>>;

export const unknownOption = <Stage extends string, Word extends string>(stage: Stage, word: Word) =>
  `unknown option "${word}" of ${stage}; options are written as in restrict(even, h: keep, moments: reset)` as const;
export type unknownOption<Stage extends string, Word extends string> = ReturnType<typeof unknownOption<Stage, Word>>;

export const optionTwice = <Stage extends string, Word extends string>(stage: Stage, word: Word) =>
  `the option ${word} of ${stage} is given twice; give it once` as const;
export type optionTwice<Stage extends string, Word extends string> = ReturnType<typeof optionTwice<Stage, Word>>;

export const missingOption = <Stage extends string, Option extends string>(stage: Stage, option: Option) =>
  `${stage} needs the option ${option}, as in ${stage}(levels: 3, operator: even, coarse: 400, post: 100)` as const;
export type missingOption<Stage extends string, Option extends string> = ReturnType<typeof missingOption<Stage, Option>>;

const endExamples = {
  plateau: 'until.plateau(on: training(50), patience: 20, atMost: 400)',
  loss: 'until.loss(2.5, on: heldOut, atMost: 400)',
  tokens: 'until.tokens(1e6, atMost: 400)',
  flops: 'until.flops(1e15, atMost: 400)',
  slopeBelow: 'until.slopeBelow(on: training(50), atMost: 400)',
} as const;
type EndExamples = typeof endExamples;

export const missingEndOption = <End extends keyof EndExamples, Option extends string>(end: End, option: Option) =>
  `until.${end} needs the option ${option}, as in ${endExamples[end]}` as const;
export type missingEndOption<End extends keyof EndExamples, Option extends string> = ReturnType<typeof missingEndOption<End, Option>>;

export const unknownEnd = <Word extends string>(word: Word) =>
  `unknown end "${word}"; the ends are until.plateau, until.loss, until.tokens, until.flops, until.slopeBelow` as const;
export type unknownEnd<Word extends string> = ReturnType<typeof unknownEnd<Word>>;

export const sharedLayersWithoutOnly = () => 'sharedLayers goes with only; give only too, or remove it' as const;
export type sharedLayersWithoutOnly = ReturnType<typeof sharedLayersWithoutOnly>;

export const keepWithoutLayers = <Option extends 'keep' | 'h'>(option: Option) =>
  `${option} goes with layers: random; give layers too, or remove it` as const;
export type keepWithoutLayers<Option extends 'keep' | 'h'> = ReturnType<typeof keepWithoutLayers<Option>>;

export const layersWithoutKeep = () =>
  'layers: random needs keep, the share of the layers that a step computes, as in train(400, layers: random, keep: 0.5)' as const;
export type layersWithoutKeep = ReturnType<typeof layersWithoutKeep>;

export const growthHasNoReturn = <Option extends string>(option: Option) =>
  `${option} is for prolongations, and a cascade by growth has none; remove it` as const;
export type growthHasNoReturn<Option extends string> = ReturnType<typeof growthHasNoReturn<Option>>;

export const notComposable = <Word extends string>(word: Word) =>
  `unknown operator "${word}" of compose; it may hold even, odd, every(k, offset), average(k), matrix(R, P), width(k)` as const;
export type notComposable<Word extends string> = ReturnType<typeof notComposable<Word>>;

export const expected = <What extends string, Was extends string>(what: What, was: Was) => `expected ${what} (was ${was})` as const;
export type expected<What extends string, Was extends string> = ReturnType<typeof expected<What, Was>>;

export const missingParenthesis = <Parenthesis extends '(' | ')', Was extends string>(parenthesis: Parenthesis, was: Was) =>
  `a parenthesis is missing: expected "${parenthesis}" (was ${was})` as const;
export type missingParenthesis<Parenthesis extends '(' | ')', Was extends string> = ReturnType<typeof missingParenthesis<Parenthesis, Was>>;

export const unopenedParenthesis = () => 'this ")" closes no "("; remove it or put a "(" before it' as const;
export type unopenedParenthesis = ReturnType<typeof unopenedParenthesis>;

// Free names.

/** `such` is an example of a number that is allowed in place of the name. */
export const unboundName = <Name extends string, Such extends number>(name: Name, such: Such) =>
  `the name ${name} is not bound; give it a number: in a file, pipeline(setup, text, { ${name}: ${such} }); on the command line, --set ${name}=${such}` as const;
export type unboundName<Name extends string, Such extends number> = ReturnType<typeof unboundName<Name, Such>>;

export const unusedName = <Name extends string>(name: Name) => `the name ${name} is never used in the text; remove it or use it` as const;
export type unusedName<Name extends string> = ReturnType<typeof unusedName<Name>>;
