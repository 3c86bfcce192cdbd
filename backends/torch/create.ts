/**
 * Creates PyTorch's backends: a worker that has sent its greeting, on the CPU or an NVIDIA GPU, with the requested precision and mode.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { TaskEither } from 'fp-ts/lib/TaskEither.js';
import { type Backend, type BackendError, type Capabilities, type PlannedCapabilities, unavailable } from '../../src/backend.js';
import { aFunction, aText, integerFrom, optional, type Rules } from '../../src/option-rules.js';
import { factsOfMachine } from '../machine/facts.js';
import { withoutNvidia } from '../machine/remedies.js';
import { aNumberOfThreads, threadsFor, threadsPhrase } from '../threads.js';
import { createTorchBackend, type TorchBackendOptions, updatesOf } from './backend.js';
import type { NodePlace } from './rank-processes.js';
import { torchRewrites } from './rewrites.js';
import { followWithRanks, type Greeting, type RankOptions, type StartOptions, startWorker } from './start.js';

export interface TorchOptions {
  /** Threads that compute, at least 1. Default: one for each core that this process may use (`backends/machine/processors.ts`). */
  readonly threads?: number;
  /** `bf16`: matrix products take their operands in bf16 and accumulate in f32; everything else is f32. Default: `f32`. */
  readonly precision?: 'f32' | 'bf16';
  /** Processes on this machine that share each batch. Default: 1. */
  readonly ranks?: number;
  /**
   * Whether the arms of a branch run at once: each on its share of the ranks, or, where there is one process, in one of its own. Default: they run in
   * turn.
   */
  readonly armsAtOnce?: boolean;
  /** Where there are several machines, with as many ranks on each: which one this is. Only node 0 has a backend; the others follow it. */
  readonly place?: NodePlace;
  /** Whether training steps are compiled with torch.compile before they run. Default: they are not. */
  readonly compile?: boolean;
  /** A file to create, which will hold every message that the worker receives; `vcycle record` makes such a file. */
  readonly record?: string;
  /** Called with a line that says how long a compilation took, or why a step runs without a CUDA graph. */
  readonly told?: (line: string) => void;
}

export const torchRules: Rules<TorchOptions> = {
  threads: aNumberOfThreads,
  precision: { must: '"f32" or "bf16"', holds: (value) => value === 'f32' || value === 'bf16', optional: true },
  ranks: optional(integerFrom(1)),
  armsAtOnce: { must: 'true or false', holds: (value) => typeof value === 'boolean', optional: true },
  place: {
    must: 'an object of nodes, node, address and port',
    holds: (value) => typeof value === 'object' && value !== null,
    optional: true,
  },
  compile: { must: 'true or false', holds: (value) => typeof value === 'boolean', optional: true },
  record: optional(aText),
  told: optional(aFunction),
};

const ranksPhrase = (device: 'cpu' | 'cuda', ranks: number, nodes: number): string =>
  `${device === 'cpu' ? 'each of ' : ''}${ranks} ranks${nodes === 1 ? '' : ` on ${nodes} nodes`}`;

/** The device as tables name it: what computes, and the options that make its numbers differ from those of plain f32. */
const devicePhrase = (
  { device, threads, precision, compile, ranks, place }: StartOptions & RankOptions,
  { name }: Greeting,
  armsAtOnce: boolean,
): string =>
  [
    device === 'cpu' ? threadsPhrase(threads) : `${name}, CUDA`,
    ...(ranks === 1 && place === undefined ? [] : [ranksPhrase(device, ranks * (place?.nodes ?? 1), place?.nodes ?? 1)]),
    ...(precision === 'bf16' ? ['products in bf16'] : []),
    ...(compile ? ['compiled'] : []),
    ...(armsAtOnce ? ['arms at once'] : []),
  ].join(', ');

const GIB = 2 ** 30;

const RECORDS_ONE = 'records one process, and cannot record ranks; leave out one of the two';
const RECORDS_NO_ARMS = 'records one process, and cannot record arms that run at once; leave out one of the two';
const ARMS_ON_ONE = 'runs arms at once on one machine only; let them run in turn, or name no other machines';
const ARMS_NEED_CARDS =
  'runs each of several arms at once on cards of its own; name as many ranks as there are cards, or let arms run in turn';

/** Why arms cannot run at once with these options. */
const armsRefused = (device: 'cpu' | 'cuda', { armsAtOnce, place, record, ranks = 1 }: TorchOptions): string | undefined => {
  if (armsAtOnce !== true) return undefined;
  if (place !== undefined) return ARMS_ON_ONE;
  if (record !== undefined) return RECORDS_NO_ARMS;
  return device === 'cuda' && ranks === 1 ? ARMS_NEED_CARDS : undefined;
};

/** What `vcycle doctor` reports besides the device and the versions. */
const notesOf = ({ bf16, compiler, capability, memory }: Greeting): readonly string[] => [
  ...(capability === undefined ? [] : [`compute capability ${capability}`]),
  ...(memory === undefined ? [] : [`${(memory / GIB).toFixed(0)} GiB`]),
  bf16 ? 'bf16' : 'no bf16',
  compiler === null ? `no ${capability === undefined ? 'C++' : 'C'} compiler` : `compiler ${compiler}`,
];

/** Checks for a card without PyTorch, before a worker starts. */
const requireCard = (backend: string, device: 'cpu' | 'cuda'): E.Either<BackendError, void> => {
  const missing = device === 'cuda' && process.platform === 'linux' ? withoutNvidia(factsOfMachine()) : undefined;
  return missing === undefined ? E.right(undefined) : E.left(unavailable(backend, missing));
};

