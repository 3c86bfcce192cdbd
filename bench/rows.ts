/**
 * Results as the rows of the table: a column for each size, the target, and whether it was met. Not here: the format of a cell
 * (`cells.ts`), the backends' rows (`backend-rows.ts`), the layout of the table (`table.ts`).
 */
import { match } from 'ts-pattern';
import { backendRows, backendSkips } from './backend-rows.js';
import { type BenchRow, megabytes, milliseconds, percent, rate, row, same, seconds, times } from './cells.js';
import type { CheckpointResult, Maybe, Peer, ReportResult, Results, SlurmResult, StepResult } from './results.js';
import { DEEP, LARGE, MEMORY, nameOf, QUEUED, REPORT_SIZE, type Sizes, TARGETS } from './settings.js';
import { torchRows, torchSkips } from './torch-rows.js';

const peer = <A>(maybe: Maybe<A>, cell: (value: A) => string): string => (maybe.kind === 'measured' ? cell(maybe) : 'skipped');

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
  ...row('  with fused AdamW', steps, ({ torchFused }) => peer(torchFused, peerTime)),
  ...row('  torch.compile, fused AdamW', steps, ({ torchCompile }) => peer(torchCompile, peerTime)),
  ...row('  tfjs wasm', steps, ({ tfjsWasm }) => peer(tfjsWasm, peerTime)),
  ...row('shortest step: vcycle on onnx-cpu', steps, ({ vcycle }) => milliseconds(vcycle.bestMs)),
  ...row('  PyTorch eager', steps, ({ torchEager }) => peer(torchEager, peerBest)),
  ...row('  with fused AdamW', steps, ({ torchFused }) => peer(torchFused, peerBest)),
  ...row('  torch.compile, fused AdamW', steps, ({ torchCompile }) => peer(torchCompile, peerBest)),
  ...row('rate: vcycle on onnx-cpu', steps, ({ vcycle }) => rate(vcycle.rate)),
  ...row("  ONNX Runtime's 1024³ product, median", steps, ({ product }) => rate(product.median)),
  ...row('  and at its best', steps, ({ product }) => rate(product.best)),
  ...row("  PyTorch's, median, and by ONNX Runtime's", steps, ({ torchProduct }) =>
    peer(torchProduct, ({ median, ratio }) => `${rate(median)}  ${times(ratio)}`),
  ),
  ...row('  and at its best', steps, ({ torchProduct }) =>
    peer(torchProduct, ({ best, bestRatio }) => `${rate(best)}  ${times(bestRatio)}`),
  ),
  ...row("  our share of the median of ONNX Runtime's", steps, ({ shareOfProduct }) => percent(shareOfProduct.median), {
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

const compareRows = ({ compare }: Results): readonly BenchRow[] => [
  ...row('vcycle compare, added to its runs', compare, ({ added }) => percent(added), {
    text: `< ${percent(TARGETS.compared)}`,
    met: ({ added }) => added < TARGETS.compared,
  }),
  ...row('  all of it, and the runs', compare, ({ wallMs, runsMs, runs }) => `${seconds(wallMs)}, ${runs} of ${seconds(runsMs / runs)}`),
  ...row('  CPU time by that of all cores', compare, ({ busy }) => (busy === undefined ? 'not said' : percent(busy)), {
    text: `≥ ${percent(TARGETS.busy)}`,
    met: ({ busy }) => (busy === undefined ? undefined : busy >= TARGETS.busy),
  }),
];

const reportRows = (report: Maybe<ReportResult> | undefined): readonly BenchRow[] => {
  if (report === undefined) return [];
  const what = `opening a report of ${REPORT_SIZE.runs} runs × ${REPORT_SIZE.steps} steps`;
  return match(report)
    .returnType<readonly BenchRow[]>()
    .with({ kind: 'skipped' }, () => [{ what, cells: ['skipped', ''], target: '' }])
    .with({ kind: 'measured' }, ({ openMs, makeMs, megabytes: size }) => [
      { what, cells: [seconds(openMs), ''], target: `< ${seconds(TARGETS.opening)}`, met: openMs < TARGETS.opening },
      { what: '  making it, and its size', cells: [seconds(makeMs), `${size.toFixed(2)} MB`], target: '' },
    ])
    .exhaustive();
};

const slurmRows = (slurm: Maybe<SlurmResult> | undefined): readonly BenchRow[] => {
  if (slurm === undefined) return [];
  const what = `submitting ${QUEUED} jobs to Slurm`;
  return match(slurm)
    .returnType<readonly BenchRow[]>()
    .with({ kind: 'skipped' }, () => [{ what, cells: ['skipped', ''], target: '' }])
    .with({ kind: 'measured' }, ({ arrays, submitMs, stateMs, queueMs }) => [
      {
        what,
        cells: [seconds(submitMs), `${arrays} ${arrays === 1 ? 'array' : 'arrays'}`],
        target: `< ${seconds(TARGETS.submitting)}`,
        met: submitMs < TARGETS.submitting,
      },
      {
        what: "  showing their state, and Slurm's share",
        cells: [seconds(stateMs), seconds(queueMs)],
        target: `< ${seconds(TARGETS.standing)}`,
        met: stateMs < TARGETS.standing,
      },
    ])
    .exhaustive();
};

export const benchRows = (results: Results): readonly BenchRow[] => {
  const { steps, outside, transfer, checkpoint, start, helpMs, memory } = results;
  /** The share of a step at the same size, if that was measured. */
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
    ...torchRows(results),
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
        `memory after ${MEMORY.settled} and ${count} steps, and its peak`,
        [{ sizes }],
        () => `${megabytes(settledMb)} → ${megabytes(lastMb)}, ${megabytes(peakRssMb)}`,
        { text: `growth ≤ ${percent(TARGETS.growth)}`, met: () => lastMb / settledMb - 1 <= TARGETS.growth },
      ),
    ),
    ...compareRows(results),
    ...reportRows(results.report),
    ...slurmRows(results.slurm),
    ...backendRows(results),
  ];
};

/** The reasons for missing peers, each once. */
export const skips = (results: Results): readonly string[] => [
  ...new Set(
    results.steps.flatMap(({ sizes, torchEager, torchFused, torchCompile, tfjsWasm }) =>
      Object.entries({
        'PyTorch eager': torchEager,
        'PyTorch, fused AdamW': torchFused,
        'torch.compile': torchCompile,
        'tfjs wasm': tfjsWasm,
      }).flatMap(([name, maybe]) => (maybe.kind === 'skipped' ? [`${name} at ${nameOf(sizes)} was skipped: ${maybe.reason}`] : [])),
    ),
  ),
  ...(results.report?.kind === 'skipped' ? [`the report was not opened: ${results.report.reason}`] : []),
  ...(results.slurm?.kind === 'skipped' ? [`Slurm was not asked: ${results.slurm.reason}`] : []),
  ...torchSkips(results),
  ...backendSkips(results),
];
