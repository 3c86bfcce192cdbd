/**
 * Every sentence about what a pipeline means, written once: a function for values and, under the same name, the type of what it returns, so that
 * compiler and verifier use the same words. Not here: words, options and names (`text/sentences.ts`), when a sentence applies (`verify/verify.ts`,
 * `dsl/types/`).
 *
 * A sentence follows its place: `stage 3, …` (1-based; `2.1` is the first stage inside a repeat that is stage 2, `2.3.1` the first of the third arm
 * of a branch that is stage 2), or a JSON path (0-based, as JSON counts).
 *
 * @example
 * inStage('3', noFinerLevel()) // 'stage 3, prolongate: no finer level is open (was at level 0); put a restrict before it'
 */

type Text = string | number;

// Places.

export const inStage = <At extends string, Sentence extends string>(at: At, sentence: Sentence) => `stage ${at}, ${sentence}` as const;
export type inStage<At extends string, Sentence extends string> = ReturnType<typeof inStage<At, Sentence>>;

/** The place is a JSON path, a free name or an operator. */
export const inside = <Place extends string, Sentence extends string>(place: Place, sentence: Sentence) => `${place}: ${sentence}` as const;
export type inside<Place extends string, Sentence extends string> = ReturnType<typeof inside<Place, Sentence>>;

// Values.

export const mustBe = <Name extends string, What extends string, Was extends Text>(name: Name, what: What, was: Was) =>
  `${name} must be ${what} (was ${was})` as const;
export type mustBe<Name extends string, What extends string, Was extends Text> = ReturnType<typeof mustBe<Name, What, Was>>;

export const offsetNotBelowFactor = <Factor extends number, Offset extends number>(factor: Factor, offset: Offset) =>
  `offset must be less than the factor ${factor} (was ${offset})` as const;
export type offsetNotBelowFactor<Factor extends number, Offset extends number> = ReturnType<typeof offsetNotBelowFactor<Factor, Offset>>;

export const headsDoNotDivide = <Heads extends number, Width extends number>(heads: Heads, width: Width) =>
  `heads must divide the width ${width} (was ${heads}); change one of them` as const;
export type headsDoNotDivide<Heads extends number, Width extends number> = ReturnType<typeof headsDoNotDivide<Heads, Width>>;

export const keyValueHeadsDoNotDivide = <KeyValueHeads extends number, Heads extends number>(keyValueHeads: KeyValueHeads, heads: Heads) =>
  `keyValueHeads must divide the heads ${heads} (was ${keyValueHeads}); change one of them` as const;
export type keyValueHeadsDoNotDivide<KeyValueHeads extends number, Heads extends number> = ReturnType<
  typeof keyValueHeadsDoNotDivide<KeyValueHeads, Heads>
>;

export const oddHeadSize = <Heads extends number, Width extends number, Size extends number>(heads: Heads, width: Width, size: Size) =>
  `heads must give each head an even part of the width ${width}, since rotary positions turn pairs of units (was ${heads}, for heads of ${size}); change one of them` as const;
export type oddHeadSize<Heads extends number, Width extends number, Size extends number> = ReturnType<
  typeof oddHeadSize<Heads, Width, Size>
>;

export const accumulateDoesNotDivide = <Accumulate extends number, Batch extends number>(accumulate: Accumulate, batch: Batch) =>
  `accumulate must divide the batch ${batch} (was ${accumulate}); change one of them` as const;
export type accumulateDoesNotDivide<Accumulate extends number, Batch extends number> = ReturnType<
  typeof accumulateDoesNotDivide<Accumulate, Batch>
>;

export const contextTooLong = <Context extends number, Was extends number>(context: Context, was: Was) =>
  `train: context must be at most the model's, ${context} (was ${was}); shorten it, or give the model a longer one` as const;
export type contextTooLong<Context extends number, Was extends number> = ReturnType<typeof contextTooLong<Context, Was>>;

export const otherDocuments = <Wanted extends string, Was extends string>(wanted: Wanted, was: Was) =>
  `train: documents of its data must be ${wanted}, as in the setup's (was ${was}); give both the same` as const;

