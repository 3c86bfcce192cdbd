/**
 * A training step, side by side: bare products of ONNX Runtime and of PyTorch, vcycle, PyTorch eager and compiled, in rounds A B C D A B C D, so
 * that a machine's slow minute falls on all of them; ratios are taken within a round. tfjs is measured once, after the rounds: it is slower
 * by more than any minute.
 */
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import type { Fault } from '../src/fault.js';
import { rate } from './cells.js';
import { measure, type Report, report, sizeOptions } from './child.js';
import { median } from './median.js';
import type { Maybe, Peer, ProductPeer, StepResult } from './results.js';
import { nameOf, PRODUCT_SIDE, type Setting, type StepCounts } from './settings.js';

const WARMUP = 3;
const PRODUCTS = 40;
const PEERS = join('bench', 'peers');

const stepNames = ['medianMs', 'minMs', 'peakRssMb'] as const;
const ourNames = [...stepNames, 'flops'] as const;
const productNames = ['median', 'best'] as const;

type Step = Report<(typeof stepNames)[number]>;

type Rates = Report<(typeof productNames)[number]>['values'];

interface Round {
  readonly product: Rates;
  readonly torchProduct: E.Either<Fault, Rates>;
  readonly vcycle: Report<(typeof ourNames)[number]>;
  readonly torchEager: E.Either<Fault, Step>;
  readonly torchFused: E.Either<Fault, Step>;
  readonly torchCompile: E.Either<Fault, Step>;
}

export interface StepOptions {
  readonly counts: StepCounts;
  readonly rounds: number;
  /** Left: why there is no PyTorch. */
  readonly python: E.Either<Fault, string>;
  readonly say: (message: string) => void;
}

const torch = async ({ sizes }: Setting, { counts, python }: StepOptions, extra: readonly string[]): Promise<E.Either<Fault, Step>> => {
  if (E.isLeft(python)) return python;
  const options = [...sizeOptions(sizes), '--steps', `${counts.torch}`, '--warmup', `${WARMUP}`, ...extra];
  return report(python.right, [join(PEERS, 'torch_step.py'), ...options], stepNames)();
};

const torchRates = async ({ python }: StepOptions): Promise<E.Either<Fault, Rates>> => {
  if (E.isLeft(python)) return python;
  const options = ['--device', 'cpu', '--side', `${PRODUCT_SIDE}`, '--times', `${PRODUCTS}`];
  return E.map(({ values }: Report<(typeof productNames)[number]>) => values)(
    await report(python.right, [join(PEERS, 'torch_product.py'), ...options], productNames)(),
  );
};

const shown = (step: E.Either<Fault, Step>): string =>
  E.isRight(step) ? `${step.right.values.medianMs.toFixed(1)} ms` : step.left.message;

const oneRound = async (setting: Setting, options: StepOptions, label: string): Promise<E.Either<Fault, Round>> => {
  const { counts, say } = options;
  const product = await measure('product', ['--times', `${PRODUCTS}`], productNames)();
  if (E.isLeft(product)) return product;
  say(`${label}: product ${rate(product.right.values.median)}`);
  const torchProduct = await torchRates(options);
  say(`${label}: PyTorch's product ${E.isRight(torchProduct) ? rate(torchProduct.right.median) : torchProduct.left.message}`);
  const ours = [...sizeOptions(setting.sizes), '--steps', `${counts.vcycle}`, '--warmup', `${WARMUP}`];
  const vcycle = await measure('step', ours, ourNames)();
  if (E.isLeft(vcycle)) return vcycle;
  say(`${label}: vcycle ${shown(vcycle)}`);
  const torchEager = await torch(setting, options, ['--optimizer', 'default']);
  say(`${label}: PyTorch eager ${shown(torchEager)}`);
  const torchFused = await torch(setting, options, []);
  say(`${label}: with fused AdamW ${shown(torchFused)}`);
  const torchCompile = await torch(setting, options, ['--compile']);
  say(`${label}: torch.compile ${shown(torchCompile)}`);
  return E.right({ product: product.right.values, torchProduct, vcycle: vcycle.right, torchEager, torchFused, torchCompile });
};

/** A peer over the rounds; one that failed in any of them is left out with its reason. */
const peerOf = (rounds: readonly Round[], pick: (round: Round) => E.Either<Fault, Step>): Maybe<Peer> => {
  const pairs = E.traverseArray((round: Round) => E.map((own: Step) => ({ own: own.values, ours: round.vcycle.values }))(pick(round)))(
    rounds,
  );
  if (E.isLeft(pairs)) return { kind: 'skipped', reason: pairs.left.message };
  const steps = pairs.right;
  const bestMs = Math.min(...steps.map(({ own }) => own.minMs));
  return {
    kind: 'measured',
    ms: median(steps.map(({ own }) => own.medianMs)),
    bestMs,
    bestRatio: bestMs / Math.min(...steps.map(({ ours }) => ours.minMs)),
    peakRssMb: median(steps.map(({ own }) => own.peakRssMb)),
    timeRatio: median(steps.map(({ own, ours }) => own.medianMs / ours.medianMs)),
    memoryRatio: median(steps.map(({ own, ours }) => ours.peakRssMb / own.peakRssMb)),
  };
};

