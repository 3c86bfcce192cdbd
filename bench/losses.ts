/**
 * `npm run losses`: one pipeline on every backend that this machine has, each in a process of its own, and their losses side by side: the
 * first step, every tenth, the last. Writes the table of README.md. WebGPU runs on SwiftShader where that runs (VCYCLE_TEST_GPU=1: on
 * this machine's GPU). Not a test: how far losses may differ stands in `test/backends/tolerances.ts`.
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import { backendTable, withBackend } from '../src/cli/backends.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../test/backends/swiftshader.js';
import { trajectoryOn } from '../test/backends/two-levels.js';

const SELF = fileURLToPath(import.meta.url);
const README = 'README.md';
const BEGIN = '<!-- losses: written by npm run losses -->';
const END = '<!-- /losses -->';

interface Column {
  readonly name: string;
  readonly losses: readonly number[];
}

/** What this script prints when it is given a backend's name. */
interface Printed {
  readonly device: string;
  readonly losses: readonly number[];
}

const lossesOn = async (name: string, env: NodeJS.ProcessEnv): Promise<E.Either<string, Column>> => {
  const ran = await promisify(execFile)(process.execPath, [SELF, name], { env, maxBuffer: 2 ** 26 }).then(
    ({ stdout }) => E.right<string, Printed>(JSON.parse(stdout)),
    (error: { readonly stderr: string }) => E.left(error.stderr.trim().split('\n').at(-1) ?? 'it ended in error'),
  );
  return E.map(({ device, losses }: Printed) => ({ name: `\`${name}\`${/NOT a GPU/.test(device) ? ' (on the CPU)' : ''}`, losses }))(ran);
};

/** The part of a process of its own. */
const printLosses = async (name: string): Promise<void> => {
  const done = await withBackend({ backend: name, allowCpu: name === 'tfjs-cuda' }, (backend) =>
    TE.fromTask(async (): Promise<Printed> => ({ device: backend.capabilities.device, losses: (await trajectoryOn(backend)).losses })),
  )();
  if (E.isRight(done)) process.stdout.write(`${JSON.stringify(done.right)}\n`);
  else {
    process.stderr.write(`${done.left.message}\n`);
    process.exitCode = 1;
  }
};

const tableOf = (columns: readonly Column[]): string => {
  const steps = columns[0]?.losses.length ?? 0;
  const shown = Array.from({ length: steps }, (_, index) => index + 1).filter((step) => step === 1 || step % 10 === 0 || step === steps);
  return [
    `| step | ${columns.map(({ name }) => name).join(' | ')} |`,
    `| ---: | ${columns.map(() => '---:').join(' | ')} |`,
    ...shown.map((step) => `| ${step} | ${columns.map(({ losses }) => losses[step - 1]?.toFixed(6) ?? '').join(' | ')} |`),
  ].join('\n');
};

const measureAll = async (): Promise<void> => {
  const software = swiftshaderRunsHere && process.env.VCYCLE_TEST_GPU !== '1';
  const env = { ...process.env, ...(software ? await swiftshaderEnvironment() : {}) };
  const columns: Column[] = [];
  const skipped: string[] = [];
  for (const name of backendTable.keys()) {
    if (name === 'null') continue;
    process.stderr.write(`${name} …\n`);
    const made = await lossesOn(name, env);
    if (E.isRight(made)) columns.push(made.right);
    else skipped.push(`skipped: ${made.left}\n`);
  }
  process.stdout.write(`${tableOf(columns)}\n${skipped.join('')}`);
  const [before, rest] = (await readFile(README, 'utf8')).split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${README} must hold the lines ${BEGIN} and ${END}`);
  await writeFile(README, `${before}${BEGIN}\n\n${tableOf(columns)}\n\n${END}${after}`);
};

const [name] = process.argv.slice(2);
await (name === undefined ? measureAll() : printLosses(name));