export const otherVocabulary = (wanted: number, was: number) =>
  `train: its data must have the vocabulary of the setup's, ${wanted} tokens (was ${was}); give both the same`;

export const subnetworkHasNo = <Option extends 'only' | 'stochasticDepth'>(option: Option) =>
  `${option} chooses among layers that are computed, and layers: random computes others at each step; remove one of them` as const;
export type subnetworkHasNo<Option extends 'only' | 'stochasticDepth'> = ReturnType<typeof subnetworkHasNo<Option>>;

export const subnetworkOfNothing = () => 'train: layers: random needs at least one layer (was 0); grow first';

export const subnetworkHasNoTau = () =>
  'train: on a level with tau, whose linear term is that of all layers, every step must compute all of them (was layers: random); leave one out';

export const wrongCorrection = <Was extends Text>(was: Was) =>
  `correction must be total or a number > 0 and <= 1, such as 0.5 (was ${was})` as const;
export type wrongCorrection<Was extends Text> = ReturnType<typeof wrongCorrection<Was>>;

export const mixAndCorrection = () => 'mix and correction are two ways back (both were given); remove one of them' as const;
export type mixAndCorrection = ReturnType<typeof mixAndCorrection>;

// Matrices over layers, the restriction R [coarse][fine] and the prolongation P [fine][coarse]. Rows and columns count from 1.

export const emptyMatrix = () => 'R must have at least one row, and each row at least one number' as const;
export type emptyMatrix = ReturnType<typeof emptyMatrix>;

export const rowLength = <Matrix extends 'R' | 'P', Row extends number, Length extends number, Was extends number>(
  matrix: Matrix,
  row: Row,
  length: Length,
  was: Was,
) => `row ${row} of ${matrix} must have length ${length} (was ${was}); R is coarse x fine and P is fine x coarse` as const;
export type rowLength<Matrix extends 'R' | 'P', Row extends number, Length extends number, Was extends number> = ReturnType<
  typeof rowLength<Matrix, Row, Length, Was>
>;

export const rowCount = <Fine extends number, Was extends number>(fine: Fine, was: Was) =>
  `P must have one row for each of the ${fine} columns of R (was ${was}); R is coarse x fine and P is fine x coarse` as const;
export type rowCount<Fine extends number, Was extends number> = ReturnType<typeof rowCount<Fine, Was>>;

export const notCoarser = <Coarse extends number, Fine extends number>(coarse: Coarse, fine: Fine) =>
  `R must have at most as many rows as columns (was ${coarse} rows, ${fine} columns)` as const;
export type notCoarser<Coarse extends number, Fine extends number> = ReturnType<typeof notCoarser<Coarse, Fine>>;

export const zeroRow = <Row extends number>(row: Row) =>
  `row ${row} of R must not be all zeros; a coarse layer must be made of something` as const;
export type zeroRow<Row extends number> = ReturnType<typeof zeroRow<Row>>;

export const doesNotFit = <Fine extends number, Layers extends number>(fine: Fine, layers: Layers) =>
  `restrict(matrix): needs ${fine} layers, as R has columns (was ${layers}); restrict elsewhere or change the matrices` as const;
export type doesNotFit<Fine extends number, Layers extends number> = ReturnType<typeof doesNotFit<Fine, Layers>>;

// Levels.

export const baseIncomplete = () =>
  'parametrisation completeP needs both baseLayers and baseWidth; give the size at which rates were found' as const;
export type baseIncomplete = ReturnType<typeof baseIncomplete>;

export const baseWithoutParametrisation = <Key extends string>(key: Key) =>
  `${key} goes with parametrisation completeP; give that too, or remove it` as const;
export type baseWithoutParametrisation<Key extends string> = ReturnType<typeof baseWithoutParametrisation<Key>>;

/** Its h is the base's layers by the layers. */
export const noDepthToScale = () =>
  'layers must be at least 1 with completeP (was 0); begin with a layer, or leave the parametrisation out' as const;
