/**
 * The same question to every backend that this machine has, each in a process of its own, and what is written of the answers into a page. WebGPU runs
 * on SwiftShader where that runs (VCYCLE_TEST_GPU=1: on this machine's GPU). Not here: what is asked (`losses.ts`, `not-finite.ts`).
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as E from 'fp-ts/lib/Either.js';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend } from '../src/backend.js';
import { type BackendChoice, backendTable, computingBackends, mayUseCpu, withBackend } from '../src/cli/backends/registry.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../test/backends/swiftshader.js';

interface Answer<A> {
  /** As a page names it. */
  readonly name: string;
  readonly answer: A;
}

/** As it computes unless it is told otherwise; and the other ways that it has. */
const waysOf = (backend: string): readonly { readonly name: string; readonly choice: BackendChoice }[] => {
  const plain: BackendChoice = { backend, allowCpu: mayUseCpu(backend) };
  const others = backendTable.get(backend)?.isTorch === true ? [{ precision: 'bf16' as const }, { torchCompile: true }] : [];
  const saying = ({ precision, torchCompile }: BackendChoice): string =>
    precision === undefined ? (torchCompile === true ? ', compiled' : '') : `, ${precision}`;
  return [plain, ...others.map((other) => ({ ...plain, ...other }))].map((choice) => ({ name: `\`${backend}\`${saying(choice)}`, choice }));
};

/** The part of a process of its own: prints the answer, or why there is none. */
const answerOn = async <A>(choice: BackendChoice, ask: (backend: Backend) => Promise<A>): Promise<void> => {
  const done = await withBackend(choice, (backend) =>
    TE.fromTask(async () => ({ device: backend.capabilities.device, answer: await ask(backend) })),
  )();
  if (E.isRight(done)) process.stdout.write(`${JSON.stringify(done.right)}\n`);
  else {
    process.stderr.write(`${done.left.message}\n`);
    process.exitCode = 1;
  }
};

/**
 * @param script the file that calls this: called again with a backend's name, it asks and prints.
 * @param ask gives what JSON holds.
 * @param compiled whether backends that compile are asked with that, too: not where a question compiles a program again and again.
 * @returns the answers; undefined in the processes that ask.
 */
export const askEach = async <A>(
  script: string,
  ask: (backend: Backend) => Promise<A>,
  compiled: 'compiled, too' | 'not compiled' = 'compiled, too',
): Promise<readonly Answer<A>[] | undefined> => {
  const [own] = process.argv.slice(2);
  if (own !== undefined) {
    await answerOn(JSON.parse(own), ask);
    return undefined;
  }
  const software = swiftshaderRunsHere && process.env.VCYCLE_TEST_GPU !== '1';
  const env = { ...process.env, ...(software ? await swiftshaderEnvironment() : {}) };
  const answers: Answer<A>[] = [];
  for (const { name, choice } of computingBackends.flatMap(waysOf)) {
    if (choice.torchCompile === true && compiled === 'not compiled') continue;
    process.stderr.write(`${name} …\n`);
    await promisify(execFile)(process.execPath, [script, JSON.stringify(choice)], { env, maxBuffer: 2 ** 26 }).then(
      ({ stdout }) => {
        const { device, answer }: { readonly device: string; readonly answer: A } = JSON.parse(stdout);
        answers.push({ name: `${name}${/NOT a GPU/.test(device) ? ' (on the CPU)' : ''}`, answer });
      },
      (error: { readonly stderr: string }) =>
        process.stderr.write(`skipped: ${error.stderr.trim().split('\n').at(-1) ?? 'it ended in error'}\n`),
    );
  }
  return answers;
};

/** Puts a text between the lines of a page that begin and end its block. */
export const intoPage = async (page: string, command: string, text: string): Promise<void> => {
  const [begin, end] = [`<!-- ${command}: written by npm run ${command} -->`, `<!-- /${command} -->`];
  const [before, rest] = (await readFile(page, 'utf8')).split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${page} must hold the lines ${begin} and ${end}`);
  process.stdout.write(`${text}\n`);
  await writeFile(page, `${before}${begin}\n\n${text}\n\n${end}${after}`);
};
