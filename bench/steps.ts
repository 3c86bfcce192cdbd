/**
 * Training steps side by side: the matrix products of ONNX Runtime and of PyTorch, vcycle, PyTorch eager and compiled, in rounds A B C D A
 * B C D, so that a slow minute of the machine affects all of them; ratios are taken within a round. tfjs is measured once, after the
 * rounds: its difference exceeds any such fluctuation.
 */
import { join } from 'node:path';
import { rate } from './cells.js';
import { measure, type Report, report, sizeOptions } from './child.js';
import { median } from './median.js';
import type { Maybe, Peer, StepResult } from './results.js';
import { nameOf, PRODUCT_SIDE, type Setting, type StepCounts } from './settings.js';
import { maybe, say, Unmeasured } from './unmeasured.js';

const WARMUP = 3;
const PRODUCTS = 40;
const PEERS = join('bench', 'peers');

const stepNames = ['medianMs', 'minMs', 'peakRssMb'] as const;
const ourNames = [...stepNames, 'flops'] as const;
const productNames = ['median', 'best'] as const;

type Step = Report<(typeof stepNames)[number]>;
type Rates = Report<(typeof productNames)[number]>['values'];

/** PyTorch's modes: the name of each, and the options of its script. */
const ways = {
  torchEager: { says: 'PyTorch eager', options: ['--optimizer', 'default'] },
  torchFused: { says: 'with fused AdamW', options: [] },
  torchCompile: { says: 'torch.compile', options: ['--compile'] },
} as const;
type Way = keyof typeof ways;

interface Round {
  readonly product: Rates;
  readonly torchProduct: Maybe<Rates>;
  readonly vcycle: Report<(typeof ourNames)[number]>;
  readonly torch: Readonly<Record<Way, Maybe<Step>>>;
}

export interface StepOptions {
  readonly counts: StepCounts;
  readonly rounds: number;
  readonly python: Maybe<{ readonly path: string }>;
}

/** Runs a PyTorch script; skipped if there is no PyTorch. */
const byTorch = async <Name extends string>({ python }: StepOptions, script: string, args: readonly string[], names: readonly Name[]) => {
  if (python.kind === 'skipped') throw new Unmeasured(python.reason);
  return report(python.path, [join(PEERS, script), ...args], names);
};

const shown = (step: Maybe<Step>): string => (step.kind === 'measured' ? `${step.values.medianMs.toFixed(1)} ms` : step.reason);

const oneRound = async ({ sizes }: Setting, options: StepOptions, label: string): Promise<Round> => {
  const stepOptions = (steps: number, ...extra: readonly string[]) => [
    ...sizeOptions(sizes),
    '--steps',
    `${steps}`,
    '--warmup',
    `${WARMUP}`,
    ...extra,
  ];
  const { values: product } = await measure('product', ['--times', `${PRODUCTS}`], productNames);
  say(`${label}: product ${rate(product.median)}`);
  const productOptions = ['--device', 'cpu', '--side', `${PRODUCT_SIDE}`, '--times', `${PRODUCTS}`];
  const torchProduct = await maybe(byTorch(options, 'torch_product.py', productOptions, productNames).then(({ values }) => values));
  say(`${label}: PyTorch's product ${torchProduct.kind === 'measured' ? rate(torchProduct.median) : torchProduct.reason}`);
  const vcycle = await measure('step', stepOptions(options.counts.vcycle), ourNames);
  say(`${label}: vcycle ${vcycle.values.medianMs.toFixed(1)} ms`);
  const torch = async (way: Way): Promise<Maybe<Step>> => {
    const { says, options: extra } = ways[way];
    const step = await maybe(byTorch(options, 'torch_step.py', stepOptions(options.counts.torch, ...extra), stepNames));
    say(`${label}: ${says} ${shown(step)}`);
    return step;
  };
  const [torchEager, torchFused, torchCompile] = [await torch('torchEager'), await torch('torchFused'), await torch('torchCompile')];
  return { product, torchProduct, vcycle, torch: { torchEager, torchFused, torchCompile } };
};

/** A peer's results over all rounds combined, or why one of the rounds has none. */
const overAll = <A extends object, B>(
  rounds: readonly Round[],
  pick: (round: Round) => Maybe<A>,
  of: (own: readonly A[]) => B,
): Maybe<B> => {
  const own: A[] = [];
  for (const round of rounds) {
    const measured = pick(round);
    if (measured.kind === 'skipped') return measured;
    own.push(measured);
  }
  return { kind: 'measured', ...of(own) };
};