export type noDepthToScale = ReturnType<typeof noDepthToScale>;

export const completePNeedsAdamw = <Was extends string>(was: Was) =>
  `kind must be adamw with completeP, whose rates are those of AdamW (was ${was}); choose adamw, or leave the parametrisation out` as const;
export type completePNeedsAdamw<Was extends string> = ReturnType<typeof completePNeedsAdamw<Was>>;

/** Matrices with a side of 1 are vectors, of which an orthogonalisation leaves nothing but the direction. */
export const tooNarrowForMuon = <Key extends 'width' | 'hidden'>(key: Key) =>
  `${key} must be at least 2 with muon, which orthogonalises matrices (was 1); choose adamw` as const;
export type tooNarrowForMuon<Key extends 'width' | 'hidden'> = ReturnType<typeof tooNarrowForMuon<Key>>;

export const leavesTooNarrow = <Operator extends string, What extends string>(operator: Operator, what: What) =>
  `restrict(${operator}): leaves ${what} (muon, which orthogonalises matrices, needs at least 2); restrict the width less or choose adamw` as const;
export type leavesTooNarrow<Operator extends string, What extends string> = ReturnType<typeof leavesTooNarrow<Operator, What>>;

export const noFinerLevel = () => 'prolongate: no finer level is open (was at level 0); put a restrict before it' as const;
export type noFinerLevel = ReturnType<typeof noFinerLevel>;

export const indivisible = <Operator extends string, Factor extends number, Layers extends number>(
  operator: Operator,
  factor: Factor,
  layers: Layers,
) =>
  `restrict(${operator}): needs a number of layers divisible by ${factor} (was ${layers}); restrict fewer times or change the depth` as const;
export type indivisible<Operator extends string, Factor extends number, Layers extends number> = ReturnType<
  typeof indivisible<Operator, Factor, Layers>
>;

export const indivisibleHeads = <Operator extends string, Factor extends number, Heads extends number>(
  operator: Operator,
  factor: Factor,
  heads: Heads,
) =>
  `restrict(${operator}): needs a number of heads divisible by ${factor} (was ${heads}); restrict the width less or change the heads` as const;
export type indivisibleHeads<Operator extends string, Factor extends number, Heads extends number> = ReturnType<
  typeof indivisibleHeads<Operator, Factor, Heads>
>;

export const indivisibleKeyValueHeads = <Operator extends string, Factor extends number, KeyValueHeads extends number>(
  operator: Operator,
  factor: Factor,
  keyValueHeads: KeyValueHeads,
) =>
  `restrict(${operator}): needs a number of key-value heads divisible by ${factor} (was ${keyValueHeads}), whose groups stay whole; restrict the width less or change keyValueHeads` as const;
export type indivisibleKeyValueHeads<Operator extends string, Factor extends number, KeyValueHeads extends number> = ReturnType<
  typeof indivisibleKeyValueHeads<Operator, Factor, KeyValueHeads>
>;

export const indivisibleHidden = <Operator extends string, Factor extends number, Hidden extends number>(
  operator: Operator,
  factor: Factor,
  hidden: Hidden,
) =>
  `restrict(${operator}): needs a number of hidden units divisible by ${factor} (was ${hidden}); restrict the width less or change hidden` as const;
export type indivisibleHidden<Operator extends string, Factor extends number, Hidden extends number> = ReturnType<
  typeof indivisibleHidden<Operator, Factor, Hidden>
>;

export const growsCoarse = <Level extends number>(level: Level) =>
  `grow: only level 0 can grow (was at level ${level}); put it after the last prolongate` as const;
export type growsCoarse<Level extends number> = ReturnType<typeof growsCoarse<Level>>;

export const tooDeep = <Growth extends string, Most extends number, Layers extends number>(growth: Growth, most: Most, layers: Layers) =>
  `grow(${growth}): the model can have at most ${most} layers (was ${layers}); grow less` as const;
export type tooDeep<Growth extends string, Most extends number, Layers extends number> = ReturnType<typeof tooDeep<Growth, Most, Layers>>;

