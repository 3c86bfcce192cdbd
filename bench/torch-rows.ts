/**
 * The rows about `torch-cpu`: its modes beside PyTorch's own, peak memory, message overhead, a first compilation. Not here: measuring
 * (`torch.ts`).
 */
import { type BenchRow, megabytes, milliseconds, row, same, seconds, times } from './cells.js';
import type { Maybe, Results, TorchResult, TorchStep, TorchWay } from './results.js';
import { DEEP, LARGE, MANY_TOKENS, nameOf, TARGETS } from './settings.js';

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

const isLarge = ({ sizes }: AtSize): boolean => same(sizes, LARGE.sizes);
const hasManyTokens = ({ sizes }: AtSize): boolean => sizes.vocabulary === MANY_TOKENS.sizes.vocabulary;

interface Target {
  readonly text: string;
  readonly met: (at: AtSize) => boolean | undefined;
}

/** Makes rows of one kind: with a cell for each of several sizes, or for one. */
type Rows = (what: string, shown: (at: AtSize) => string, target?: Target) => readonly BenchRow[];

/** In the last column, because the table has none for the size. */
const inLastColumn =
  (steps: readonly AtSize[]): Rows =>
  (what, shown, target) =>
    steps.map((at) => {
      const met = target?.met(at);
      return { what, cells: ['', shown(at)], target: target?.text ?? '', ...(met === undefined ? {} : { met }) };
    });

/** The rows of each mode; the first has this name. */
const rowsOf = (first: string, rows: Rows, bf16: { readonly text: string; readonly aim: (at: AtSize) => number | undefined }) => {
  /** One mode's time, and a ratio of two. */
  const timed = (what: string, way: TorchWay, [above, below]: readonly [TorchWay, TorchWay], target?: Target) =>
    rows(what, (at) => cell(at.ways[way], time, ratio(at, above, below)), target);
  const atLeast = (aim: number, [above, below]: readonly [TorchWay, TorchWay]): Target => ({
    text: `≥ ${times(aim)}`,
    met: (at) => judged(ratio(at, above, below), (by) => by >= aim),
  });
  const remembered = (what: string, way: TorchWay, peer: TorchWay) =>
    rows(what, (at) => cell(at.ways[way], memory, ratio(at, way, peer, 'peakMb')), {
      text: '≤ 1×',
      met: (at) => judged(ratio(at, way, peer, 'peakMb'), (by) => by <= 1),
    });
  const eager = (at: AtSize) => judged(ratio(at, 'eager', 'peerEager'), (by) => by <= aims.eager);
  const inBf16 = (at: AtSize): boolean | undefined => {
    const aim = bf16.aim(at);
    return aim === undefined ? undefined : judged(ratio(at, 'compiled', 'bf16Compiled'), (by) => by >= aim);
  };
  return [
    ...timed(first, 'eager', ['eager', 'peerEager'], { text: `≤ ${times(aims.eager)}`, met: eager }),
    ...timed('  compiled, the same', 'compiled', ['compiled', 'peerEager']),
    ...timed(
      '  PyTorch eager; by ours compiled',
      'peerEager',
      ['peerEager', 'compiled'],
      atLeast(aims.compiled, ['peerEager', 'compiled']),
    ),
    ...timed(
      '  torch.compile; by ours compiled',
      'peerCompiled',
      ['peerCompiled', 'compiled'],
      atLeast(aims.beside, ['peerCompiled', 'compiled']),
    ),
    ...timed('  bf16; f32 by it', 'bf16', ['eager', 'bf16']),
    ...timed('  bf16 compiled; f32 compiled by it', 'bf16Compiled', ['compiled', 'bf16Compiled'], { text: bf16.text, met: inBf16 }),
    ...timed(
      '  torch.compile in bf16; by ours',
      'peerBf16',
      ['peerBf16', 'bf16Compiled'],
      atLeast(aims.beside, ['peerBf16', 'bf16Compiled']),
    ),
    ...remembered("  its worker's peak; by PyTorch eager's", 'eager', 'peerEager'),
    ...remembered("  compiled; by torch.compile's", 'compiled', 'peerCompiled'),
    ...remembered('  bf16 compiled; the same', 'bf16Compiled', 'peerBf16'),
  ];
};

export const torchRows = ({ torch }: Results): readonly BenchRow[] => {
  if (torch === undefined) return [];
  const { steps, protocol, compile } = torch;
  const few = steps.filter((at) => !hasManyTokens(at));
  const { sizes } = MANY_TOKENS;
  return [
    ...rowsOf("torch-cpu, one thread; by PyTorch eager's", (what, shown, target) => row(what, few, shown, target), {
      text: `≥ ${times(aims.bf16)} at ${nameOf(LARGE.sizes)}`,
      aim: (at) => (isLarge(at) ? aims.bf16 : undefined),
    }),
    ...rowsOf(`torch-cpu at ${nameOf(sizes)}, ${sizes.vocabulary} tokens`, inLastColumn(steps.filter(hasManyTokens)), {
      text: `≥ ${times(aims.bf16ManyTokens)}`,
      aim: () => aims.bf16ManyTokens,
    }),
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