/** PyTorch's product over the rounds, and by ONNX Runtime's within a round. */
const torchProductOf = (rounds: readonly Round[]): Maybe<ProductPeer> => {
  const pairs = E.traverseArray(({ torchProduct, product: ours }: Round) => E.map((own: Rates) => ({ own, ours }))(torchProduct))(rounds);
  if (E.isLeft(pairs)) return { kind: 'skipped', reason: pairs.left.message };
  const best = Math.max(...pairs.right.map(({ own }) => own.best));
  return {
    kind: 'measured',
    median: median(pairs.right.map(({ own }) => own.median)),
    best,
    ratio: median(pairs.right.map(({ own, ours }) => own.median / ours.median)),
    bestRatio: best / Math.max(...pairs.right.map(({ ours }) => ours.best)),
  };
};

const tfjs = async ({ sizes }: Setting, { counts, say }: StepOptions): Promise<E.Either<string, Step>> => {
  if (counts.tfjs === 0) return E.left('half a minute a step; measured without --quick');
  // A step of seconds needs no warming up: what comes once is small beside it.
  const options = ['--backend', 'wasm', ...sizeOptions(sizes), '--steps', `${counts.tfjs}`, '--warmup', counts.tfjs > 1 ? '1' : '0'];
  const step = await report(process.execPath, [join(PEERS, 'tfjs-step.mjs'), ...options], stepNames)();
  say(`${nameOf(sizes)}: tfjs wasm ${shown(step)}`);
  return E.mapLeft(({ message }: Fault) => message)(step);
};

/** Left: ours, or the product, failed. A peer that fails is skipped. Also the versions of all that ran. */
export const measureSteps = async (
  setting: Setting,
  options: StepOptions,
): Promise<E.Either<Fault, { readonly result: StepResult; readonly versions: Readonly<Record<string, string>> }>> => {
  const { sizes } = setting;
  const rounds: Round[] = [];
  for (let index = 0; index < options.rounds; index++) {
    const round = await oneRound(setting, options, `${nameOf(sizes)}, round ${index + 1} of ${options.rounds}`);
    if (E.isLeft(round)) return round;
    rounds.push(round.right);
  }
  const wasm = await tfjs(setting, options);
  const overRounds = (value: (round: Round) => number): number => median(rounds.map(value));
  const ourRate = ({
    vcycle: {
      values: { flops, medianMs },
    },
  }: Round): number => flops / (medianMs / 1000);
  const vcycle = {
    ms: overRounds((round) => round.vcycle.values.medianMs),
    bestMs: Math.min(...rounds.map((round) => round.vcycle.values.minMs)),
    peakRssMb: overRounds((round) => round.vcycle.values.peakRssMb),
    flopsPerStep: overRounds((round) => round.vcycle.values.flops),
    rate: overRounds(ourRate),
  };
  const tfjsWasm: Maybe<Peer> = E.isLeft(wasm)
    ? { kind: 'skipped', reason: wasm.left }
    : {
        kind: 'measured',
        ms: wasm.right.values.medianMs,
        bestMs: wasm.right.values.minMs,
        bestRatio: wasm.right.values.minMs / vcycle.bestMs,
        peakRssMb: wasm.right.values.peakRssMb,
        timeRatio: wasm.right.values.medianMs / vcycle.ms,
        memoryRatio: vcycle.peakRssMb / wasm.right.values.peakRssMb,
      };
  const ran = [...rounds.flatMap(({ vcycle: ours, torchEager }) => [E.right(ours), torchEager]), wasm];
  return E.right({
    result: {
      sizes,
      vcycle,
      torchEager: peerOf(rounds, ({ torchEager }) => torchEager),
      torchFused: peerOf(rounds, ({ torchFused }) => torchFused),
      torchCompile: peerOf(rounds, ({ torchCompile }) => torchCompile),
      tfjsWasm,
      product: { median: overRounds(({ product }) => product.median), best: Math.max(...rounds.map(({ product }) => product.best)) },
      torchProduct: torchProductOf(rounds),
      shareOfProduct: {
        median: overRounds((round) => ourRate(round) / round.product.median),
        best: vcycle.flopsPerStep / (vcycle.bestMs / 1000) / Math.max(...rounds.map(({ product }) => product.best)),
      },
    },
    versions: Object.assign({}, ...ran.map((step) => (E.isRight(step) ? step.right.versions : {}))),
  });
};