export const nothingToCopy = <Growth extends string>(growth: Growth) =>
  `grow(${growth}): there is no layer to copy (was 0 layers); begin with fresh(n) or identity(n)` as const;
export type nothingToCopy<Growth extends string> = ReturnType<typeof nothingToCopy<Growth>>;

export const nothingToLoop = <Growth extends string>(growth: Growth) =>
  `grow(${growth}): there is no layer to apply again (was 0 layers); begin with fresh(n) or identity(n)` as const;
export type nothingToLoop<Growth extends string> = ReturnType<typeof nothingToLoop<Growth>>;

export const indivisibleBlock = <Growth extends string, Block extends number, Layers extends number>(
  growth: Growth,
  block: Block,
  layers: Layers,
) => `grow(${growth}): needs a number of layers divisible by ${block} (was ${layers}); choose a block that divides them` as const;
export type indivisibleBlock<Growth extends string, Block extends number, Layers extends number> = ReturnType<
  typeof indivisibleBlock<Growth, Block, Layers>
>;

export const blockTooLarge = <Growth extends string, Block extends number, Layers extends number>(
  growth: Growth,
  block: Block,
  layers: Layers,
) => `grow(${growth}): needs at least ${block} layers (was ${layers}); choose a smaller block` as const;
export type blockTooLarge<Growth extends string, Block extends number, Layers extends number> = ReturnType<
  typeof blockTooLarge<Growth, Block, Layers>
>;

export const wayNeedsWidth = <Growth extends string>(growth: Growth) =>
  `grow(${growth}): way is for a width that grows, whose new parts it fills (was a growth of the depth); leave it out` as const;
export type wayNeedsWidth<Growth extends string> = ReturnType<typeof wayNeedsWidth<Growth>>;

export const noLayers = <Operator extends string>(operator: Operator) =>
  `restrict(${operator}): needs at least one layer (was 0); grow first` as const;
export type noLayers<Operator extends string> = ReturnType<typeof noLayers<Operator>>;

export const endsCoarse = <Level extends number>(level: Level) =>
  `the pipeline must end on level 0 (was level ${level}); put a prolongate after the last stage for each level still open` as const;
export type endsCoarse<Level extends number> = ReturnType<typeof endsCoarse<Level>>;

export const emptyPipeline = () => 'the pipeline has no stages; give at least one, such as train(100)' as const;
export type emptyPipeline = ReturnType<typeof emptyPipeline>;

export const emptyRepeat = () => 'repeat has no stages; give at least one after the number of times' as const;
export type emptyRepeat = ReturnType<typeof emptyRepeat>;

export const composesTooFew = <Was extends number>(was: Was) =>
  `compose needs at least 2 operators (was ${was}); give more, or the operator without compose` as const;
export type composesTooFew<Was extends number> = ReturnType<typeof composesTooFew<Was>>;

export const widthHasOwnWay = <Operator extends string, Was extends string>(operator: Operator, was: Was) =>
  `prolongate: interpolation goes between layers, and ${operator} keeps them (was ${was}); leave it out` as const;
export type widthHasOwnWay<Operator extends string, Was extends string> = ReturnType<typeof widthHasOwnWay<Operator, Was>>;

// Branches.

export const emptyBranch = () => 'branch has no arms; give at least one' as const;
export type emptyBranch = ReturnType<typeof emptyBranch>;

export const emptyArm = <Arm extends number>(arm: Arm) => `branch: arm ${arm} has no stages; give each arm at least one` as const;
export type emptyArm<Arm extends number> = ReturnType<typeof emptyArm<Arm>>;

export const optionsLast = <Arm extends number>(arm: Arm) =>
  `branch: arm ${arm} must be a stage; options come last and once, as in branch(a, b, { shared: 'last' })` as const;
export type optionsLast<Arm extends number> = ReturnType<typeof optionsLast<Arm>>;

export const endsElsewhere = <Arm extends number, Level extends number, Was extends number>(arm: Arm, level: Level, was: Was) =>
  `branch: arm ${arm} must end on level ${level}, where the branch begins (was level ${was}); put a prolongate after its last stage for each level still open` as const;
