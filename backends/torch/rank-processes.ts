/**
 * Several worker processes as the ranks of one run: rank 0 is asked, and passes on what it is asked (`worker/ranks.py`). One that ends takes the others
 * with it, and is named. Not here: a single process (`process.ts`), the means that ranks compute (`worker/collectives.py`).
 */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import * as E from 'fp-ts/lib/Either.js';
import type { HostTensor } from '../../src/backend.js';
import type { Header, Message } from './messages.js';
import type { Worker, WorkerProcess } from './process.js';

const HERE = '127.0.0.1';

/** The network interface over which ranks of one machine speak, where its name is known. */
const LOOPBACK: Partial<Record<NodeJS.Platform, string>> = { linux: 'lo', darwin: 'lo0' };

/** A port that no program uses at the moment. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, HERE, () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

/** One of several machines on which ranks run: as many on each, in the order of the machines' numbers. */
export interface NodePlace {
  readonly nodes: number;
  /** From 0. */
  readonly node: number;
  /** Where rank 0, which is on node 0, waits for the others. */
  readonly address: string;
  readonly port: number;
}

const isLoopback = (address: string): boolean => address === 'localhost' || address.startsWith('127.');

/**
 * The variables by which PyTorch's own launchers, too, tell a process which rank it is, for each rank of this machine.
 *
 * @param ranks on each machine.
 * @param place undefined where there is only this one.
 */
export const environmentsOf = async (ranks: number, place: NodePlace | undefined): Promise<readonly Readonly<Record<string, string>>[]> => {
  const { nodes, node, address, port } = place ?? { nodes: 1, node: 0, address: HERE, port: await freePort() };
  // Nothing secret is common to several machines but what their user sets.
  const key = place === undefined ? randomUUID() : (process.env.VCYCLE_RANKS_KEY ?? '');
  const loopback = isLoopback(address) ? LOOPBACK[process.platform] : undefined;
  return Array.from({ length: ranks }, (_, local) => ({
    RANK: `${node * ranks + local}`,
    LOCAL_RANK: `${local}`,
    WORLD_SIZE: `${ranks * nodes}`,
    LOCAL_WORLD_SIZE: `${ranks}`,
    MASTER_ADDR: address,
    MASTER_PORT: `${port}`,
    VCYCLE_RANKS_ENTRY: key,
    ...(loopback === undefined ? {} : { GLOO_SOCKET_IFNAME: loopback }),
  }));
};

/** Milliseconds within which the end of a process shows that made another one fail. */
const MOMENT = 1000;

const later = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Ranks implements Worker {
  /** How the first rank that ended did. */
  #end: string | undefined;
  readonly #someEnded: Promise<unknown>;

  /**
   * @param all those of this machine, in the order of their ranks.
   * @param first the rank of the first of them.
   */
  constructor(
    private readonly all: readonly WorkerProcess[],
    first = 0,
  ) {
    this.#someEnded = Promise.race(
      all.map(async (worker, rank) => {
        await worker.ended;
        this.#end ??= `rank ${first + rank} ${worker.howItEnded}`;
      }),
    );
  }

  /** Waits until all ranks, on all machines, have met. Left: who did not come, or why they cannot meet. */
  meet(): Promise<E.Either<string, Message>> {
    return Promise.race([(this.all[0] as WorkerProcess).ask({ do: 'join' }), this.#lost()]);
  }

  async ask(header: Header, tensors: readonly HostTensor[] = []): Promise<E.Either<string, Message>> {
    if (this.#end !== undefined) return E.left(this.#end);
    const first = this.all[0] as WorkerProcess;
    // Rank 0 may be silent itself, which only the others notice.
    const answer = await Promise.race([first.ask(header, tensors), this.#lost()]);
    if (E.isRight(answer)) return answer;
    await Promise.race([this.#someEnded, later(MOMENT)]);
    // Ranks that have failed do not agree on anything any more.
    this.kill();
    return E.left(this.#end ?? answer.left);
  }

  async #lost(): Promise<E.Either<string, never>> {
    await this.#someEnded;
    await later(MOMENT);
    return E.left(this.#end ?? 'a rank ended');
  }

  release(tensor: number): void {
    this.all[0]?.release(tensor);
  }

  /** Of a machine whose ranks are asked by another one's rank 0: waits until all have ended. Left: how the first did that did not end in order. */
  async untilEnded(): Promise<E.Either<string, void>> {
    const ends = await Promise.all(this.all.map((worker) => worker.untilEnded()));
    return ends.every(E.isRight) ? E.right(undefined) : E.left(this.#end ?? 'a rank failed');
  }

  /** Stops all at once, whatever they do. */
  kill(): void {
    for (const worker of this.all) worker.kill();
  }

  /** Rank 0 ends the others; those that it cannot reach, because they have not met, are stopped. */
  async end(): Promise<void> {
    const [first, ...others] = this.all;
    await first?.end();
    const ended = Promise.all(others.map((worker) => worker.end()));
    await Promise.race([ended, later(MOMENT)]);
    for (const worker of others) worker.kill();
    await ended;
  }
}
