/**
 * The rows about `torch-cpu`: its modes beside PyTorch's own, peak memory, message overhead, a first compilation. Not here: measuring
 * (`torch.ts`).
 */
import { type BenchRow, megabytes, milliseconds, row, same, seconds, times } from './cells.js';
import type { Maybe, Results, TorchResult, TorchStep, TorchWay } from './results.js';
import { DEEP, LARGE, nameOf, TARGETS } from './settings.js';

type AtSize = TorchResult['steps'][number];

/** The ratio of two modes, if both were measured. */
const ratio = ({ ways }: AtSize, above: TorchWay, below: TorchWay, of: keyof TorchStep = 'bestMs'): number | undefined => {
  const [a, b] = [ways[above], ways[below]];
  return a.kind === 'measured' && b.kind === 'measured' ? a[of] / b[of] : undefined;
};

const judged = (value: number | undefined, holds: (value: number) => boolean): boolean | undefined =>
  value === undefined ? undefined : holds(value);

const cell = (step: Maybe<TorchStep>, shown: (step: TorchStep) => string, by: number | undefined): string =>
  step.kind === 'skipped' ? 'skipped' : `${shown(step)}${by === undefined ? '' : `  ${times(by)}`}`;

const time = ({ bestMs }: TorchStep): string => milliseconds(bestMs);
const memory = ({ peakMb }: TorchStep): string => megabytes(peakMb);

const { torch: aims } = TARGETS;

/** The cell of a row that belongs to no size is in the last column. */
const once = (
  what: string,
  measured: Maybe<{ readonly ms: number }>,
  shown: (ms: number) => string,
  target: string,
  most: number,
): BenchRow =>
  measured.kind === 'skipped'
    ? { what, cells: ['', 'skipped'], target }
    : { what, cells: ['', shown(measured.ms)], target, met: measured.ms <= most };

export const torchRows = ({ torch }: Results): readonly BenchRow[] => {
  if (torch === undefined) return [];
  const { steps, protocol, compile } = torch;
  return [
    ...row("torch-cpu, one thread; by PyTorch eager's", steps, (at) => cell(at.ways.eager, time, ratio(at, 'eager', 'peerEager')), {
      text: `≤ ${times(aims.eager)}`,
      met: (at) => judged(ratio(at, 'eager', 'peerEager'), (by) => by <= aims.eager),
    }),
    ...row('  compiled, the same', steps, (at) => cell(at.ways.compiled, time, ratio(at, 'compiled', 'peerEager'))),
    ...row('  PyTorch eager; by ours compiled', steps, (at) => cell(at.ways.peerEager, time, ratio(at, 'peerEager', 'compiled')), {
      text: `≥ ${times(aims.compiled)}`,
      met: (at) => judged(ratio(at, 'peerEager', 'compiled'), (by) => by >= aims.compiled),
    }),
    ...row('  torch.compile; by ours compiled', steps, (at) => cell(at.ways.peerCompiled, time, ratio(at, 'peerCompiled', 'compiled')), {
      text: `≥ ${times(aims.beside)}`,
      met: (at) => judged(ratio(at, 'peerCompiled', 'compiled'), (by) => by >= aims.beside),
    }),
    ...row('  bf16; f32 by it', steps, (at) => cell(at.ways.bf16, time, ratio(at, 'eager', 'bf16'))),
    ...row('  bf16 compiled; f32 compiled by it', steps, (at) => cell(at.ways.bf16Compiled, time, ratio(at, 'compiled', 'bf16Compiled')), {
      text: `≥ ${times(aims.bf16)} at ${nameOf(LARGE.sizes)}`,
      met: (at) => (same(at.sizes, LARGE.sizes) ? judged(ratio(at, 'compiled', 'bf16Compiled'), (by) => by >= aims.bf16) : undefined),
    }),
    ...row("its worker's peak; by PyTorch eager's", steps, (at) => cell(at.ways.eager, memory, ratio(at, 'eager', 'peerEager', 'peakMb')), {
      text: '≤ 1×',
      met: (at) => judged(ratio(at, 'eager', 'peerEager', 'peakMb'), (by) => by <= 1),
    }),
    ...row("  compiled; by torch.compile's", steps, (at) =>
      cell(at.ways.compiled, memory, ratio(at, 'compiled', 'peerCompiled', 'peakMb')),
    ),
    once('a step of nothing on torch-cpu', protocol, milliseconds, `< ${milliseconds(aims.protocol)}`, aims.protocol),
    once(`  its first compilation at ${nameOf(DEEP)}`, compile, seconds, `≤ ${seconds(aims.cold)}`, aims.cold),
  ];
};

/** The reasons for missing modes, each once. */
export const torchSkips = ({ torch }: Results): readonly string[] => {
  if (torch === undefined) return [];
  const all: readonly (readonly [string, Maybe<object>])[] = [
    ...torch.steps.flatMap(({ sizes, ways }) =>
      Object.entries(ways).map(([way, step]) => [`torch-cpu, ${way} at ${nameOf(sizes)}`, step] as const),
    ),
    ['a step of nothing on torch-cpu', torch.protocol],
    ["torch-cpu's first compilation", torch.compile],
  ];
  return [
    ...new Set(
      all.flatMap(([what, { kind, ...rest }]) => (kind === 'skipped' && 'reason' in rest ? [`${what} was skipped: ${rest.reason}`] : [])),
    ),
  ];
};