export type endsElsewhere<Arm extends number, Level extends number, Was extends number> = ReturnType<typeof endsElsewhere<Arm, Level, Was>>;

export const leavesBranch = <Level extends number>(level: Level) =>
  `prolongate: an arm cannot go above the level where its branch begins (was at level ${level}); put it after the branch` as const;
export type leavesBranch<Level extends number> = ReturnType<typeof leavesBranch<Level>>;

export const growsInArm = () =>
  'grow: an arm cannot grow, since all arms must return to the same depth and width; put it before or after the branch' as const;
export type growsInArm = ReturnType<typeof growsInArm>;

export const wrongWeight = <Was extends Text>(was: Was) => `a weight must be a number > 0 and <= 1, such as 0.5 (was ${was})` as const;
export type wrongWeight<Was extends Text> = ReturnType<typeof wrongWeight<Was>>;

export const weightCount = <Arms extends number, Was extends number>(arms: Arms, was: Was) =>
  `branch: weighted needs one weight for each arm, ${arms} in all (was ${was})` as const;
export type weightCount<Arms extends number, Was extends number> = ReturnType<typeof weightCount<Arms, Was>>;

// Replicas.

export const replicasInReplicas = () => 'replicas: cannot be within other replicas; put them before or after those' as const;
export type replicasInReplicas = ReturnType<typeof replicasInReplicas>;

export const replicasOnlyTrain = <Was extends string>(was: Was) =>
  `replicas: without rounds, the stages must be training, which every divides into rounds (was ${was}); give rounds, or put it before or after the replicas` as const;
export type replicasOnlyTrain<Was extends string> = ReturnType<typeof replicasOnlyTrain<Was>>;

export const replicasHaveNoEnd = () =>
  'train: all replicas must take the same number of steps (was a conditional end); give a number of steps' as const;
export type replicasHaveNoEnd = ReturnType<typeof replicasHaveNoEnd>;

export const everyDoesNotDivide = <Every extends number, Steps extends number>(every: Every, steps: Steps) =>
  `replicas: every must divide the ${steps} steps of the training (was ${every}); change one of them` as const;
export type everyDoesNotDivide<Every extends number, Steps extends number> = ReturnType<typeof everyDoesNotDivide<Every, Steps>>;

export const otherStepsInRound = (steps: number, was: number) =>
  `replicas: with rounds, every must be the steps that the stages train, ${steps} in all (was ${was}); change one of them`;

export const roundEndsElsewhere = (level: number, was: number) =>
  `replicas: a round must end on level ${level}, where the replicas begin (was level ${was}); put a prolongate after its last stage for each level still open`;

export const leavesReplicas = (level: number) =>
  `prolongate: replicas cannot go above the level where they begin (was at level ${level}); put it after the replicas`;

export const growsInReplicas = () =>
  'grow: replicas cannot grow, since all of them must keep the same depth and width; put it before or after the replicas' as const;
export type growsInReplicas = ReturnType<typeof growsInReplicas>;

// Tau corrections and line searches.

export const growthHasNoTau = () => 'tau is for restrictions: a growth has no coarse problem to correct; remove it' as const;
export type growthHasNoTau = ReturnType<typeof growthHasNoTau>;

export const tauHasNoRescale = <Stage extends string>(stage: Stage) =>
  `${stage}: with tau the coarse gradient is the fine one, restricted, and moments must not be rescaled (was rescale); choose another policy` as const;
export type tauHasNoRescale<Stage extends string> = ReturnType<typeof tauHasNoRescale<Stage>>;

export const tauNeedsOwnWay = <Was extends string>(was: Was) =>
  `prolongate: a level with tau must come back its operator's own way (was ${was}); leave the interpolation out, or tau` as const;
export type tauNeedsOwnWay<Was extends string> = ReturnType<typeof tauNeedsOwnWay<Was>>;

