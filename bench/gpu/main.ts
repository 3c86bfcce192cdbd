/**
 * The GPU benchmark: tokens per second, and the share of the card's f32 rate, of each backend that computes on it, beside PyTorch in f32 on
 * the same card. Each contestant runs in its own process. Started by `run.py` on a machine without Node, and here by
 * `node dist/bench/gpu/main.js`. Not here: transferring it (`pack.ts`).
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { measure, type Report, report, sizeOptions } from '../child.js';
import { nameOf, type Sizes } from '../settings.js';
import { maybe, say } from '../unmeasured.js';
import type { Contestant, GpuResults, GpuStep, Product } from './results.js';
import { AMOUNTS, GPU_BACKENDS, sheetRate, TRIED_BY, waysOf } from './settings.js';
import { gpuTable } from './table.js';

const PEERS = join('bench', 'peers');
const WARMUP = 3;
const PRODUCTS = 5;
const stepNames = ['medianMs', 'minMs'] as const;

interface Options {
  readonly quick: boolean;
  readonly steps?: number;
  readonly backends: readonly string[];
  readonly python: string;
  readonly device: 'cuda' | 'cpu';
  readonly json: boolean;
  readonly out?: string;
}

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError(`It must be a whole number above 0 (was ${text}).`);
  return value;
};

const options = new Command('bench/gpu')
  .description('tokens a second on a GPU, and the share of its f32 rate, beside PyTorch')
  .option('--quick', 'tiny sizes: to see that it works, not how fast it is', false)
  .option('--steps <n>', 'timed steps of each contestant', wholeNumber)
  .addOption(new Option('--backends <name...>', 'these alone').choices([...GPU_BACKENDS, ...TRIED_BY]).default([...GPU_BACKENDS]))
  .option('--python <command>', 'a Python that has PyTorch', 'python3')
  .addOption(new Option('--device <name>', 'where PyTorch computes').choices(['cuda', 'cpu']).default('cuda'))
  .option('--json', 'print the results as JSON', false)
  .option('--out <file>', 'write the results there as JSON, too')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse()
  .opts<Options>();

const amount = options.quick ? AMOUNTS.quick : AMOUNTS.full;
const steps = options.steps ?? amount.steps;
const versions: Record<string, string> = { node: process.versions.node };

/** Adds the versions of what was measured to those of all measurements. */
const noted = <Name extends string, A extends object>(
  { versions: own, device, ...done }: Report<Name>,
  what: (values: Report<Name>['values']) => A,
) => {
  Object.assign(versions, own);
  return { ...what(done.values), ...(device === undefined ? {} : { device }) };
};

const productNames = ['median', 'best'] as const;
const productOptions = ['--side', `${amount.side}`, '--times', `${PRODUCTS}`];
const torchOptions = ['--device', options.device];
/** The worker of our own PyTorch backends uses the same Python as the peers. */
const python = { VCYCLE_PYTHON: options.python };

const productOf = async (name: string, ran: Promise<Report<'median' | 'best'>>): Promise<Product> => {
  const product = await maybe(ran.then((done) => noted(done, (values) => values)));
  say(`${name}: product ${product.kind === 'measured' ? `${(product.best / 1e9).toFixed(0)} GFLOP/s` : product.reason}`);
  return { name, product };
};

const measureProducts = async (): Promise<readonly Product[]> => {
  const torch = [join(PEERS, 'torch_product.py'), ...productOptions, ...torchOptions];
  const products = [await productOf('PyTorch', report(options.python, torch, productNames))];
  for (const backend of options.backends)
    products.push(await productOf(backend, measure('backend-product', [...productOptions, '--backend', backend], productNames, python)));
  return products;
};

type StepValues = Report<(typeof stepNames)[number]>['values'];

