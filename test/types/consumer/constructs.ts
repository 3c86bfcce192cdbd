/** One of every construct, exported: what a consumer's compiler has to write into declarations. */
import {
  adamw,
  average,
  bind,
  branch,
  cascade,
  checkpoint,
  compose,
  constant,
  cosine,
  decode,
  even,
  every,
  fCycle,
  fresh,
  gpt,
  grow,
  heldOut,
  identity,
  interleave,
  last,
  MemoryFolder,
  matrix,
  middle,
  moments,
  muon,
  nested,
  odd,
  onDisk,
  orThrow,
  parse,
  pipeline,
  plan,
  print,
  prolongate,
  repeat,
  restrict,
  run,
  type StageLike,
  sequence,
  sgd,
  stack,
  text,
  tokens,
  tokensDataset,
  train,
  training,
  until,
  vCycle,
  verify,
  walk,
  wCycle,
  weighted,
  width,
  wsd,
  zero,
} from 'vcycle';
import { createNull, nullCapabilities } from 'vcycle/backends/null';
import { laws } from 'vcycle/laws';

export const model = gpt({ layers: 12, heads: 4, width: 32, context: 16 });
export const setup = { model, data: tokens(65), optimizer: adamw(), batch: 4, seed: 1 } as const;
export const corpus = text('corpus.txt');
export const continued = { ...setup, initial: checkpoint('runs/first') };
export const rates = { constant: constant(1e-3), cosine: cosine(1e-3), wsd: wsd(1e-3) };
export const optimizers = [adamw({ learningRate: rates.wsd }), muon({ shapeFactor: 'original', rest: { rate: 0.05 } }), sgd()];

export const operators = {
  even,
  odd,
  every: every(3, 1),
  average: average(2),
  width: width(2),
  matrix: matrix([[0.5, 0.5]], [[1], [1]]),
  compose: compose(odd, width(2)),
};
export const growths = {
  stack: stack(2),
  interleave: interleave(2),
  repeat: repeat(2),
  zero: zero(2),
  middle: middle(2),
  last: last(2),
  fresh: fresh(2),
  identity: identity(2),
};
export const ends = {
  plateau: until.plateau({ on: training(5), patience: 2, minDelta: 0.1, atMost: 40 }),
  loss: until.loss(2, { on: heldOut, atMost: 400 }),
  tokens: until.tokens(640, { atMost: 40 }),
  flops: until.flops(1e9, { atMost: 40 }),
  slopeBelow: until.slopeBelow({ on: training(2), ratio: 0.5, atMost: 40 }),
};
export const trains = {
  steps: train(1),
  plateau: train(ends.plateau),
  loss: train(ends.loss),
  tokens: train(ends.tokens),
  flops: train(ends.flops),
  slopeBelow: train(ends.slopeBelow),
  new: train(1, { only: 'new' }),
  only: train(1, { only: [0, [1, 2]], sharedLayers: 'train', stochasticDepth: 0.5 }),
};
export const restrictions = {
  plain: restrict(even),
  whole: restrict(average(2), { h: 'keep', moments: 'reset', counters: 'carry', tau: true }),
  batches: restrict(compose(odd, even), { tau: { batches: 3 } }),
};
export const prolongations = {
  plain: prolongate,
  moments: prolongate({ moments: 'reset' }),
  correction: prolongate({ correction: 0.5, interpolation: 'linear', lineSearch: 4 }),
  batches: prolongate({ correction: 0.5, lineSearch: { tries: 2, batches: 2 } }),
  mix: prolongate({ mix: 0.5 }),
  fit: prolongate({ fit: 10 }),
  rate: prolongate({ mix: 0.5, fit: { steps: 10, rate: 0.1 } }),
};
export const grown = [
  grow(stack(2)),
  grow(stack(2), { fit: 10 }),
  grow(last(1), { fit: { steps: 2, rate: 0.1 } }),
  grow(fresh(2), { h: 'scale', moments: 'zero-new' }),
] as const;

export const repeated = repeat(3, restrict(even), train(1), prolongate);
export const grouped = sequence(restrict(even), train(1));
export const under = moments(
  { down: 'reset', up: 'carry' },
  repeated,
  branch(train(1), train(2)),
  grouped,
  prolongate({ correction: 0.5 }),
);
export const cautious = (...stages: readonly StageLike[]) => moments({ down: 'reset', up: 'average' }, ...stages);
export const weights = weighted(0.5, 0.5);
export const branches = {
  average: branch(train(1), sequence(restrict(even), train(2), prolongate)),
  last: branch(train(1), train(2), { shared: 'last' }),
  weighted: branch(train(1), train(2), { shared: weights }),
};
export const cycles = {
  vCycle: vCycle({ levels: 3, operator: even, pre: 1, coarse: ends.plateau, post: train(3), correction: 0.5, lineSearch: 3 }),
  wCycle: wCycle({ levels: 3, operator: odd, coarse: 1, moments: { down: 'reset', up: 'carry' } }),
  fCycle: fCycle({ levels: 3, operator: even, coarse: 1, tau: true }),
  nested: nested({ levels: 3, operator: even, coarse: 1, mix: 0.5 }),
  cascade: cascade({ levels: 3, operator: stack(2), coarse: 1, post: 2 }),
};
export const halving = (levels: number) => vCycle({ levels, operator: even, coarse: 1 });

export const inCode = pipeline(setup, restrict(even), train(1), prolongate, cycles.vCycle, branches.weighted, under);
export const inText = pipeline(setup, 'vCycle(levels: 3, operator: even, coarse: n) >> grow(stack(2))', { n: 3 });
export const unread = (written: string) => pipeline(setup, written);
export const verified = verify(inCode);
export const decoded = decode({});
export const parsed = parse('train(n)');
export const bound = bind([], {});
export const written = print(inCode.stages);
export const visits = walk(inCode);
export const backend = createNull();
export const opened = async () => orThrow(await createNull());
export const planned = async () => plan(inCode, tokensDataset(65), { backend: await opened() });
export const ran = async () => {
  const there = await createNull();
  if (!there.ok) return there;
  const ended = await run(inCode, tokensDataset(65), { backend: there.value, folder: new MemoryFolder() });
  await there.value.close();
  return ended;
};
export const capabilities = nullCapabilities;
export const place = onDisk('runs/mine');
export const roundTrip = laws.roundTrip(even);
export default pipeline(
  setup,
  vCycle({ levels: 3, operator: even, pre: 50, coarse: 400, post: 100 }),
  restrict(even),
  prolongate({ correction: 0.5 }),
);
