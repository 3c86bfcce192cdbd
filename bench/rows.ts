/**
 * Results as the rows of the one table that people read: a column for each size, the target, and whether it was met.
 * Not here: the look of the table (`table.ts`).
 */
import { match } from 'ts-pattern';
import type { CheckpointResult, Maybe, Peer, Results, StepResult } from './results.js';
import { DEEP, LARGE, nameOf, SETTINGS, type Sizes, TARGETS } from './settings.js';

export interface BenchRow {
  readonly what: string;
  /** One for each of `SETTINGS`. */
  readonly cells: readonly string[];
  readonly target: string;
  /** Absent where nothing is aimed at or nothing was measured. */
  readonly met?: boolean;
}

const same = (a: Sizes, b: Sizes): boolean => nameOf(a) === nameOf(b);

const milliseconds = (value: number): string => (value < 10 ? `${value.toPrecision(2)} ms` : `${value.toFixed(value < 100 ? 1 : 0)} ms`);
const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;
const megabytes = (value: number): string => `${value.toFixed(0)} MB`;
const rate = (value: number): string => `${(value / 1e9).toFixed(0)} GFLOP/s`;
const percent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 2 : 1)}%`;
const times = (ratio: number): string => `${ratio.toFixed(2)}×`;

/** A row with a cell for each size, out of what was measured at that size; nothing where nothing was. */
const row = <T extends { readonly sizes: Sizes }>(
  what: string,
  measured: readonly T[],
  cell: (value: T) => string,
  target?: { readonly text: string; readonly met: (value: T) => boolean | undefined },
): readonly BenchRow[] => {
  if (measured.length === 0) return [];
  const cells = SETTINGS.map(({ sizes }) => {
    const found = measured.find((value) => same(value.sizes, sizes));
    return found === undefined ? '' : cell(found);
  });
  const verdicts = measured.map((value) => target?.met(value)).filter((met) => met !== undefined);
  return [{ what, cells, target: target?.text ?? '', ...(verdicts.length === 0 ? {} : { met: verdicts.every((met) => met) }) }];
};

const peer = (maybe: Maybe<Peer>, cell: (value: Peer) => string): string =>
  match(maybe)
    .with({ kind: 'measured' }, cell)
    .with({ kind: 'skipped' }, () => 'skipped')
    .exhaustive();

const faster = (maybe: Maybe<Peer>): boolean | undefined => (maybe.kind === 'measured' ? maybe.timeRatio > TARGETS.speedup : undefined);

const peerTime = ({ ms, timeRatio }: Peer): string => `${milliseconds(ms)}  ${times(timeRatio)}`;
const peerBest = ({ bestMs, bestRatio }: Peer): string => `${milliseconds(bestMs)}  ${times(bestRatio)}`;
const peerMemory = ({ peakRssMb, memoryRatio }: Peer): string => `${megabytes(peakRssMb)}  ${times(memoryRatio)}`;

const stepRows = (steps: readonly StepResult[]): readonly BenchRow[] => [
  ...row('step: vcycle on onnx-cpu', steps, ({ vcycle }) => milliseconds(vcycle.ms)),
  ...row('  PyTorch eager, and its time by ours', steps, ({ torchEager }) => peer(torchEager, peerTime), {
    text: '> 1×',
    met: ({ torchEager }) => faster(torchEager),
  }),
  ...row('  torch.compile', steps, ({ torchCompile }) => peer(torchCompile, peerTime)),
  ...row('  tfjs wasm', steps, ({ tfjsWasm }) => peer(tfjsWasm, peerTime)),
  ...row('shortest step: vcycle on onnx-cpu', steps, ({ vcycle }) => milliseconds(vcycle.bestMs)),
  ...row('  PyTorch eager', steps, ({ torchEager }) => peer(torchEager, peerBest)),
  ...row('  torch.compile', steps, ({ torchCompile }) => peer(torchCompile, peerBest)),
  ...row('rate: vcycle on onnx-cpu', steps, ({ vcycle }) => rate(vcycle.rate)),
  ...row("  ONNX Runtime's 1024³ product, median", steps, ({ product }) => rate(product.median)),
  ...row('  and at its best', steps, ({ product }) => rate(product.best)),
  ...row('  our share of the median', steps, ({ shareOfProduct }) => percent(shareOfProduct.median), {
    text: `≥ ${percent(TARGETS.shareOfProduct)} at ${nameOf(LARGE.sizes)}`,
    met: ({ sizes, shareOfProduct }) => (same(sizes, LARGE.sizes) ? shareOfProduct.median >= TARGETS.shareOfProduct : undefined),
  }),
  ...row('  our shortest step by the best', steps, ({ shareOfProduct }) => percent(shareOfProduct.best)),
  ...row('peak memory: vcycle on onnx-cpu', steps, ({ vcycle }) => megabytes(vcycle.peakRssMb)),
  ...row('  PyTorch eager, and ours by its', steps, ({ torchEager }) => peer(torchEager, peerMemory), {
    text: '≤ 1×',
    met: ({ torchEager }) => (torchEager.kind === 'measured' ? torchEager.memoryRatio <= TARGETS.memory : undefined),
  }),
  ...row('  torch.compile', steps, ({ torchCompile }) => peer(torchCompile, peerMemory)),
  ...row('  tfjs wasm', steps, ({ tfjsWasm }) => peer(tfjsWasm, peerMemory)),
];

const checkpointShare = ({ checkpointMs, ownStepMs }: CheckpointResult): number => checkpointMs / (TARGETS.checkpointEvery * ownStepMs);

const compileRows = ({ compile }: Results): readonly BenchRow[] => {
  const deep = compile.find(({ sizes }) => same(sizes, DEEP));
  return [
    ...row(
      'compiling a level',
      compile.filter(({ sizes }) => !same(sizes, DEEP)),
      ({ totalMs }) => milliseconds(totalMs),
    ),
    ...(deep === undefined
      ? []
      : [
          {
            what: `  at ${nameOf(DEEP)}`,
            cells: ['', milliseconds(deep.totalMs)],
            target: `< ${seconds(TARGETS.compile)}`,
            met: deep.totalMs < TARGETS.compile,
          },
        ]),
  ];
};

export const benchRows = (results: Results): readonly BenchRow[] => {
  const { steps, outside, transfer, checkpoint, start, helpMs, memory } = results;
  /** Of a step at the same size, where one was measured. */
  const share = (sizes: Sizes, ms: number): number | undefined => {
    const step = steps.find((value) => same(value.sizes, sizes));
    return step === undefined ? undefined : ms / step.vcycle.ms;
  };
  const withShare = (sizes: Sizes, ms: number): string => {
    const part = share(sizes, ms);
    return part === undefined ? milliseconds(ms) : `${milliseconds(ms)}  ${percent(part)}`;
  };
  const below = (sizes: Sizes, ms: number, limit: number): boolean | undefined => {
    const part = share(sizes, ms);
    return part === undefined ? undefined : part < limit;
  };
  return [
    ...stepRows(steps),
    ...row('outside the backend, and its share of a step', outside, ({ sizes, stepMs }) => withShare(sizes, stepMs), {
      text: `< ${percent(TARGETS.outside)}`,
      met: ({ sizes, stepMs }) => below(sizes, stepMs, TARGETS.outside),
    }),
    ...row('  once a run', outside, ({ onceMs }) => milliseconds(onceMs)),
    ...row('transfer, moments carried', transfer, ({ sizes, carryMs }) => withShare(sizes, carryMs), {
      text: '< a step',
      met: ({ sizes, carryMs }) => below(sizes, carryMs, TARGETS.transfer),
    }),
    ...row('  moments reset', transfer, ({ sizes, resetMs }) => withShare(sizes, resetMs), {
      text: '< a step',
      met: ({ sizes, resetMs }) => below(sizes, resetMs, TARGETS.transfer),
    }),
    ...row(
      `checkpoint, and its share of ${TARGETS.checkpointEvery} steps`,
      checkpoint,
      (result) => `${milliseconds(result.checkpointMs)}  ${percent(checkpointShare(result))}`,
      {
        text: `< ${percent(TARGETS.checkpoint)} at ${nameOf(LARGE.sizes)}`,
        met: (result) => (same(result.sizes, LARGE.sizes) ? checkpointShare(result) < TARGETS.checkpoint : undefined),
      },
    ),
    ...compileRows(results),
    ...row('vcycle run, to the end of its first step', start, ({ firstStepMs }) => seconds(firstStepMs)),
    ...(helpMs === undefined ? [] : [{ what: 'vcycle --help', cells: [seconds(helpMs), ''], target: '' }]),
    ...memory.flatMap(({ sizes, steps: count, settledMb, lastMb, peakRssMb }) =>
      row(
        `memory after 100 and ${count} steps, and its peak`,
        [{ sizes }],
        () => `${megabytes(settledMb)} → ${megabytes(lastMb)}, ${megabytes(peakRssMb)}`,
        { text: `growth ≤ ${percent(TARGETS.growth)}`, met: () => lastMb / settledMb - 1 <= TARGETS.growth },
      ),
    ),
  ];
};

/** Why peers are missing, once for each reason. */
export const skips = ({ steps }: Results): readonly string[] => [
  ...new Set(
    steps.flatMap(({ sizes, torchEager, torchCompile, tfjsWasm }) =>
      Object.entries({ 'PyTorch eager': torchEager, 'torch.compile': torchCompile, 'tfjs wasm': tfjsWasm }).flatMap(([name, maybe]) =>
        maybe.kind === 'skipped' ? [`${name} at ${nameOf(sizes)} was skipped: ${maybe.reason}`] : [],
      ),
    ),
  ),
];
