/**
 * Asks the same question of every backend of this machine, each in its own process, and writes the answers into a page. WebGPU runs on
 * SwiftShader if available (with VCYCLE_TEST_GPU=1, on this machine's GPU). Not here: the questions (`losses.ts`, `not-finite.ts`).
 */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import * as TE from 'fp-ts/lib/TaskEither.js';
import type { Backend } from '../src/backend.js';
import { type BackendChoice, backendTable, computingBackends, mayUseCpu, withBackend } from '../src/cli/backends/registry.js';
import { swiftshaderEnvironment, swiftshaderRunsHere } from '../test/backends/swiftshader.js';
import { orUnmeasured, say, script } from './unmeasured.js';

interface Answer<A> {
  /** The name on the page. */
  readonly name: string;
  readonly answer: A;
}

/** A backend's default mode, and its other modes. */
const waysOf = (backend: string): readonly { readonly name: string; readonly choice: BackendChoice }[] => {
  const plain: BackendChoice = { backend, allowCpu: mayUseCpu(backend) };
  const takes = backendTable.get(backend)?.takes ?? [];
  const others: readonly Partial<BackendChoice>[] = [
    ...(takes.includes('precision') ? [{ precision: 'bf16' as const }, { torchCompile: true }] : []),
    ...(takes.includes('ranks') ? [{ ranks: 2, threads: 1 }] : []),
  ];
  const saying = ({ precision, torchCompile, ranks }: BackendChoice): string =>
    [
      ...(precision === undefined ? [] : [precision]),
      ...(torchCompile === true ? ['compiled'] : []),
      ...(ranks === undefined ? [] : [`${ranks} ranks`]),
    ]
      .map((word) => `, ${word}`)
      .join('');
  return [plain, ...others.map((other) => ({ ...plain, ...other }))].map((choice) => ({ name: `\`${backend}\`${saying(choice)}`, choice }));
};

/** Runs in the separate process: prints the answer, or why there is none. */
const answerOn = <A>(choice: BackendChoice, ask: (backend: Backend) => Promise<A>): Promise<void> =>
  script(async () => {
    const answering = (backend: Backend) => async () => ({ device: backend.capabilities.device, answer: await ask(backend) });
    const said = await orUnmeasured(withBackend(choice, (backend) => TE.fromTask(answering(backend))));
    process.stdout.write(`${JSON.stringify(said)}\n`);
  });

/**
 * @param file the calling script: started again with a backend's name, it asks that backend and prints the answer.
 * @param ask returns a JSON value.
 * @param compiled whether to ask compiling backends in that mode, too: not if a question compiles many programs.
 * @returns the answers; undefined in the processes that ask.
 */
export const askEach = async <A>(
  file: string,
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
    say(`${name} …`);
    await promisify(execFile)(process.execPath, [file, JSON.stringify(choice)], { env, maxBuffer: 2 ** 26 }).then(
      ({ stdout }) => {
        const { device, answer }: { readonly device: string; readonly answer: A } = JSON.parse(stdout);
        answers.push({ name: `${name}${/NOT a GPU/.test(device) ? ' (on the CPU)' : ''}`, answer });
      },
      (error: { readonly stderr: string }) => say(`skipped: ${error.stderr.trim().split('\n').at(-1) ?? 'it ended in error'}`),
    );
  }
  return answers;
};

/** Inserts a text between the lines that begin and end a block of a page. */
export const intoPage = async (page: string, block: string, command: string, text: string): Promise<void> => {
  const [begin, end] = [`<!-- ${block}: written by npm run ${command} -->`, `<!-- /${block} -->`];
  const [before, rest] = (await readFile(page, 'utf8')).split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`${page} must hold the lines ${begin} and ${end}`);
  await writeFile(page, `${before}${begin}\n\n${text}\n\n${end}${after}`);
};

/** Prints a table, and inserts it into the block of a page that has the command's name. */
export const intoOwnBlock = (page: string, command: string, table: readonly string[]): Promise<void> => {
  process.stdout.write(`${table.join('\n')}\n`);
  return intoPage(page, command, command, table.join('\n'));
};