export const tauNeedsCorrection = <Operator extends string, Was extends 'total' | 'mix'>(operator: Operator, was: Was) =>
  `prolongate: a level with tau by ${operator} must come back as a correction (was ${was}); write prolongate(correction: 1)` as const;
export type tauNeedsCorrection<Operator extends string, Was extends 'total' | 'mix'> = ReturnType<typeof tauNeedsCorrection<Operator, Was>>;

export const tauNeedsWidth = <Operator extends string>(operator: Operator) =>
  `restrict(${operator}): tau is for transfers over layers, which keep the width; leave tau or the width transfer out` as const;
export type tauNeedsWidth<Operator extends string> = ReturnType<typeof tauNeedsWidth<Operator>>;

export const searchNeedsWidth = <Operator extends string>(operator: Operator) =>
  `prolongate: lineSearch is for transfers over layers, which keep the width (was ${operator}); leave it out` as const;
export type searchNeedsWidth<Operator extends string> = ReturnType<typeof searchNeedsWidth<Operator>>;

export const searchNeedsCorrection = <Was extends 'total' | 'mix'>(was: Was) =>
  `prolongate: lineSearch must have a correction to shorten (was ${was}); write prolongate(correction: 1, lineSearch: 4)` as const;
export type searchNeedsCorrection<Was extends 'total' | 'mix'> = ReturnType<typeof searchNeedsCorrection<Was>>;

// Learnt transfers.

export const fitNeedsCopies = <Growth extends string>(growth: Growth) =>
  `grow(${growth}): fit learns of which old layers a new one is made, and this growth leaves none of that to learn; leave it out, or grow by stack(2)` as const;
export type fitNeedsCopies<Growth extends string> = ReturnType<typeof fitNeedsCopies<Growth>>;

export const fitHasNoSearch = () =>
  'prolongate: fit and lineSearch exclude each other, since both look for the step of the same correction; leave one out' as const;
export type fitHasNoSearch = ReturnType<typeof fitHasNoSearch>;

export const fitNeedsWidth = <Operator extends string>(operator: Operator) =>
  `prolongate: fit is for transfers over layers, which keep the width (was ${operator}); leave it out` as const;
export type fitNeedsWidth<Operator extends string> = ReturnType<typeof fitNeedsWidth<Operator>>;

export const fitHasNoTau = () =>
  "prolongate: a level with tau must come back by its operator's own P, which fit would change; leave fit out, or tau" as const;
export type fitHasNoTau = ReturnType<typeof fitHasNoTau>;

// Training: ends that cannot be met, layers that are not there.

export const metTooLate = <End extends string, Earliest extends number, AtMost extends number>(
  end: End,
  earliest: Earliest,
  atMost: AtMost,
) => `${end}: cannot be met before step ${earliest} of the stage (atMost was ${atMost}); raise atMost or ask for less` as const;
export type metTooLate<End extends string, Earliest extends number, AtMost extends number> = ReturnType<
  typeof metTooLate<End, Earliest, AtMost>
>;

export const heldOutUnseen = <End extends string>(end: End) =>
  `${end}: looks at held-out losses, and setup.evaluation.every is 0; set it to a number of steps or choose on: training(50)` as const;
export type heldOutUnseen<End extends string> = ReturnType<typeof heldOutUnseen<End>>;

export const lessThanOneStep = <End extends string, What extends string, Step extends number, Was extends number>(
  end: End,
  what: What,
  step: Step,
  was: Was,
) => `${end}: must be at least what one step has, ${step} ${what} (was ${was}); a step is the least that can be trained` as const;
export type lessThanOneStep<End extends string, What extends string, Step extends number, Was extends number> = ReturnType<
  typeof lessThanOneStep<End, What, Step, Was>
>;

export const moreThanAtMost = <End extends string, What extends string, AtMost extends number, Most extends number, Was extends number>(
  end: End,
  what: What,
  atMost: AtMost,
  most: Most,
  was: Was,
) => `${end}: cannot be met, since atMost ${atMost} steps have ${most} ${what} (was ${was}); raise atMost or ask for less` as const;
export type moreThanAtMost<
  End extends string,
  What extends string,
  AtMost extends number,
  Most extends number,
  Was extends number,
