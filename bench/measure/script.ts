/**
 * What the scripts of this folder share: whole-number options, a model of those sizes, and one line of JSON at the end. Each script is
 * one process and measures one thing. Not here: PyTorch and tfjs (`../peers`).
 */
import { parseArgs } from 'node:util';
import { pipe } from 'fp-ts/lib/function.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { adamw, constant, gpt, tokens } from '../../dsl/index.js';
import type { Backend } from '../../src/backend.js';
import { withBackend } from '../../src/cli/backends/registry.js';
import { type Fault, runFault } from '../../src/fault.js';
import type { SizedModel } from '../../src/model/family.js';
import type { Sizes } from '../settings.js';

const given = (names: readonly string[]): Readonly<Record<string, unknown>> =>
  parseArgs({ options: Object.fromEntries([...names, 'backend'].map((name) => [name, { type: 'string' as const }])) }).values;

/** `--layers 4 --steps 20` as numbers. An option that is missing or no whole number is the caller's bug. */
export const wholeNumbers = <Name extends string>(names: readonly Name[]): { readonly [name in Name]: number } => {
  const values = given(names);
  const numbers = names.map((name): [string, number] => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 0) throw new RangeError(`--${name} must be a whole number (was ${values[name]})`);
    return [name, value];
  });
  return Object.fromEntries(numbers) as { [name in Name]: number };
};

export const sizeNames = ['layers', 'heads', 'width', 'context', 'batch', 'vocabulary'] as const satisfies readonly (keyof Sizes)[];

/** With biases, as the peers have it. */
export const modelOf = ({ layers, heads, width, context, vocabulary }: Sizes): SizedModel => ({
  kind: 'gpt',
  layers,
  heads,
  width,
  context,
  vocabulary,
  bias: true,
});

/** As the peers set it: β 0.9 and 0.99, decay 0.1 on matrices, clip 1. */
export const optimizer = adamw({ learningRate: constant(1e-3) });

/** A pipeline's setup of those sizes, on random tokens and without evaluations. */
export const setupOf = ({ layers, heads, width, context, batch, vocabulary }: Sizes) => ({
  model: gpt({ layers, heads, width, context }),
  data: tokens(vocabulary),
  optimizer,
  batch,
  seed: 1,
  evaluation: { every: 0, batches: 1 },
});

/** The process's peak so far. Node counts KiB on every system. */
export const peakRssMb = (): number => (process.resourceUsage().maxRSS * 1024) / 1e6;

/** Does it on the backend that `--backend` names, `onnx-cpu` without it, and closes that. */
export const onBackend = <A>(use: (backend: Backend) => TE.TaskEither<{ readonly message: string }, A>): TE.TaskEither<Fault, A> => {
  const { values } = parseArgs({ options: { backend: { type: 'string', default: 'onnx-cpu' } }, strict: false });
  return withBackend({ backend: String(values.backend), allowCpu: false }, (backend) =>
    pipe(
      use(backend),
      TE.mapLeft(({ message }) => runFault(message)),
    ),
  );
};

/** Prints what was measured, or why it was not. */
export const print = async (measured: TE.TaskEither<{ readonly message: string }, object>): Promise<void> => {
  const result = await measured();
  if (result._tag === 'Right') process.stdout.write(`${JSON.stringify(result.right)}\n`);
  else {
    process.stderr.write(`${result.left.message}\n`);
    process.exitCode = 1;
  }
};