const contestant = async <Values extends StepValues>(
  about: Omit<Contestant, 'step'>,
  ran: Promise<Report<string> & { readonly values: Values }>,
  flopsOf: (values: Values) => number | undefined,
): Promise<Contestant> => {
  const { sizes, name } = about;
  const step = await maybe(
    ran.then((done) =>
      noted(done, (): Omit<GpuStep, 'device'> => {
        const { medianMs: ms, minMs: bestMs } = done.values;
        const flops = flopsOf(done.values);
        const rate = flops === undefined ? {} : { rate: flops / (ms / 1000) };
        return { ms, bestMs, tokensPerSecond: (1000 * sizes.batch * sizes.context) / ms, ...rate };
      }),
    ),
  );
  say(`${nameOf(sizes)}: ${name} ${step.kind === 'measured' ? `${step.ms.toFixed(1)} ms` : step.reason}`);
  return { ...about, step };
};

const measureSteps = async (sizes: Sizes): Promise<readonly Contestant[]> => {
  const given = [...sizeOptions(sizes), '--steps', `${steps}`, '--warmup', `${WARMUP}`];
  const contestants: Contestant[] = [];
  let leanest: number | undefined;
  for (const [backend, { says, options: extra, bf16 }] of options.backends.flatMap((each) =>
    waysOf(each).map((way) => [each, way] as const),
  )) {
    const ran = measure('step', [...given, '--backend', backend, ...extra], [...stepNames, 'flops'] as const, python);
    const counted = ({ flops }: { readonly flops: number }): number => {
      leanest = Math.min(leanest ?? flops, flops);
      return flops;
    };
    contestants.push(await contestant({ name: `${backend}${says}`, ours: true, sizes, ...(bf16 && { bf16 }) }, ran, counted));
  }
  for (const [name, extra] of [
    ['PyTorch eager', []],
    ['torch.compile', ['--compile']],
  ] as const) {
    const ran = report(options.python, [join(PEERS, 'torch_step.py'), ...given, ...torchOptions, ...extra], stepNames);
    // A peer does not count its own FLOPs: its rate is based on the products of our leanest program.
    contestants.push(await contestant({ name, ours: false, sizes }, ran, () => leanest));
  }
  return contestants;
};

/** PyTorch and Dawn report the card's name, ONNX Runtime does not. */
const cardOf = (products: readonly Product[], contestants: readonly Contestant[]): string => {
  const devices = [...products.map(({ product }) => product), ...contestants.map(({ step }) => step)].flatMap((measured) =>
    measured.kind === 'measured' && measured.device !== undefined ? [measured.device] : [],
  );
  const known = devices.find((device) => sheetRate(device) !== undefined);
  return known ?? devices.find((device) => !/does not say/.test(device)) ?? 'a device without a name';
};

const resultsOf = (products: readonly Product[], contestants: readonly Contestant[]): GpuResults => {
  const card = cardOf(products, contestants);
  const known = sheetRate(card);
  const knownBf16 = sheetRate(card, 'bf16');
  return {
    date: new Date().toISOString(),
    quick: options.quick,
    card,
    ...(known === undefined ? {} : { sheetRate: known }),
    ...(knownBf16 === undefined ? {} : { bf16SheetRate: knownBf16 }),
    side: amount.side,
    products,
    steps: contestants,
    versions,
  };
};

const jsonOf = (results: GpuResults): string => `${JSON.stringify(results, undefined, 2)}\n`;

const products = await measureProducts();
const contestants: Contestant[] = [];
for (const sizes of amount.sizes) {
  contestants.push(...(await measureSteps(sizes)));
  // Machines are often available only for minutes, so intermediate results are saved.
  if (options.out !== undefined) await writeFile(options.out, jsonOf(resultsOf(products, contestants)));
}
const results = resultsOf(products, contestants);
process.stdout.write(options.json ? jsonOf(results) : `${gpuTable(results)}\n`);
if (!contestants.some(({ ours, step }) => ours && step.kind === 'measured')) {
  say('no backend of ours computed a step');
  process.exitCode = 1;
}