> = ReturnType<typeof moreThanAtMost<End, What, AtMost, Most, Was>>;

export const noOtherLevel = <Needed extends number>(needed: Needed) =>
  `until.slopeBelow: compares with another level, where the last training before this must have at least ${needed} steps; train there first` as const;
export type noOtherLevel<Needed extends number> = ReturnType<typeof noOtherLevel<Needed>>;

export const onlyNothing = () => 'train: only must name at least one layer; leave it out to train all' as const;
export type onlyNothing = ReturnType<typeof onlyNothing>;

export const onlyUnsorted = <Before extends number, Layer extends number>(before: Before, layer: Layer) =>
  `train: only must name its layers in ascending order, each once (was ${layer} after ${before})` as const;
export type onlyUnsorted<Before extends number, Layer extends number> = ReturnType<typeof onlyUnsorted<Before, Layer>>;

export const onlyBeyond = <Layers extends number, Was extends number>(layers: Layers, was: Was) =>
  `train: only must name layers of this level, which has ${layers} (was ${was}); the first layer is 0` as const;
export type onlyBeyond<Layers extends number, Was extends number> = ReturnType<typeof onlyBeyond<Layers, Was>>;

export const onlyNewUngrown = () =>
  'train: only: new needs a growth that makes layers before it (was none); put one before it, such as grow(stack(2)), or name the layers' as const;
export type onlyNewUngrown = ReturnType<typeof onlyNewUngrown>;

export const onlyNewCoarse = <Level extends number>(level: Level) =>
  `train: only: new is for level 0, which grows (was at level ${level}); name the layers` as const;
export type onlyNewCoarse<Level extends number> = ReturnType<typeof onlyNewCoarse<Level>>;

// The arguments of `pipeline`: one text, or stages.

export const notStage = <At extends number, Was extends 'a text' | 'numbers of names'>(at: At, was: Was) =>
  `stage ${at}: must be a stage (was ${was}); a text and stages cannot be mixed: write the whole pipeline as one text, or as stages` as const;
export type notStage<At extends number, Was extends 'a text' | 'numbers of names'> = ReturnType<typeof notStage<At, Was>>;

export const afterText = <Was extends string>(was: Was) =>
  `after a text only the numbers of its names may follow, as in { n: 400 } (was ${was}); write the whole pipeline as one text, or as stages` as const;
export type afterText<Was extends string> = ReturnType<typeof afterText<Was>>;

// Sentences about values, which the compiler does not check.

export const notInverse = (way: 'total' | 'mix', row: number, column: number, was: number) =>
  `prolongate: ${way} and own need R P = I (was ${was} in row ${row}, column ${column}); fix the matrices or prolongate(correction: 1)`;

export const notAscending = (row: number, was: string) =>
  `prolongate(interpolation: linear): the rows of R must stand for places that ascend (row ${row} was ${was}); choose repeat or own`;

export const weightSum = (was: number) => `branch: weights must sum to 1 (was ${was}); divide each by their sum`;

export const tauNeedsEveryLayer = (column: number) =>
  `restrict(matrix): with tau every coarse layer must come back (column ${column} of P was all zeros); fix P or leave tau out`;

export const wrongVersion = (version: number, was: string) =>
  `version must be ${version} (was ${was}); write the schedule again with vcycle compile`;

export const tooWide = (growth: string, what: string, most: number, was: number) =>
  `grow(${growth}): ${what} can be at most ${most} (was ${was}); grow less`;

export const tooManyStages = (most: number, was: number) =>
  `the pipeline must unroll to at most ${most} stages (was ${was}); lower the times of a repeat`;

export const composesTooMany = (most: number, was: number) =>
  `compose takes at most ${most} operators (was ${was}); compose fewer, or write one matrix`;

export const tooManyArms = (most: number, was: number) => `branch: must have at most ${most} arms (was ${was}); take fewer`;

export const nestedTooDeep = (most: number) => `parentheses and repeats must nest at most ${most} deep; flatten the pipeline`;