/** What workers are started with. */
const settingsOf = (backend: string, device: 'cpu' | 'cuda', options: TorchOptions): E.Either<BackendError, StartOptions & RankOptions> => {
  const { precision = 'f32', compile = false, ranks = 1, place, record } = options;
  if ((ranks > 1 || place !== undefined) && record !== undefined) return E.left(unavailable(backend, { missing: RECORDS_ONE }));
  const unarmed = armsRefused(device, options);
  if (unarmed !== undefined) return E.left(unavailable(backend, { missing: unarmed }));
  const given = threadsFor(backend, options.threads);
  if (E.isLeft(given)) return given;
  // By default the ranks share the processors.
  const threads = options.threads === undefined ? Math.max(1, Math.floor(given.right / ranks)) : given.right;
  return E.map(() => ({ device, threads, precision, compile, ranks, place, card: 0 }))(requireCard(backend, device));
};

/** Follows the ranks of another machine, until the run ends (`followWithRanks`). */
export const followTorchOn =
  (backend: string, device: 'cpu' | 'cuda') =>
  (options: TorchOptions, begun: () => void): TaskEither<BackendError, void> =>
  async () => {
    const settings = settingsOf(backend, device, options);
    return E.isLeft(settings) ? settings : followWithRanks(backend, settings.right, begun)();
  };

/** What a worker, or ranks, can do that were started with these settings. */
const capabilitiesOf = (settings: StartOptions & RankOptions, greeting: Greeting, armsAtOnce: boolean): Capabilities => {
  const { precision, compile, ranks, place } = settings;
  const all = ranks * (place?.nodes ?? 1);
  return {
    precision,
    ...(compile ? { compiled: true } : {}),
    ...(all === 1 ? {} : { ranks: all }),
    ...(armsAtOnce ? { armsAtOnce: true } : {}),
    operations: new Set(greeting.operations),
    rewrites: torchRewrites,
    state: 'device',
    stateCopies: 0,
    inPlace: (program) => new Set(updatesOf(program).flatMap(({ nodes }) => nodes.flatMap(({ outputs }) => outputs))),
    device: devicePhrase(settings, greeting, armsAtOnce),
    versions: { torch: greeting.torch, python: greeting.python },
    notes: notesOf(greeting),
  };
};

/** A backend whose worker, or ranks, have started. */
const started = async (
  backend: string,
  settings: StartOptions & RankOptions,
  { armsAtOnce = false, record, told = () => undefined }: TorchOptions,
  forArms?: TorchBackendOptions['forArms'],
): Promise<E.Either<BackendError, Backend>> => {
  const begun = await startWorker(backend, { ...settings, ...(record === undefined ? {} : { record }) })();
  if (E.isLeft(begun)) return begun;
  const { worker, greeting } = begun.right;
  const capabilities = capabilitiesOf(settings, greeting, armsAtOnce);
  return E.right(createTorchBackend({ name: backend, worker, told, capabilities, ...(forArms === undefined ? {} : { forArms }) }));
};

/** What an arm of so many is started with: its share of the ranks, and of the processors unless their number was said; cards after those of the arms before it. */
export const settingsOfArm = (
  { threads, ranks, ...settings }: StartOptions & RankOptions,
  { arm, arms, threadsGiven }: { readonly arm: number; readonly arms: number; readonly threadsGiven: boolean },
): StartOptions & RankOptions => {
  const share = Math.max(1, Math.floor(ranks / arms));
  // With ranks each of them has its threads already.
  const own = threadsGiven || ranks > 1 ? threads : Math.max(1, Math.floor(threads / arms));
  return { ...settings, threads: own, ranks: share, card: arm * share };
};

export const torchOn =
  (backend: string, device: 'cpu' | 'cuda') =>
  (options: TorchOptions = {}): TaskEither<BackendError, Backend> =>
  async () => {
    const settings = settingsOf(backend, device, options);
    if (E.isLeft(settings)) return settings;
    if (options.armsAtOnce !== true) return started(backend, settings.right, options);
    const { armsAtOnce: _, ...ofArm } = options;
    const threadsGiven = options.threads !== undefined;
    const forArms = async (arms: number): Promise<E.Either<BackendError, readonly Backend[]>> => {
      const opened = await Promise.all(
        Array.from({ length: arms }, (_, arm) => started(backend, settingsOfArm(settings.right, { arm, arms, threadsGiven }), ofArm)),
      );
      const all = E.sequenceArray(opened);
      if (E.isLeft(all)) for (const each of opened) if (E.isRight(each)) await each.right.close()();
      return all;
    };
    return started(backend, settings.right, options, forArms);
  };

/**
 * What a backend with these options could do, for a plan. One process starts and ends, however many ranks a run would have: they are alike, and each takes
 * the memory of a PyTorch.
 */
export const torchCapabilitiesOn =
  (backend: string, device: 'cpu' | 'cuda') =>
  (options: TorchOptions): TaskEither<BackendError, PlannedCapabilities> =>
  async () => {
    const settings = settingsOf(backend, device, options);
    if (E.isLeft(settings)) return settings;
    const begun = await startWorker(backend, { ...settings.right, ranks: 1, place: undefined })();
    if (E.isLeft(begun)) return begun;
    await begun.right.worker.end();
    return E.right(capabilitiesOf(settings.right, begun.right.greeting, options.armsAtOnce === true));
  };