const peerOf = (rounds: readonly Round[], pick: (round: Round) => Maybe<Step>): Maybe<Peer> =>
  overAll(rounds, pick, (own): Peer => {
    const of = (name: (typeof stepNames)[number]): readonly number[] => own.map(({ values }) => values[name]);
    const ratios = (name: (typeof stepNames)[number]): readonly number[] =>
      of(name).map((value, round) => value / (rounds[round]?.vcycle.values[name] ?? Number.NaN));
    const bestMs = Math.min(...of('minMs'));
    return {
      ms: median(of('medianMs')),
      bestMs,
      bestRatio: bestMs / Math.min(...rounds.map(({ vcycle }) => vcycle.values.minMs)),
      peakRssMb: median(of('peakRssMb')),
      timeRatio: median(ratios('medianMs')),
      memoryRatio: median(ratios('peakRssMb').map((ratio) => 1 / ratio)),
    };
  });

const tfjs = async ({ sizes }: Setting, { counts }: StepOptions): Promise<Maybe<Step>> => {
  if (counts.tfjs === 0) return { kind: 'skipped', reason: 'half a minute a step; measured without --quick' };
  // A step that takes seconds needs no warm-up: first-time costs are small beside it.
  const options = ['--backend', 'wasm', ...sizeOptions(sizes), '--steps', `${counts.tfjs}`, '--warmup', counts.tfjs > 1 ? '1' : '0'];
  const step = await maybe(report(process.execPath, [join(PEERS, 'tfjs-step.mjs'), ...options], stepNames));
  say(`${nameOf(sizes)}: tfjs wasm ${shown(step)}`);
  return step;
};

/** Unmeasured: our program or the product failed. A peer that fails is skipped. Also returns the versions of all that ran. */
export const measureSteps = async (
  setting: Setting,
  options: StepOptions,
): Promise<{ readonly result: StepResult; readonly versions: Readonly<Record<string, string>> }> => {
  const { sizes } = setting;
  const rounds: Round[] = [];
  for (let index = 0; index < options.rounds; index++)
    rounds.push(await oneRound(setting, options, `${nameOf(sizes)}, round ${index + 1} of ${options.rounds}`));
  const wasm = await tfjs(setting, options);
  const overRounds = (value: (round: Round) => number): number => median(rounds.map(value));
  const rateOf = ({ vcycle }: Round): number => vcycle.values.flops / (vcycle.values.medianMs / 1000);
  const vcycle = {
    ms: overRounds((round) => round.vcycle.values.medianMs),
    bestMs: Math.min(...rounds.map((round) => round.vcycle.values.minMs)),
    peakRssMb: overRounds((round) => round.vcycle.values.peakRssMb),
    flopsPerStep: overRounds((round) => round.vcycle.values.flops),
    rate: overRounds(rateOf),
  };
  const product = { median: overRounds((round) => round.product.median), best: Math.max(...rounds.map((round) => round.product.best)) };
  const ran = [...rounds.flatMap((round) => [round.vcycle, round.torch.torchEager]), wasm];
  return {
    result: {
      sizes,
      vcycle,
      torchEager: peerOf(rounds, ({ torch }) => torch.torchEager),
      torchFused: peerOf(rounds, ({ torch }) => torch.torchFused),
      torchCompile: peerOf(rounds, ({ torch }) => torch.torchCompile),
      tfjsWasm: peerOf(rounds, () => wasm),
      product,
      torchProduct: overAll(
        rounds,
        ({ torchProduct }) => torchProduct,
        (own) => {
          const best = Math.max(...own.map((rates) => rates.best));
          return {
            median: median(own.map((rates) => rates.median)),
            best,
            ratio: median(own.map((rates, round) => rates.median / (rounds[round]?.product.median ?? Number.NaN))),
            bestRatio: best / product.best,
          };
        },
      ),
      shareOfProduct: {
        median: overRounds((round) => rateOf(round) / round.product.median),
        best: vcycle.flopsPerStep / (vcycle.bestMs / 1000) / product.best,
      },
    },
    versions: Object.assign({}, ...ran.map((step) => ('versions' in step ? step.versions : {}))),
  };
};
